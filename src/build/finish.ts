import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import { formatPlatform } from '../model/platform.ts';
import { runDocker } from '../io/docker-cli.ts';
import type { Engine } from '../io/engine.ts';
import {
  imagesOf,
  inspectImage,
  platformOfEntry,
  type InspectedImage,
  type InspectedManifest,
} from '../verify/inspect-image.ts';
import type { BuildReport, BuiltPlatform } from '../model/build.ts';
import type { ClientFacts } from '../model/preflight.ts';
import type { BuildPlan } from './plan.ts';
import type { BuildRequest } from './request.ts';

/**
 * Gives the images of a `separate` plan their names, all at once and last, so that an interrupted
 * build leaves every name as it was. Platforms that failed get none; neither does the plain name
 * where its platform failed.
 */
export async function nameImages(
  plan: BuildPlan,
  built: readonly BuiltPlatform[],
  engine: Engine,
): Promise<void> {
  for (const { platform, reference } of plan.tags) {
    const image = built.find((one) => formatPlatform(one.platform) === formatPlatform(platform));
    if (image?.imageId === undefined || !image.result.ok) continue;
    const { repo, tag } = splitReference(reference);
    try {
      await engine.docker.getImage(image.imageId).tag({ repo, tag });
    } catch (error) {
      throw engine.failure(error);
    }
    image.result.tags.push(reference);
  }
}

