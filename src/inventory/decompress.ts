import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LayerFault } from './layer-fault.ts';
import { packingOf, type Packing } from './packing.ts';
import { unzstd } from './unzstd.ts';

/**
 * A layer may grow to this size however small it is packed; past it, to so many times its packed
 * size, and never past the last. gzip reaches 1:1000 with nothing but zeros, programs about 1:4.
 */
export interface GrowthLimit {
  free: number;
  ratio: number;
  most: number;
}

export const usualGrowth: GrowthLimit = { free: 1 << 30, ratio: 200, most: 64 * 2 ** 30 };

/** A stream that is being unpacked, and what it is packed with. */
export interface Unpacking {
  packing: Packing;
  chunks: AsyncGenerator<Buffer>;
}

/**
 * Begins to unpack a stream. This and the reading of `chunks` throw LayerFault where it is damaged
 * or grows past its limit; what the stream itself throws comes through.
 */
export async function unpack(
  chunks: AsyncIterable<Buffer>,
  limit: GrowthLimit = usualGrowth,
): Promise<Unpacking> {
  const growth = new Growth(limit);
  const packed = growth.countIn(chunks);
  const first = await firstBytes(packed);
  const packing = packingOf(first);
  if (packing instanceof LayerFault) throw packing;
  return { packing, chunks: growth.countOut(unpackers[packing](followedBy(first, packed))) };
}

const unpackers: Record<Packing, (packed: AsyncGenerator<Buffer>) => AsyncGenerator<Buffer>> = {
  gzip: gunzip,
  zstd: unzstd,
  none: (chunks) => chunks,
};

class Growth {
  private readonly limit: GrowthLimit;
  private read = 0;
  private made = 0;

  constructor(limit: GrowthLimit) {
    this.limit = limit;
  }

  async *countIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.read += chunk.length;
      yield chunk;
    }
  }

  async *countOut(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      this.check(chunk.length);
      yield chunk;
    }
  }

  private check(bytes: number): void {
    this.made += bytes;
    const { free, ratio, most } = this.limit;
    if (this.made <= Math.min(most, Math.max(free, ratio * this.read))) return;
    throw new LayerFault(
      'too-large',
      `${this.read} bytes unpack to more than ${this.made - bytes} bytes: more than xbuild reads`,
    );
  }
}

async function firstBytes(packed: AsyncIterator<Buffer>): Promise<Buffer> {
  let first: Buffer = Buffer.alloc(0);
  while (first.length < 4) {
    const { value, done } = await packed.next();
    if (done === true) break;
    first = first.length === 0 ? value : Buffer.concat([first, value]);
  }
  return first;
}

async function* followedBy(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (;;) {
    const { value, done } = await rest.next();
    if (done === true) return;
    yield value;
  }
}

async function* gunzip(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // Twice as fast as with the usual 16 KB.
  const stream = createGunzip({ chunkSize: 1 << 18 });
  const input = Readable.from(packed, { objectMode: false, highWaterMark: 1 << 18 });
  input.on('error', (error) => stream.destroy(error));
  input.pipe(stream);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!code.startsWith('Z_')) throw error;
    throw code === 'Z_BUF_ERROR'
      ? new LayerFault('truncated', 'its gzip stream ends early')
      : new LayerFault('packing', `its gzip stream is damaged: ${message}`);
  } finally {
    input.destroy();
    stream.destroy();
  }
}
