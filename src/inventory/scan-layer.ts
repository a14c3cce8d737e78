import { createHash, type Hash } from 'node:crypto';
import { sourceOf } from './byte-source.ts';
import { unpack, usualGrowth, type GrowthLimit } from './decompress.ts';
import { LayerFault, type FaultReason } from './layer-fault.ts';
import { Directory } from './layer-tree.ts';
import { scanTar, type TarScan } from './scan-tar.ts';

/** One layer, read. */
export interface LayerScan {
  /** sha256:… (or sha512:…) of the bytes as they came. */
  digest: string;
  /** How many came. */
  size: number;
  /** sha256:… of the unpacked archive; where there is a fault, of nothing: undefined. */
  diffId?: string;
  root: Directory;
  refused: TarScan['refused'];
  /** Why it is not all there. */
  fault?: { reason: FaultReason; message: string };
}

/**
 * Reads a layer from its front and once, packed or not; only the stream's own errors are thrown.
 * `named`: the digest that it goes by, whose algorithm is used.
 */
export async function scanLayer(
  chunks: AsyncIterable<Uint8Array>,
  { limit = usualGrowth, named = '' }: { limit?: GrowthLimit; named?: string | undefined } = {},
): Promise<LayerScan> {
  const packed = new Hashed(named.startsWith('sha512:') ? 'sha512' : 'sha256');
  const arriving = heldOpen(packed.of(chunks));
  const { root, refused, fault, diffId } = await scanPacked(arriving, limit);
  // The digest is that of all bytes, also of those that nobody looks at.
  await readToEnd(arriving);
  const digest = packed.digest();
  return {
    digest,
    size: packed.size,
    root,
    refused,
    ...(fault === undefined
      ? { diffId: diffId ?? digest }
      : { fault: { reason: fault.reason, message: fault.message } }),
  };
}

/** `diffId` is left out where the layer is not packed: it is the digest then. */
async function scanPacked(
  arriving: AsyncIterable<Buffer>,
  limit: GrowthLimit,
): Promise<TarScan & { diffId?: string }> {
  try {
    const { packing, chunks } = await unpack(arriving, limit);
    if (packing === 'none') return await scanUnpacked(chunks);
    const unpacked = new Hashed('sha256');
    const scan = await scanUnpacked(unpacked.of(chunks));
    return { ...scan, diffId: unpacked.digest() };
  } catch (error) {
    if (!(error instanceof LayerFault)) throw error;
    return { root: new Directory(), refused: { count: 0, examples: [] }, fault: error };
  }
}

async function scanUnpacked(unpacked: AsyncGenerator<Buffer>): Promise<TarScan> {
  const scan = await scanTar(sourceOf(heldOpen(unpacked)), { whiteouts: true });
  if (scan.fault !== undefined) {
    await unpacked.return(undefined);
    return scan;
  }
  try {
    // Tars are filled up with zeros.
    await readToEnd(unpacked);
    return scan;
  } catch (error) {
    if (error instanceof LayerFault) return { ...scan, fault: error };
    throw error;
  }
}

/** Reads what is left of a stream. */
export async function readToEnd(chunks: AsyncIterable<unknown>): Promise<void> {
  const left = chunks[Symbol.asyncIterator]();
  while ((await left.next()).done !== true);
}

/** Passes a stream on, and knows its digest at the end. */
export class Hashed {
  size = 0;
  private readonly algorithm: 'sha256' | 'sha512';
  private readonly hash: Hash;

  constructor(algorithm: 'sha256' | 'sha512') {
    this.algorithm = algorithm;
    this.hash = createHash(algorithm);
  }

  async *of(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.hash.update(chunk);
      this.size += chunk.length;
      yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
  }

  digest(): string {
    return `${this.algorithm}:${this.hash.digest('hex')}`;
  }
}

/** A stream that stays open when a reader of it stops early: another one goes on. */
function heldOpen<T>(chunks: AsyncGenerator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) };
}
