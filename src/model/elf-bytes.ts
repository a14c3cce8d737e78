import { stringOfBytes } from './bytes.ts';

/**
 * The bytes of an ELF file, read in its own endianness and class. Reading past the end gives 0;
 * ask `has` first where that would be a guess.
 */
export class ElfBytes {
  readonly bytes: Uint8Array;
  readonly little: boolean;
  readonly is64: boolean;
  readonly #view: DataView;

  /** `layout`: of bytes that do not begin with an ELF header. */
  constructor(bytes: Uint8Array, layout = { is64: bytes[4] === 2, little: bytes[5] === 1 }) {
    this.bytes = bytes;
    this.is64 = layout.is64;
    this.little = layout.little;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  has(offset: number, size: number): boolean {
    return offset + size <= this.bytes.length;
  }

  u8(offset: number): number {
    return this.bytes[offset] ?? 0;
  }

  u16(offset: number): number {
    return this.has(offset, 2) ? this.#view.getUint16(offset, this.little) : 0;
  }

  u32(offset: number): number {
    return this.has(offset, 4) ? this.#view.getUint32(offset, this.little) : 0;
  }

  /** A number of the file's word size: 4 or 8 bytes. */
  word(offset: number): number {
    if (!this.is64) return this.u32(offset);
    return this.has(offset, 8) ? this.u64(offset) : 0;
  }

  /** Eight bytes that are there. */
  u64(offset: number): number {
    // Not as a BigInt: it is made, and made a number again, for each of a hundred words.
    const high = this.#view.getUint32(offset + (this.little ? 4 : 0), this.little);
    const low = this.#view.getUint32(offset + (this.little ? 0 : 4), this.little);
    return high * 0x1_0000_0000 + low;
  }

  /** A byte string that ends at a NUL byte, or after `size` bytes. */
  text(offset: number, size = 4096): string {
    const field = this.bytes.subarray(offset, offset + size);
    const end = field.indexOf(0);
    return stringOfBytes(end === -1 ? field : field.subarray(0, end));
  }
}
