import type Dockerode from 'dockerode';
import type { Engine } from '../io/engine.ts';
import { architectures } from '../model/architecture.ts';
import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { EngineFacts, Known } from '../model/facts.ts';
import { formatPlatform, parsePlatform, samePlatform, type Platform } from '../model/platform.ts';
import { refusalOf } from '../probe/refusal.ts';
import type { DeclaredPlatforms, ImageConfig } from './image-facts.ts';
import {
  imagesOf,
  inspectImage,
  platformOf,
  platformOfEntry,
  type InspectedConfig,
  type InspectedImage,
  type InspectedManifest,
} from './inspect-image.ts';
import { withScratchContainer } from './scratch-container.ts';

/** What the engine says of one image for one platform. */
export interface ReadImage {
  declared: DeclaredPlatforms;
  config: Known<ImageConfig>;
  /** By what platform the engine gives the image out; undefined where it has no such image. */
  enginePlatform?: string;
  /** Of its layers, the base's first; absent where the engine does not tell. */
  diffIds?: string[];
}

function diffIdsOf({ RootFS: root }: InspectedImage): Pick<ReadImage, 'diffIds'> {
  const diffIds = root?.Layers ?? [];
  return diffIds.length > 0 ? { diffIds } : {};
}

function status(error: unknown): number | undefined {
  return refusalOf(error)?.statusCode;
}

/**
 * Asks for an image. Throws `image-missing` with the nearest name that the engine has, and
 * `bad-argument` for what can be no name.
 */
export async function findImage(engine: Engine, name: string): Promise<InspectedImage> {
  try {
    return await inspectImage(engine.docker, name, { manifests: true });
  } catch (error) {
    if (status(error) === 404) throw await missing(engine, name, error);
    throw status(error) === 400 ? noImageName(name, error) : engine.failure(error);
  }
}

/** The engine's own words are of no use: they speak of a name that nobody wrote. */
function noImageName(name: string, cause: unknown): XbuildError {
  const lower = name.toLowerCase();
  return new XbuildError(
    'bad-argument',
    `"${escapeLine(name)}" can be no image's name (REPOSITORY[:TAG][@DIGEST], the repository in lower case)`,
    lower !== name && /^[a-z0-9][\w.:/@-]*$/.test(lower)
      ? `Did you mean ${lower}?`
      : 'Correct the name.',
    { cause },
  );
}

async function missing(engine: Engine, name: string, cause: unknown): Promise<XbuildError> {
  const images = await engine.docker.listImages().catch(() => []);
  const names = images.flatMap(({ RepoTags: tags }) => tags ?? []);
  const tagged = /:[^/]*$/.test(name) ? name : `${name}:latest`;
  const sameRepository = names.find((one) => one.startsWith(`${name}:`));
  const near = sameRepository ?? closest(tagged, names);
  return new XbuildError(
    'image-missing',
    `the engine has no image "${escapeLine(name)}"`,
    near === undefined
      ? `Build it, or get it: docker pull ${name}`
      : `Did you mean ${near}? To get it from a registry: docker pull ${name}`,
    { cause },
  );
}

/** The platforms that an image has in the store, in the index's order. */
export async function platformsInStore(
  engine: Engine,
  facts: EngineFacts,
  { name, image }: { name: string; image: InspectedImage },
): Promise<Platform[]> {
  const listed = imagesOf(image)
    .map(platformOfEntry)
    .filter((platform) => platform !== undefined);
  if (listed.length > 0) return listed;
  const own = platformOf(image);
  const single = own === undefined ? [] : [own];
  if (facts.store === 'classic' || Array.isArray(image.Manifests)) return single;
  const tried = await tryPlatforms(engine, name);
  return tried.length > 0 ? tried : single;
}

/** Engines before API 1.48 do not list an index; whether they make a container tells. */
async function tryPlatforms(engine: Engine, name: string): Promise<Platform[]> {
  const words = architectures
    .filter(({ buildable }) => buildable)
    .flatMap((row) => (row.name === 'arm' ? ['arm/v7', 'arm/v6', 'arm/v5'] : [row.name]));
  const platforms = words.map((word) => parsePlatform(`linux/${word}`));
  const found = await Promise.all(
    platforms.map(async (platform) => {
      const has = await hasPlatform(engine, name, formatPlatform(platform));
      return has ? [platform] : [];
    }),
  );
  return found.flat();
}

async function hasPlatform(engine: Engine, image: string, platform: string): Promise<boolean> {
  try {
    return await withScratchContainer(engine.docker, { image, platform }, '-', async () => true);
  } catch (error) {
    if (status(error) !== undefined) return false;
    throw engine.failure(error);
  }
}

/**
 * Reads what the engine says of an image for a platform, in the way that its store needs.
 * `inspected`: its answer, where it was asked for already.
 */
