import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Engine } from '../io/engine.ts';
import { readCredentials } from '../io/registry-credentials.ts';
import { openRegistry } from '../io/registry.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { ImageSet } from '../model/image-content.ts';
import { formatReference, type ImageReference } from '../model/image-reference.ts';
import { samePlatform, type Platform } from '../model/platform.ts';
import type { VerifyTarget } from '../model/verify-target.ts';
import { refusalOf } from '../probe/refusal.ts';
import { imagesOfArchive, layoutImages } from './archive-images.ts';
import type { Cache } from './cache.ts';
import { openLayout } from './layout-store.ts';
import { readArchive } from './read-archive.ts';
import { counted, readContainerByExport, readImageByExport } from './read-export.ts';
import { readImageSet, type ReadOptions } from './read-image-set.ts';
import { readManifests, type Wanted } from './read-manifests.ts';
import { RegistryStore } from './registry-store.ts';

/** How a source is read. */
export interface SourceOptions extends ReadOptions {
  cache: Cache;
  /** Needed for images and containers of an engine. */
  engine?: Engine | undefined;
  /** Of several platforms only these; by default all. */
  platforms?: readonly Platform[] | undefined;
  /**
   * How a local image is read: `save` has all platforms and tells of each file's layer, `export` has
   * one platform, the first of `platforms`, and takes a third of the time or less.
   */
  way?: 'save' | 'export' | undefined;
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Reads all that is in images, without running anything of them. What is wrong with an image is a
 * finding; XbuildError is thrown where there is nothing to read: `image-missing`, `bad-argument`,
 * `image-unsupported`, `registry-…`, `engine-…`.
 */
export async function readInventorySource(
  target: VerifyTarget,
  options: SourceOptions,
): Promise<ImageSet> {
  options.signal?.throwIfAborted();
  switch (target.kind) {
    case 'image':
      return readLocalImage(target.name, options);
    case 'container': {
      const content = await readContainerByExport(engineOf(options), target.name, options);
      return { reference: target.name, by: 'export', images: [content], others: [], findings: [] };
    }
    case 'registry':
      return readRegistry(target.reference, options);
    case 'layout':
      return readLayout(target, options);
    default:
      return readArchiveFile(target, options);
  }
}

function wantedOf({ platforms }: SourceOptions): Wanted {
  if (platforms === undefined || platforms.length === 0) return () => true;
  return (platform) => platforms.some((one) => samePlatform(one, platform));
}

function engineOf({ engine }: SourceOptions): Engine {
  if (engine !== undefined) return engine;
  throw new Error('an engine is needed to read its images');
}

async function readLocalImage(name: string, options: SourceOptions): Promise<ImageSet> {
  const engine = engineOf(options);
  if (options.way === 'export') {
    const target = { image: name, platform: options.platforms?.[0] };
    const content = await readImageByExport(engine, target, options);
    return { reference: name, by: 'export', images: [content], others: [], findings: [] };
  }
  const stream = await openSave(engine, name);
  return readStream(stream, { name, kept: undefined, by: 'save' }, options, engine);
}

/** GET /images/NAME/get. Engines before 28 send all platforms, whatever they are asked. */
async function openSave(engine: Engine, name: string): Promise<Readable> {
  try {
    return (await engine.docker.getImage(name).get()) as unknown as Readable;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw engine.failure(error);
    throw new XbuildError(
      refusal.statusCode === 404 ? 'image-missing' : 'engine-refused',
      `the engine does not save "${escapeLine(name)}": ${escapeLine(refusal.message)}`,
      refusal.statusCode === 404
        ? `Build it, or read it where it is: docker://${name}`
        : 'Try whether docker save can: docker save IMAGE > /dev/null',
      { cause: error },
    );
  }
}

interface ArchiveTarget {
  /** For people. */
  name: string;
  /** Which of the archive's images. */
  kept: string | undefined;
  by: 'save' | 'layout';
}

async function readStream(
  stream: Readable,
  { name, kept, by }: ArchiveTarget,
  options: SourceOptions,
  engine?: Engine,
): Promise<ImageSet> {
  const { cache, signal, onProgress, lookAt } = options;
  const stop = () => stream.destroy(signal?.reason as Error);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const store = await readArchive(counted(stream, onProgress), { by, cache, signal });
    const found = await imagesOfArchive(store, { name: kept, wanted: wantedOf(options) });
    return await readImageSet(store, found, { reference: name, signal, lookAt });
  } catch (error) {
    signal?.throwIfAborted();
    throw engine === undefined ? error : engine.failure(error);
  } finally {
    signal?.removeEventListener('abort', stop);
    stream.destroy();
  }
}

async function readArchiveFile(
  { path, name }: Extract<VerifyTarget, { kind: 'archive' }>,
  options: SourceOptions,
): Promise<ImageSet> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  try {
    return await readStream(stream, { name: path, kept: name, by: 'layout' }, options);
  } catch (error) {
    throw fileFailure(error, path);
  }
}

async function readLayout(
  { path, name }: Extract<VerifyTarget, { kind: 'layout' }>,
  options: SourceOptions,
): Promise<ImageSet> {
  const { cache, signal, onProgress, lookAt } = options;
  const store = openLayout(path, { cache, signal });
  try {
    const index = await readFile(join(path, 'index.json'));
    const found = await layoutImages(store, index, { name, wanted: wantedOf(options) });
    return await readImageSet(store, found, { reference: path, signal, onProgress, lookAt });
  } catch (error) {
    signal?.throwIfAborted();
    throw fileFailure(error, path);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder; an archive is a file',
  ENOTDIR: 'it is a file; an image layout is a folder',
  EACCES: 'this user has no permission',
};

const hints: Readonly<Record<string, string>> = {
  EISDIR: 'Name a folder with an OCI image layout as oci:FOLDER.',
  ENOTDIR: 'Name a file as oci-archive:FILE or docker-archive:FILE.',
  EACCES: 'Change its permissions, or run this as a user who has them.',
};

/** The user's own file that cannot be read is a request that cannot be carried out. */
function fileFailure(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  return new XbuildError(
    'bad-argument',
    `cannot read ${escapeLine(path)}: ${reasons[code] ?? code}`,
    hints[code] ??
      'Check the path. A folder must hold an OCI image layout (index.json, blobs), a file an archive of images.',
    { cause: error },
  );
}

async function readRegistry(reference: ImageReference, options: SourceOptions): Promise<ImageSet> {
  const { cache, signal, onProgress, lookAt, env = process.env } = options;
  const credentials = await readCredentials(reference.host, env);
  const registry = openRegistry(reference, { credentials, signal, env });
  const store = new RegistryStore(registry, reference, { cache, signal });
  const found = await readManifests(store, [await store.readRoot()], wantedOf(options));
  const name = formatReference(reference);
  return readImageSet(store, found, { reference: name, signal, onProgress, lookAt });
}
