import { LayerFault } from './layer-fault.ts';

/** So few packed bytes are handed over at once: four of them can unpack to 128 KB. */
const slice = 16 * 1024;

/** Where the stream is damaged the decoder turns on the spot: no slice has as many empty frames. */
const mostEmpty = slice / 8 + 16;

/** A decoder that stands in damaged bytes keeps its window, of at most 128 MB, for good. */
const mostStuck = 4;
let stuck = 0;

/**
 * Unpacks Zstandard frames, with zstd's own decoder as WebAssembly (Node 20's zlib has none); it
 * refuses windows over 128 MB. Throws LayerFault.
 */
export async function* unzstd(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (stuck >= mostStuck) {
    throw new LayerFault('packing', 'its zstd stream was not read, for several others are damaged');
  }
  const { ZSTDDecoder } = await import('zstddec/stream');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  const input = new OneSlice();
  const output = new Output(decoder.decodeStreaming(input));
  try {
    for await (const chunk of packed) {
      for (let at = 0; at < chunk.length; at += slice) {
        input.put(chunk.subarray(at, at + slice));
        // The decoder takes it once it is through with the one before.
        while (input.isFull) yield output.next() ?? none;
      }
    }
    input.end();
    for (let part = output.next(); part !== undefined; part = output.next()) yield part;
  } finally {
    input.end();
    output.release();
  }
}

const none: Buffer = Buffer.alloc(0);

/** Slices for a decoder that cannot wait for them: one is always there when it asks. */
class OneSlice implements Iterable<Uint8Array> {
  private waiting: Uint8Array | undefined;

  get isFull(): boolean {
    return this.waiting !== undefined;
  }

  put(bytes: Uint8Array): void {
    this.waiting = bytes;
  }

  end(): void {
    this.waiting = undefined;
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    while (this.waiting !== undefined) {
      const bytes = this.waiting;
      this.waiting = undefined;
      yield bytes;
    }
  }
}

/** What a decoder makes; it does not say itself that its bytes are damaged. */
class Output {
  private readonly parts: Generator<Uint8Array>;
  private empty = 0;
  private isOver = false;

  constructor(parts: Generator<Uint8Array>) {
    this.parts = parts;
  }

  /** The next part; undefined at the end. */
  next(): Buffer | undefined {
    const { value, done } = this.step();
    if (done === true) return undefined;
    this.empty = value.length === 0 ? this.empty + 1 : 0;
    if (this.empty <= mostEmpty) {
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    this.isOver = true;
    stuck++;
    throw new LayerFault('packing', 'its zstd stream is damaged');
  }

  private step(): IteratorResult<Uint8Array, void> {
    try {
      const step = this.parts.next();
      this.isOver ||= step.done === true;
      return step as IteratorResult<Uint8Array, void>;
    } catch (error) {
      this.isOver = true;
      if (error instanceof Error && error.message.startsWith('Incomplete stream')) {
        throw new LayerFault('truncated', 'its zstd stream ends early');
      }
      throw new LayerFault('packing', `its zstd stream is not read: ${String(error)}`);
    }
  }

  /** Goes to the end of what the decoder has, for only there does it give its memory back. */
  release(): void {
    try {
      while (!this.isOver) this.next();
    } catch (error) {
      if (!(error instanceof LayerFault)) throw error;
    }
  }
}
