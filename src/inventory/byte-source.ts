/** Bytes that are read once, from the front. */
export interface ByteSource {
  /** The next `count` bytes; fewer only at the end. They may share memory with what was read. */
  take(count: number): Promise<Buffer>;
  /** The next bytes, at most `most` of them and as many as are at hand; empty at the end. */
  some(most: number): Promise<Buffer>;
  /** Passes over bytes, and says how many there were. */
  skip(count: number): Promise<number>;
}

const none: Buffer = Buffer.alloc(0);

/** The bytes of a stream, without a copy where a piece holds all that is asked for. */
export function sourceOf(chunks: AsyncIterable<Uint8Array>): ByteSource {
  return new ChunkSource(chunks[Symbol.asyncIterator]());
}

class ChunkSource implements ByteSource {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private piece = none;

  constructor(chunks: AsyncIterator<Uint8Array>) {
    this.chunks = chunks;
  }

  async some(most: number): Promise<Buffer> {
    while (this.piece.length === 0) {
      const { value, done } = await this.chunks.next();
      if (done === true) return none;
      this.piece = bufferOf(value);
    }
    const part = this.piece.subarray(0, most);
    this.piece = this.piece.subarray(part.length);
    return part;
  }

  async take(count: number): Promise<Buffer> {
    if (count === 0) return none;
    const first = await this.some(count);
    if (first.length === count || first.length === 0) return first;
    const parts = [first];
    let missing = count - first.length;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part.length === 0) break;
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  async skip(count: number): Promise<number> {
    let left = count;
    while (left > 0) {
      const part = await this.some(left);
      if (part.length === 0) break;
      left -= part.length;
    }
    return count - left;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
