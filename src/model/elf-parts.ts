import { stringOfBytes } from './bytes.ts';
import type { ElfLinks } from './facts.ts';

/** Reads `length` bytes of a file from `offset` on, which lie within its size; undefined where it cannot. */
export type ReadBytes = (offset: number, length: number) => Uint8Array | undefined;

type Lack = NonNullable<ElfLinks['incomplete']>;

/** One program header, as far as links need it. */
export interface Segment {
  type: number;
  offset: number;
  vaddr: number;
  filesz: number;
  align: number;
}

/** The kernel takes no larger table of program headers (load_elf_phdrs in fs/binfmt_elf.c). */
export const LARGEST_TABLE = 65_536;
const LONGEST_TEXT = 4096;
/** Larger numbers count as this one, which lies past the end of every file. */
const LARGEST_NUMBER = 2 ** 53 - 1;

/**
 * An ELF file of which only what is asked for is read, and that may lie about everything. Remembers
 * the first thing that could not be read. native/elf.h does the same, step by step.
 */
export class ElfParts {
  readonly is64: boolean;
  readonly type: number;
  readonly machine: number;
  /** Why something is missing. */
  lacks: Lack | undefined;
  readonly #head: Uint8Array;
  readonly #little: boolean;
  readonly #read: ReadBytes;
  readonly #size: number;

  private constructor(head: Uint8Array, read: ReadBytes, size: number) {
    this.#head = head;
    this.#read = read;
    this.#size = size;
    this.is64 = head[4] === 2;
    this.#little = head[5] === 1;
    this.type = this.number(head, 16, 2);
    this.machine = this.number(head, 18, 2);
  }

  /** Undefined where it is no ELF file, or one that ends within its header. */
  static open(read: ReadBytes, size: number): ElfParts | undefined {
    const ident = size >= 52 ? read(0, 6) : undefined;
    if (ident?.length !== 6 || stringOfBytes(ident.subarray(0, 4)) !== '\u007FELF')
      return undefined;
    const [, , , , bits, order] = ident;
    if ((bits !== 1 && bits !== 2) || (order !== 1 && order !== 2)) return undefined;
    const length = bits === 2 ? 64 : 52;
    const head = size >= length ? read(0, length) : undefined;
    return head?.length === length ? new ElfParts(head, read, size) : undefined;
  }

  /** An unsigned number of 1 to 8 bytes; one past 2^53 is cut to that. */
  number(bytes: Uint8Array, at: number, size: number): number {
    let number = 0;
    for (let index = 0; index < size; index++) {
      number = number * 256 + (bytes[at + (this.#little ? size - 1 - index : index)] ?? 0);
    }
    return Math.min(number, LARGEST_NUMBER);
  }

  /** A number of the header: where it stands in files of 64 bits and of 32, and its size there. */
  field(at64: number, at32: number, size64 = 8, size32 = 4): number {
    return this.number(this.#head, this.is64 ? at64 : at32, this.is64 ? size64 : size32);
  }

  /** Takes note that something is missing; the first time counts. */
  lack(why: Lack): undefined {
    this.lacks ??= why;
    return undefined;
  }

  bytes(offset: number, length: number): Uint8Array | undefined {
    const bytes = offset + length <= this.#size ? this.#read(offset, length) : undefined;
    return bytes?.length === length ? bytes : this.lack('past-end');
  }

  /** At most `most` bytes of what is `length` bytes long. */
  upTo(most: number, offset: number, length: number): Uint8Array | undefined {
    if (length > most) this.lack('too-large');
    return length === 0 ? undefined : this.bytes(offset, Math.min(length, most));
  }

  /** A byte string that ends in a NUL byte, within a table's `left` bytes and 4096. */
  text(offset: number, left: number): string | undefined {
    const most = Math.min(left, LONGEST_TEXT);
    const there = Math.min(most, this.#size - offset);
    const bytes = there > 0 ? this.bytes(offset, there) : this.lack('past-end');
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf(0);
    if (end >= 0) return stringOfBytes(bytes.subarray(0, end));
    if (there < most) return this.lack('past-end');
    return this.lack(most < LONGEST_TEXT ? 'damaged' : 'too-large');
  }

  /** The program headers; none where their table cannot be what it says. */
  segments(): Segment[] {
    const entry = this.is64 ? 56 : 32;
    const count = this.field(56, 44, 2, 2);
    const bytes = count === 0 ? undefined : this.#table(entry, count);
    if (bytes === undefined) return [];
    return Array.from({ length: count }, (_, index) => this.#segment(bytes, index * entry));
  }

  #table(entry: number, count: number): Uint8Array | undefined {
    if (this.field(54, 42, 2, 2) !== entry) return this.lack('damaged');
    if (entry * count > LARGEST_TABLE) return this.lack('too-large');
    return this.bytes(this.field(32, 28), entry * count);
  }

  #segment(bytes: Uint8Array, at: number): Segment {
    const one = (at64: number, at32: number) =>
      this.number(bytes, at + (this.is64 ? at64 : at32), this.is64 ? 8 : 4);
    return {
      type: this.number(bytes, at, 4),
      offset: one(8, 4),
      vaddr: one(16, 8),
      filesz: one(32, 16),
      align: one(48, 28),
    };
  }
}