export async function readImage(
  engine: Engine,
  facts: EngineFacts,
  target: { image: string; platform: Platform; inspected?: InspectedImage },
): Promise<ReadImage> {
  const image = target.inspected ?? (await findImage(engine, target.image));
  if (imagesOf(image).length > 0) return readFromIndex(engine, image, target);
  if (facts.store === 'classic' || Array.isArray(image.Manifests)) return readSingle(image, target);
  return readByContainer(engine, target);
}

/** A store that holds one platform a name. */
function readSingle(image: InspectedImage, { platform }: { platform: Platform }): ReadImage {
  const config = platformOf(image);
  if (config !== undefined && !sameMachine(config, platform)) return notOffered([config]);
  return {
    declared: config === undefined ? {} : { config },
    config: configOf(image.Config ?? {}),
    enginePlatform: formatPlatform(config ?? platform),
    ...diffIdsOf(image),
  };
}

function sameMachine(one: Platform, other: Platform): boolean {
  return samePlatform({ ...one, variant: '' }, { ...other, variant: '' });
}

function notOffered(offered: Platform[]): ReadImage {
  return { declared: { offered }, config: { unknown: 'there is no such image' } };
}

/**
 * Whether the answer for a name is about one image of its index: it is about the engine's choice of
 * them, and only this one is for what it says. Not believed where index and image disagree.
 */
function tellsOf(image: InspectedImage, entry: InspectedManifest): boolean {
  const said = platformOf(image);
  if (said === undefined) return false;
  const entries = imagesOf(image);
  const agreed = entries.every(({ ImageData: data, Descriptor: descriptor }) => {
    const [inside, outside] = [data?.Platform, descriptor?.platform];
    return inside === undefined || outside === undefined || samePlatform(inside, outside);
  });
  const fitting = entries.filter((one) => {
    const own = platformOfEntry(one);
    return own !== undefined && samePlatform(own, said);
  });
  return agreed && fitting.length === 1 && fitting[0] === entry;
}

/** The containerd store from API 1.48 on tells of each image in an index. */
async function readFromIndex(
  engine: Engine,
  image: InspectedImage,
  target: { image: string; platform: Platform },
): Promise<ReadImage> {
  const entries = imagesOf(image);
  const entry = entries.find((one) => {
    const own = platformOfEntry(one);
    return own !== undefined && samePlatform(own, target.platform);
  });
  if (entry === undefined) {
    return notOffered(entries.map(platformOfEntry).filter((one) => one !== undefined));
  }
  const index = entry.Descriptor?.platform;
  const own = platformOfEntry(entry) ?? target.platform;
  const enginePlatform = formatPlatform(own);
  const child = tellsOf(image, entry)
    ? { ...image, Id: entry.ID }
    : await inspectImage(engine.docker, target.image, { platform: JSON.stringify(own) }).catch(
        (error: unknown) => {
          throw engine.failure(error);
        },
      );
  // API 1.48 lists an index, but answers for its own platform whatever it is asked.
  if (child.Id !== entry.ID) {
    const { config } = await readByContainer(engine, target);
    return { declared: { ...(index && { index }), chosen: own }, config, enginePlatform };
  }
  const config = platformOf(child);
  return {
    declared: { ...(index && { index }), ...(config && { config }) },
    config: configOf(child.Config ?? {}),
    enginePlatform,
    ...diffIdsOf(child),
  };
}

/** The containerd store of older engines shows only the native image; a container shows any. */
async function readByContainer(
  engine: Engine,
  { image, platform }: { image: string; platform: Platform },
): Promise<ReadImage> {
  const enginePlatform = formatPlatform(platform);
  const target = { image, platform: enginePlatform };
  try {
    const config = await withScratchContainer(engine.docker, target, undefined, readConfig);
    return { declared: { chosen: platform }, config, enginePlatform };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw engine.failure(error);
    if (/no command specified/i.test(refusal.message)) {
      return { declared: { chosen: platform }, config: configOf({}), enginePlatform };
    }
    if (refusal.statusCode === 404) return notOffered(await tryPlatforms(engine, image));
    return { declared: {}, config: { unknown: refusal.message }, enginePlatform };
  }
}

async function readConfig(container: Dockerode.Container): Promise<ImageConfig> {
  const { Config: config } = await container.inspect();
  return configOf(config);
}

/** The part of a configuration that is judged, from Docker's or OCI's JSON. */
export function configOf(config: InspectedConfig): ImageConfig {
  const { Entrypoint: entrypoint, Cmd: cmd, Env: env, User: user, WorkingDir: directory } = config;
  const [healthcheck, shell] = [config.Healthcheck?.Test ?? [], config.Shell ?? []];
  return {
    entrypoint: typeof entrypoint === 'string' ? [entrypoint] : (entrypoint ?? []),
    cmd: cmd ?? [],
    env: env ?? [],
    user: user ?? '',
    workingDir: directory ?? '',
    ...(healthcheck.length > 0 ? { healthcheck } : {}),
    ...(shell.length > 0 ? { shell } : {}),
  };
}
