import { posix } from 'node:path';
import type { Inventory } from '../model/inventory.ts';
import { sourceOf } from './byte-source.ts';
import type { Cache } from './cache.ts';
import { unpack } from './decompress.ts';
import { mostText, type BlobRef, type ImageStore } from './image-store.ts';
import { LayerFault } from './layer-fault.ts';
import { partsOf } from './layer-tree.ts';
import { TarReader, type TarEntry } from './read-tar.ts';
import { recallLayer, rememberLayer } from './remember.ts';
import { Hashed, readToEnd, scanLayer, type LayerScan } from './scan-layer.ts';

/** All that an archive of images holds: what `docker save` writes, or an OCI layout in a tar. */
export interface ArchiveStore extends ImageStore {
  /** A file's text by its path; undefined where there is none, or it is no JSON. */
  textOf(path: string): Buffer | undefined;
  /** Why it was not read to its end. */
  fault?: LayerFault;
}

/** Texts that are kept, all together; an index of a thousand images has a few megabytes. */
const mostTexts = 128 << 20;

export interface ArchiveOptions {
  by: Inventory['by'];
  cache: Cache;
  signal?: AbortSignal | undefined;
}

/**
 * Reads an archive of images from its front and once, as it arrives: JSON is kept, all else is
 * looked through as a layer, for what refers to it may come later. It may be packed as a whole.
 * Only the stream's own errors are thrown.
 */
export async function readArchive(
  chunks: AsyncIterable<Buffer>,
  options: ArchiveOptions,
): Promise<ArchiveStore> {
  const reader = new ArchiveReader(options);
  try {
    const { chunks: unpacked } = await unpack(chunks);
    await reader.run(new TarReader(sourceOf(unpacked)));
  } catch (error) {
    if (!(error instanceof LayerFault)) throw error;
    return reader.store(error);
  }
  return reader.store();
}

class ArchiveReader {
  private readonly options: ArchiveOptions;
  private readonly texts = new Map<string, Buffer>();
  private readonly layers = new Map<string, LayerScan>();
  /** Links: engines before 25 store a layer once, and link to it. */
  private readonly links = new Map<string, string>();
  private textBytes = 0;

  constructor(options: ArchiveOptions) {
    this.options = options;
  }

  async run(tar: TarReader): Promise<void> {
    for (;;) {
      this.options.signal?.throwIfAborted();
      const entry = await tar.next();
      if (entry === undefined) return;
      const path = partsOf(entry.name)?.join('/');
      if (path === undefined) continue;
      if (entry.type === '0') await this.read(tar, path, entry);
      if (entry.type === '1') this.links.set(path, plain(entry.linkname));
      if (entry.type === '2') {
        this.links.set(path, plain(posix.join(posix.dirname(path), entry.linkname)));
      }
    }
  }

  store(fault?: LayerFault): ArchiveStore {
    const textOf = (path: string) => this.texts.get(this.links.get(path) ?? path);
    const layerOf = (path: string) => this.layers.get(this.links.get(path) ?? path);
    return {
      by: this.options.by,
      mayBePartial: this.options.by === 'save',
      textOf,
      readText: async (blob) => textOf(pathOf(blob)),
      readLayer: async (blob) => layerOf(pathOf(blob)),
      ...(fault === undefined ? {} : { fault }),
    };
  }

  private async read(tar: TarReader, path: string, entry: TarEntry): Promise<void> {
    const head = await tar.read(512);
    if (looksLikeJson(head) && entry.size <= mostText) {
      this.keepText(path, Buffer.concat([head, await tar.read(entry.size)]));
    } else if (entry.size > 0 && !small.has(posix.basename(path))) {
      await this.readLayer(path, contentOf(head, tar));
    }
  }

  private keepText(path: string, text: Buffer): void {
    this.textBytes += text.length;
    if (this.textBytes > mostTexts) {
      throw new LayerFault(
        'too-large',
        'it has more manifests and configurations than xbuild reads',
      );
    }
    this.texts.set(path, text);
  }

  private async readLayer(path: string, content: AsyncIterable<Buffer>): Promise<void> {
    const digest = digestIn(path);
    const { cache } = this.options;
    const known = digest === undefined ? undefined : await recallLayer(cache, digest);
    if (known !== undefined) {
      this.layers.set(path, await asRead(known, content));
      return;
    }
    const scan = await scanLayer(content, { named: digest });
    this.layers.set(path, scan);
    if (digest === scan.digest) await rememberLayer(cache, scan);
  }
}

async function* contentOf(head: Buffer, tar: TarReader): AsyncGenerator<Buffer> {
  yield head;
  yield* tar.chunks();
}

/** What a layer is that was read before: its bytes must still be the same. */
export async function asRead(
  known: LayerScan,
  content: AsyncIterable<Uint8Array>,
): Promise<LayerScan> {
  const hashed = new Hashed(known.digest.startsWith('sha512:') ? 'sha512' : 'sha256');
  await readToEnd(hashed.of(content));
  return { ...known, digest: hashed.digest(), size: hashed.size };
}

/** Files of old archives that are neither JSON nor layers. */
const small = new Set(['VERSION']);

function looksLikeJson(head: Buffer): boolean {
  const isTar = head.toString('latin1', 257, 262) === 'ustar';
  return !isTar && /^\s*[[{]/.test(head.toString('latin1', 0, 32));
}

function plain(path: string): string {
  return partsOf(path)?.join('/') ?? '';
}

function digestIn(path: string): string | undefined {
  const [, algorithm, hex] = /^blobs\/(sha256|sha512)\/([0-9a-f]+)$/.exec(path) ?? [];
  return algorithm === undefined ? undefined : `${algorithm}:${hex}`;
}

/** A digest is a path below `blobs`; manifest.json of old archives names paths. */
function pathOf({ name }: BlobRef): string {
  return /^sha(?:256|512):[0-9a-f]+$/.test(name) ? `blobs/${name.replace(':', '/')}` : plain(name);
}