/** `reg:5000/app:1` → its two parts; the tag is `latest` where there is none. */
export function splitReference(reference: string): { repo: string; tag: string } {
  const slash = reference.lastIndexOf('/');
  const colon = reference.indexOf(':', slash + 1);
  if (colon < 0) return { repo: reference, tag: 'latest' };
  return { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/**
 * Pushes what a plan says, and joins the names of single platforms to one index a name. Everything
 * is read back from the registry, where the docker command has buildx to read it with.
 */
export async function pushAll(
  plan: BuildPlan,
  client: ClientFacts,
  globals: readonly string[],
): Promise<BuildReport['indexes']> {
  const pushed: BuildReport['indexes'] = [];
  for (const { reference, from } of plan.pushes) {
    const names = from.length === 0 ? [reference] : from;
    for (const name of names) await mustRun([...globals, 'push', '--quiet', name], `push ${name}`);
    if (from.length > 0) await joinIndex(reference, from, globals);
    if (client.buildx === null) pushed.push({ reference, digest: '', platforms: [] });
    else pushed.push(await readIndex(reference, globals));
  }
  return pushed;
}

async function joinIndex(
  reference: string,
  from: string[],
  globals: readonly string[],
): Promise<void> {
  const create = ['buildx', 'imagetools', 'create', '--tag', reference, ...from];
  await mustRun([...globals, ...create], `make the index ${reference}`);
}

/** Reads an index back from its registry: its digest and the platforms that it holds. */
export async function readIndex(
  reference: string,
  globals: readonly string[],
): Promise<BuildReport['indexes'][number]> {
  const command = [
    ...globals,
    'buildx',
    'imagetools',
    'inspect',
    '--format',
    '{{json .Manifest}}',
    reference,
  ];
  const answer = await mustRun(command, `read ${reference} back`);
  const manifest = JSON.parse(answer) as {
    digest?: string;
    manifests?: { platform?: { os: string; architecture: string; variant?: string } }[];
  };
  // Attestations stand in an index as unknown/unknown; they are no platforms.
  const platforms = (manifest.manifests ?? [])
    .map(({ platform }) => platform)
    .filter((platform) => platform !== undefined && platform.os !== 'unknown')
    .map((platform) => formatPlatform(platform ?? { os: '', architecture: '' }));
  return { reference, digest: manifest.digest ?? '', platforms };
}

async function mustRun(argv: string[], what: string): Promise<string> {
  const result = await runDocker(argv);
  if (result.exitStatus === 0) return result.stdout;
  const said = result.stderr.trim().split('\n').at(-1) ?? '';
  throw new XbuildError(
    'engine-refused',
    `could not ${what}: ${said}`,
    'Check that you are logged in to the registry (docker login) and may write there.',
  );
}

/**
 * Removes images that were built only to be looked at, unless something else gave them a name; the
 * results no longer tell of them.
 */
export async function removeUnnamed(
  built: readonly BuiltPlatform[],
  engine: Engine,
): Promise<void> {
  const unnamed = built.filter((one) => one.unnamed && one.imageId !== undefined);
  for (const id of new Set(unnamed.map((one) => one.imageId ?? ''))) {
    await removeNameless(engine, id);
  }
  for (const { result } of unnamed) {
    delete result.imageId;
    delete result.digest;
  }
}

/** Removes an image, unless something gave the same content a name. */
export async function removeNameless({ docker }: Engine, id: string): Promise<void> {
  const image = docker.getImage(id);
  const names = await image.inspect().then(
    (facts) => facts.RepoTags ?? [],
    () => [],
  );
  if (names.length === 0) await image.remove({ noprune: false }).catch(() => undefined);
}

/** Fills in the sizes and digests that the engine tells by platform. */
export async function readSizes(built: readonly BuiltPlatform[], engine: Engine): Promise<void> {
  const ids = new Set(built.map((one) => one.imageId).filter((id) => id !== undefined));
  const images = new Map(
    await Promise.all([...ids].map(async (id) => [id, await askForSize(engine, id)] as const)),
  );
  const entries = new Map(
    built.flatMap(({ imageId, result }) => {
      const image = imageId === undefined ? undefined : images.get(imageId);
      const entry = image && imagesOf(image).find((one) => isFor(one, result.platform));
      return entry === undefined ? [] : [[result, entry] as const];
    }),
  );
  const sizeOf = [...entries.values()].every(unpackedSize) ? unpackedSize : packedSize;
  for (const { imageId, result } of built) {
    const image = imageId === undefined ? undefined : images.get(imageId);
    if (image === undefined || !result.ok) continue;
    const entry = entries.get(result);
    if (entry !== undefined) result.digest = entry.ID;
    // An image of one platform has one size; of an index only its parts' sizes mean something.
    const size = entry === undefined ? wholeSize(image, ids, built) : sizeOf(entry);
    if (size !== undefined) result.size = size;
  }
}

function isFor(entry: InspectedManifest, platform: string): boolean {
  const own = platformOfEntry(entry);
  return own !== undefined && formatPlatform(own) === platform;
}

/** What it takes on disk once unpacked, which is also what classic stores count; 0 where it is not. */
function unpackedSize({ ImageData }: InspectedManifest): number {
  return ImageData?.Size?.Unpacked ?? 0;
}

/** What a registry holds of it: the measure for all where one platform is not unpacked. */
function packedSize({ Size }: InspectedManifest): number | undefined {
  return Size?.Content;
}

function wholeSize(
  image: InspectedImage,
  ids: ReadonlySet<string>,
  built: readonly BuiltPlatform[],
): number | undefined {
  return ids.size === built.length ? image.Size : undefined;
}

async function askForSize(engine: Engine, id: string): Promise<InspectedImage | undefined> {
  try {
    return await inspectImage(engine.docker, id, { manifests: true });
  } catch {
    return undefined;
  }
}

/** Looks whether --iidfile and --metadata-file can be written, before a build that takes its time. */
export function checkResultFiles({ iidfile, metadataFile }: BuildRequest): void {
  for (const [flag, file] of Object.entries({
    '--iidfile': iidfile,
    '--metadata-file': metadataFile,
  })) {
    if (file === undefined) continue;
    try {
      accessSync(dirname(file), constants.W_OK);
    } catch (error) {
      throw new XbuildError(
        'bad-argument',
        `${flag} ${file} cannot be written: ${(error as Error).message}`,
        'Make the folder first, or name a file in one that is there.',
        { cause: error },
      );
    }
  }
}

/** Writes --iidfile and --metadata-file, as docker does: only for a build that succeeded. */
export async function writeResultFiles(
  request: BuildRequest,
  built: readonly BuiltPlatform[],
): Promise<void> {
  const [first] = built;
  if (first === undefined || !built.every(({ result }) => result.ok)) return;
  if (request.iidfile !== undefined && first.imageId !== undefined) {
    await writeFile(request.iidfile, first.imageId);
  }
  if (request.metadataFile === undefined) return;
  // One solve has one result; several are told apart by platform.
  const metadata =
    new Set(built.map((one) => one.metadata)).size === 1
      ? first.metadata
      : Object.fromEntries(built.map((one) => [one.result.platform, one.metadata]));
  await writeFile(request.metadataFile, `${JSON.stringify(metadata ?? {}, null, 2)}\n`);
}
