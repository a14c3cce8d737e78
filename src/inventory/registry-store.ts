import { createHash } from 'node:crypto';
import { reasonOf, unreachable, type Registry } from '../io/registry.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { formatReference, type ImageReference } from '../model/image-reference.ts';
import type { Cache } from './cache.ts';
import { mostText, type BlobRef, type ImageStore } from './image-store.ts';
import { recallLayer, rememberLayer } from './remember.ts';
import { scanLayer, type LayerScan } from './scan-layer.ts';

const accepted = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** So often a layer is asked for whose stream breaks off. */
const mostAttempts = 3;

/** A repository as a store of images: layers are read as they arrive, and never written down. */
export class RegistryStore implements ImageStore {
  readonly by = 'registry';
  private readonly registry: Registry;
  private readonly reference: ImageReference;
  private readonly cache: Cache;
  private readonly signal: AbortSignal | undefined;
  private readonly texts = new Map<string, Buffer>();

  constructor(
    registry: Registry,
    reference: ImageReference,
    { cache, signal }: { cache: Cache; signal?: AbortSignal | undefined },
  ) {
    this.registry = registry;
    this.reference = reference;
    this.cache = cache;
    this.signal = signal;
  }

  /** What the reference names. Throws `image-missing`. */
  async readRoot(): Promise<BlobRef> {
    const { digest, tag = 'latest' } = this.reference;
    const bytes = await this.readBody(`manifests/${digest ?? tag}`, accepted);
    if (bytes === undefined) throw missing(this.reference);
    const actual = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const name = digest ?? actual;
    this.texts.set(name, bytes);
    return { name, digest: name };
  }

  async readText(blob: BlobRef, kind: 'manifest' | 'config'): Promise<Buffer | undefined> {
    const known = this.texts.get(blob.name);
    if (known !== undefined) return known;
    const folder = kind === 'manifest' ? 'manifests' : 'blobs';
    return this.readBody(`${folder}/${blob.name}`, kind === 'manifest' ? accepted : []);
  }

  async readLayer(blob: BlobRef): Promise<LayerScan | undefined> {
    const known = await recallLayer(this.cache, blob.name);
    if (known !== undefined) return known;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.registry.get(`blobs/${blob.name}`);
      if (answer === undefined) return undefined;
      try {
        const scan = await scanLayer(this.body(answer, (blob.size ?? Infinity) + 1), {
          named: blob.name,
        });
        if (scan.digest === blob.name) await rememberLayer(this.cache, scan);
        return scan;
      } catch (error) {
        const isLost = error instanceof XbuildError && error.code === 'registry-unreachable';
        if (!isLost || attempt === mostAttempts) throw error;
      }
    }
  }

  private async readBody(path: string, accept: readonly string[]): Promise<Buffer | undefined> {
    const answer = await this.registry.get(path, accept);
    if (answer === undefined) return undefined;
    const parts: Buffer[] = [];
    for await (const part of this.body(answer, mostText)) parts.push(part);
    return Buffer.concat(parts);
  }

  /** At most so many bytes of an answer: no more than that can be right. */
  /** At most so many bytes of an answer: no more than that can be right. */
  private async *body({ body }: Response, most: number): AsyncGenerator<Buffer> {
    const stream = body as unknown as AsyncIterable<Uint8Array> | null;
    let left = most;
    try {
      for await (const part of stream ?? []) {
        yield Buffer.from(part.buffer, part.byteOffset, Math.min(part.byteLength, left));
        left -= part.byteLength;
        if (left <= 0) return;
      }
    } catch (error) {
      this.signal?.throwIfAborted();
      throw unreachable(this.reference.host, reasonOf(error), error);
    }
  }
}

function missing(reference: ImageReference): XbuildError {
  return new XbuildError(
    'image-missing',
    `the registry has no image "${escapeLine(formatReference(reference))}"`,
    'Check the name and the tag, and whether the image was pushed.',
  );
}
