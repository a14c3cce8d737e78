import { createHash } from 'node:crypto';

/** A file of a made-up image; with `target` a symbolic link, with neither a directory. */
export interface ImageFile {
  path: string;
  mode?: number;
  uid?: number;
  bytes?: Uint8Array | string;
  target?: string;
}

/** A made-up image of one layer, or of two. */
export interface MadeImage {
  architecture: string;
  variant?: string;
  /** The part of the configuration that says how it is started, as in its JSON. */
  config: Record<string, unknown>;
  files: readonly ImageFile[];
  /** The files of a layer below. */
  below?: readonly ImageFile[];
}

/** As an index lists it: the platform may differ from what the image's configuration says. */
export interface IndexedImage extends MadeImage {
  listed?: { os: string; architecture: string; variant?: string };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

function header(file: ImageFile, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number) =>
    block.write(value.toString(8).padStart(width, '0'), at, 'latin1');
  block.write(file.path, 0, 100, 'utf8');
  octal(file.mode ?? 0o755, 100, 7);
  octal(file.uid ?? 0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  const kind = file.target === undefined ? (file.bytes === undefined ? '5' : '0') : '2';
  block.write(kind, 156, 'latin1');
  block.write(file.target ?? '', 157, 100, 'utf8');
  block.write('ustar\u000000', 257, 'latin1');
  block.fill(' ', 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.write('\0 ', 154, 'latin1');
  return block;
}

/** A POSIX archive with fixed dates and owners. */
export function tar(files: readonly ImageFile[]): Buffer {
  const blocks = files.flatMap((file) => {
    const content = Buffer.from(file.bytes ?? '');
    const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
    return [header(file, content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function parts(image: MadeImage) {
  const layers = [...(image.below === undefined ? [] : [image.below]), image.files].map(tar);
  const created = '2026-01-01T00:00:00Z';
  const makers = image.below === undefined ? ['a test'] : ['a base', 'COPY a test'];
  const config = json({
    architecture: image.architecture,
    ...(image.variant === undefined ? {} : { variant: image.variant }),
    os: 'linux',
    created,
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: makers.map((maker) => ({ created, created_by: maker })),
  });
  return { layers, config };
}

function pathOf(layer: Buffer): string {
  return `${sha256(layer)}/layer.tar`;
}

/** Several images, one a name, as every engine loads them. */
export function dockerArchive(images: Readonly<Record<string, MadeImage>>): Buffer {
  const made = Object.entries(images).map(([name, image]) => ({ name, ...parts(image) }));
  const files = made.flatMap(({ layers, config }) => [
    ...layers.map((layer) => ({ path: pathOf(layer), mode: 0o644, bytes: layer })),
    { path: `${sha256(config)}.json`, mode: 0o644, bytes: config },
  ]);
  const manifest = made.map(({ name, layers, config }) => ({
    Config: `${sha256(config)}.json`,
    RepoTags: [name],
    Layers: layers.map(pathOf),
  }));
  const unique = new Map(files.map((file) => [file.path, file]));
  return tar([...unique.values(), { path: 'manifest.json', mode: 0o644, bytes: json(manifest) }]);
}

const media = 'application/vnd.oci.image';

/** One name that holds several platforms, as engines with the containerd store load it. */
export function ociArchive(name: string, images: readonly IndexedImage[]): Buffer {
  const blobs = new Map<string, Buffer>();
  const put = (bytes: Buffer, mediaType: string) => {
    blobs.set(`blobs/sha256/${sha256(bytes)}`, bytes);
    return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length };
  };
  const manifests = images.map((image) => {
    const { layers, config } = parts(image);
    const manifest = json({
      schemaVersion: 2,
      mediaType: `${media}.manifest.v1+json`,
      config: put(config, `${media}.config.v1+json`),
      layers: layers.map((layer) => put(layer, `${media}.layer.v1.tar`)),
    });
    const { architecture, variant } = image;
    const platform = image.listed ?? { os: 'linux', architecture, ...(variant && { variant }) };
    return { ...put(manifest, `${media}.manifest.v1+json`), platform };
  });
  const noPlatform = { architecture: 'unknown', os: 'unknown', config: {} };
  const proof = json({
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: put(json(noPlatform), `${media}.config.v1+json`),
    layers: [put(json({ predicate: {} }), 'application/vnd.in-toto+json')],
  });
  // As buildx adds one a platform.
  const attestation = {
    ...put(proof, `${media}.manifest.v1+json`),
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': manifests[0]?.digest,
    },
  };
  const index = put(
    json({
      schemaVersion: 2,
      mediaType: `${media}.index.v1+json`,
      manifests: [...manifests, attestation],
    }),
    `${media}.index.v1+json`,
  );
  const [repository, tag] = name.split(':');
  const annotations = {
    'io.containerd.image.name': `docker.io/library/${repository}:${tag}`,
    'org.opencontainers.image.ref.name': tag,
  };
  return tar([
    { path: 'oci-layout', mode: 0o644, bytes: json({ imageLayoutVersion: '1.0.0' }) },
    {
      path: 'index.json',
      mode: 0o644,
      bytes: json({ schemaVersion: 2, manifests: [{ ...index, annotations }] }),
    },
    ...Array.from(blobs, ([path, bytes]) => ({ path, mode: 0o644, bytes })),
  ]);
}
