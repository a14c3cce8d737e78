import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import type { Engine } from '../io/engine.ts';
import { XbuildError, type ErrorCode } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { ImageContent } from '../model/image-content.ts';
import { isKnown } from '../model/facts.ts';
import type { Inventory } from '../model/inventory.ts';
import { formatPlatform, samePlatform, type Platform } from '../model/platform.ts';
import { PROBE_LABEL } from '../probe/image.ts';
import { refusalOf } from '../probe/refusal.ts';
import { createContainer, removeContainer } from '../probe/run-container.ts';
import { sourceOf } from './byte-source.ts';
import { platformIn, startIn } from './image-config.ts';
import { listFiles } from './list-files.ts';
import { lookUp, type LookedUp } from './look-up.ts';
import type { ReadOptions } from './read-image-set.ts';
import { scanTar } from './scan-tar.ts';

interface InspectedContainer {
  Id: string;
  Image: string;
  Config?: Record<string, unknown> | null;
  ImageManifestDescriptor?: { digest?: string; platform?: Platform };
}

interface InspectedImage {
  Os?: string;
  Architecture?: string;
  Variant?: string;
  RootFS?: { Layers?: string[] | null };
  Config?: { Shell?: string[] | null } | null;
}

/**
 * Reads an image through a container that is made of it and never started. Which file is of which
 * layer cannot be seen. Throws XbuildError where the engine has no such image or refuses.
 */
export async function readImageByExport(
  engine: Engine,
  { image, platform }: { image: string; platform?: Platform | undefined },
  options: ReadOptions = {},
): Promise<ImageContent> {
  try {
    const container = await createScratch(engine.docker, image, platform);
    try {
      return await readContainer(engine.docker, container, { platform, options });
    } finally {
      await removeContainer(container);
    }
  } catch (error) {
    throw explained(engine, error, image);
  }
}

/** Reads a container as it is, running or not: its own file system, without its mounts. */
export async function readContainerByExport(
  engine: Engine,
  name: string,
  options: ReadOptions = {},
): Promise<ImageContent> {
  try {
    return await readContainer(engine.docker, engine.docker.getContainer(name), { options });
  } catch (error) {
    throw explained(engine, error, name);
  }
}

async function createScratch(docker: Dockerode, image: string, platform: Platform | undefined) {
  const create = {
    Image: image,
    Labels: { [PROBE_LABEL]: '1' },
    HostConfig: { NetworkMode: 'none' },
  };
  const asked = platform === undefined ? undefined : formatPlatform(platform);
  try {
    return await createContainer(docker, create, asked);
  } catch (error) {
    if (!/no command specified/i.test(refusalOf(error)?.message ?? '')) throw error;
    return createContainer(docker, { ...create, Entrypoint: [noCommand] }, asked);
  }
}

/** An image that starts nothing needs a word, or no container is made of it. */
const noCommand = '-';

async function readContainer(
  docker: Dockerode,
  container: Dockerode.Container,
  { platform, options }: { platform?: Platform | undefined; options: ReadOptions },
): Promise<ImageContent> {
  const inspected = (await container.inspect()) as unknown as InspectedContainer;
  const image = (await docker
    .getImage(inspected.Image)
    .inspect()
    .catch(() => undefined)) as InspectedImage | undefined;
  const own = platformOfImage(image);
  const descriptor = inspected.ImageManifestDescriptor;
  const index = platformIn(descriptor?.platform ?? {});
  const found = index ?? platform ?? own;
  // A store that holds several platforms may answer for another one than the container's.
  const isSame = own !== undefined && found !== undefined && samePlatform(own, found);
  // A container's configuration does not have its image's SHELL.
  const start = startOf({
    ...inspected.Config,
    ...(isSame ? { Shell: image?.Config?.Shell } : {}),
  });
  const paths = isKnown(start) ? (options.lookAt?.(start) ?? []) : [];
  const exported = await exportFiles(container, paths, options);
  return {
    ...(found === undefined ? {} : { platform: found }),
    declared: {
      ...(index === undefined ? {} : { index }),
      ...(isSame ? { config: own } : {}),
    },
    start,
    image: inspected.Image,
    history: [],
    layers: isSame
      ? (image?.RootFS?.Layers ?? []).map((diffId, position) => ({ diffId, index: position }))
      : [],
    ...exported,
    ...(descriptor?.digest === undefined ? {} : { manifestDigest: descriptor.digest }),
    findings: [],
  };
}

function platformOfImage(image: InspectedImage | undefined): Platform | undefined {
  const { Os: os, Architecture: architecture, Variant: variant } = image ?? {};
  return platformIn({ os, architecture, variant });
}

/** Without what the container was given by us. */
function startOf(config: Record<string, unknown>): ImageContent['start'] {
  const { Labels: labels, Entrypoint: entrypoint, ...rest } = config;
  const { [PROBE_LABEL]: ours, ...others } = (labels ?? {}) as Record<string, string>;
  const isOurs = ours !== undefined && Array.isArray(entrypoint) && entrypoint[0] === noCommand;
  return startIn({ ...rest, Labels: others, Entrypoint: isOurs ? [] : entrypoint });
}

/** GET /containers/ID/export, read as it arrives. */
async function exportFiles(
  container: Dockerode.Container,
  paths: readonly string[],
  { signal, onProgress }: ReadOptions,
): Promise<Pick<ImageContent, 'inventory'> & LookedUp> {
  const stream = (await container.export()) as unknown as Readable;
  const stop = () => stream.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const { root, refused, fault } = await scanTar(sourceOf(counted(stream, onProgress)), {
      whiteouts: false,
    });
    signal?.throwIfAborted();
    const missing = [
      ...(fault === undefined ? [] : [`the engine's export: ${fault.message}`]),
      ...(refused.count === 0 ? [] : [`${refused.count} entries have paths that lead nowhere`]),
    ];
    const inventory: Inventory = {
      by: 'export',
      ...listFiles(root),
      unreadable: { count: 0, examples: [] },
      ...(missing.length === 0 ? {} : { incomplete: missing.join('; ') }),
    };
    return { inventory, ...lookUp(root, paths, { isWhole: missing.length === 0 }) };
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
}

/** Tells of every 64 MB. */
export async function* counted(
  chunks: AsyncIterable<Buffer>,
  onProgress: ReadOptions['onProgress'],
): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of chunks) {
    const before = read >> 26;
    read += chunk.length;
    if (read >> 26 !== before) onProgress?.(`${Math.round(read / 1e6)} MB read`);
    yield chunk;
  }
}

const answers: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  400: ['bad-argument', 'Correct the name: docker images, docker ps --all'],
  404: ['image-missing', 'Check the name and the platform: docker images, docker ps --all'],
};
const refused = [
  'engine-refused',
  'Allow it in the proxy or the policy between xbuild and the engine.',
] as const;

function explained(engine: Engine, error: unknown, name: string): Error {
  const refusal = refusalOf(error);
  if (refusal === undefined) return engine.failure(error);
  const [code, hint] = answers[refusal.statusCode] ?? refused;
  return new XbuildError(
    code,
    `the engine does not give out "${escapeLine(name)}": ${escapeLine(refusal.message)}`,
    hint,
    { cause: error },
  );
}
