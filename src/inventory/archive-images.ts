import type { Finding } from '../model/finding.ts';
import { objectOf, textsOf } from './image-config.ts';
import type { BlobRef } from './image-store.ts';
import type { ArchiveStore } from './read-archive.ts';
import {
  blobIn,
  isDigest,
  readManifests,
  type FoundParts,
  type ImageParts,
  type Wanted,
} from './read-manifests.ts';

/**
 * The images of an archive. Engines from 25 on write an OCI layout, and manifest.json beside it;
 * older ones only that. `name` chooses one of several, by the name or tag that the archive gives it.
 */
export async function imagesOfArchive(
  store: ArchiveStore,
  { name, wanted }: { name?: string | undefined; wanted: Wanted },
): Promise<FoundParts> {
  const found =
    store.textOf('oci-layout') === undefined
      ? legacyImages(store, name)
      : await layoutImages(store, store.textOf('index.json'), { name, wanted });
  if (store.fault === undefined) return found;
  return { ...found, findings: [damaged(store.fault.message), ...found.findings] };
}

function damaged(message: string): Finding {
  return {
    id: 'image-archive',
    status: 'fail',
    message: `the archive cannot be read to its end: ${message}`,
    why: 'What comes after that place was not looked at.',
    fix: { text: 'Write the archive again.', commands: [] },
  };
}

function noImages(what: string): Finding {
  return {
    id: 'image-archive',
    status: 'fail',
    message: `${what} lists no image`,
    why: 'Nothing can be loaded from it.',
    fix: {
      text: 'Write it again with docker save, docker buildx build -o type=oci, or skopeo.',
      commands: [],
    },
  };
}

/** Source: OCI image-spec, image-layout.md. */
export async function layoutImages(
  store: ArchiveStore | Parameters<typeof readManifests>[0],
  index: Buffer | undefined,
  { name, wanted }: { name?: string | undefined; wanted: Wanted },
): Promise<FoundParts> {
  const roots = rootsIn(index).filter((root) => name === undefined || isCalled(root, name));
  if (roots.length > 0) return readManifests(store, unique(roots), wanted);
  const what = name === undefined ? 'index.json' : `index.json has nothing called ${name}: it`;
  return { images: [], others: [], findings: [noImages(what)] };
}

function rootsIn(index: Buffer | undefined): BlobRef[] {
  const { manifests } = json(index) as { manifests?: unknown };
  if (!Array.isArray(manifests)) return [];
  return manifests.map(blobIn).filter((blob) => blob !== undefined);
}

/** An image with several names is listed once a name. */
function unique(roots: readonly BlobRef[]): BlobRef[] {
  return [...new Map(roots.map((root) => [root.name, root])).values()];
}

function isCalled({ digest, annotations = {} }: BlobRef, name: string): boolean {
  const names = [
    annotations['org.opencontainers.image.ref.name'],
    annotations['io.containerd.image.name'],
  ];
  return digest === name || names.some((one) => one !== undefined && sameName(one, name));
}

/** `app:1` is `docker.io/library/app:1`. */
function sameName(one: string, other: string): boolean {
  return one === other || one.endsWith(`/${other}`);
}

function json(bytes: Buffer | undefined): object {
  try {
    const value: unknown = JSON.parse(bytes?.toString('utf8') ?? '');
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** manifest.json: a list of configurations, names and layers. */
function legacyImages(store: ArchiveStore, name: string | undefined): FoundParts {
  const list = json(store.textOf('manifest.json'));
  const entries = Array.isArray(list) ? list.map(objectOf) : [];
  const images = entries
    .filter(
      (entry) =>
        name === undefined || textsOf(entry['RepoTags']).some((tag) => sameName(tag, name)),
    )
    .map(legacyParts)
    .filter((parts) => parts !== undefined);
  const what = name === undefined ? 'the archive' : `the archive has nothing called ${name}: it`;
  return { images, others: [], findings: images.length === 0 ? [noImages(what)] : [] };
}

function legacyParts(entry: Record<string, unknown>): ImageParts | undefined {
  const { Config: config, Layers: layers } = entry;
  if (typeof config !== 'string' || !Array.isArray(layers)) return undefined;
  const [name] = textsOf(entry['RepoTags']);
  return {
    config: legacyBlob(config),
    layers: textsOf(layers).map(legacyBlob),
    ...(name === undefined ? {} : { name }),
    findings: [],
  };
}

/** A configuration's file, and a blob, are called by their digest; `<id>/layer.tar` is not. */
function legacyBlob(path: string): BlobRef {
  const hex = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.json)?$/.exec(path)?.[1];
  const digest = `sha256:${hex}`;
  return isDigest(digest) ? { name: path, digest } : { name: path };
}
