import type { ElfParts } from './elf-parts.ts';

const MOST_ENTRIES = 4096;
const MOST_TEXT = 32_768;
const [VER_FLG_BASE, VER_FLG_WEAK] = [1, 2];

/** The strings of a dynamic section: as many as there is room for. */
export class LinkTexts {
  readonly #parts: ElfParts;
  /** Where the string table is in the file; undefined where there is none. */
  readonly #start: number | undefined;
  readonly #size: number;
  #room = MOST_TEXT;
  #entries = MOST_ENTRIES;

  constructor(parts: ElfParts, start: number | undefined, size: number) {
    this.#parts = parts;
    this.#start = start;
    this.#size = size;
  }

  /** A string of the table that is wanted; undefined where none is, or it cannot be read. */
  take(at: number | undefined): string | undefined {
    const text = at === undefined ? undefined : this.#text(at);
    return text !== undefined && this.#fits(text) ? text : undefined;
  }

  /** DT_VERNEED: `file VERSION`. Weak ones are left out: nothing fails where they are not there. */
  readNeeded(start: number | undefined, count: number): string[] {
    const found: string[] = [];
    this.#each(start, { count, size: 16, next: 12 }, (entry, at) => {
      const file = this.#text(this.#number(entry, 4));
      const list = { count: this.#number(entry, 2, 2), size: 16, next: 12 };
      return this.#walk(at + this.#number(entry, 8), list, (version) => {
        const name = this.#text(this.#number(version, 8));
        const isWeak = (this.#number(version, 4, 2) & VER_FLG_WEAK) !== 0;
        const text = file === undefined || name === undefined ? undefined : `${file} ${name}`;
        if (text !== undefined && !isWeak && this.#fits(text)) found.push(text);
        return true;
      });
    });
    return found;
  }

  /** DT_VERDEF, without the entry that only names the file. */
  readDefined(start: number | undefined, count: number): string[] {
    const found: string[] = [];
    this.#each(start, { count, size: 20, next: 16 }, (entry, at) => {
      if ((this.#number(entry, 2, 2) & VER_FLG_BASE) !== 0) return true;
      const list = { count: Math.min(this.#number(entry, 6, 2), 1), size: 8, next: 4 };
      return this.#walk(at + this.#number(entry, 12), list, (version) => {
        const name = this.#text(this.#number(version, 0));
        if (name !== undefined && this.#fits(name)) found.push(name);
        return true;
      });
    });
    return found;
  }

  #number(bytes: Uint8Array, at: number, size = 4): number {
    return this.#parts.number(bytes, at, size);
  }

  #text(at: number): string | undefined {
    if (this.#start === undefined || at >= this.#size) return this.#parts.lack('damaged');
    return this.#parts.text(this.#start + at, this.#size - at);
  }

  /** Once one did not fit, none does. */
  #fits(text: string): boolean {
    this.#room = text.length < this.#room ? this.#room - text.length - 1 : 0;
    if (this.#room === 0) this.#parts.lack('too-large');
    return this.#room > 0;
  }

  /** Walks a table whose entries begin with their version, 1. */
  #each(start: number | undefined, list: List, visit: Visit): void {
    if (list.count === 0) return;
    if (start === undefined) this.#parts.lack('damaged');
    else
      this.#walk(start, list, (entry, at) => {
        if (this.#number(entry, 0, 2) === 1) return visit(entry, at);
        this.#parts.lack('damaged');
        return false;
      });
  }

  /** Walks entries that each say how far the next one is, always onwards. False: no further at all. */
  #walk(start: number, { count, size, next }: List, visit: Visit): boolean {
    let at = start;
    for (let index = 0; index < count; index++) {
      if (this.#entries === 0) this.#parts.lack('too-large');
      const entry = this.#entries > 0 ? this.#parts.bytes(at, size) : undefined;
      if (entry === undefined) return false;
      this.#entries--;
      if (!visit(entry, at)) return false;
      const step = this.#number(entry, next);
      if (step === 0) break;
      at += step;
    }
    return true;
  }
}

interface List {
  count: number;
  /** Of an entry, in bytes. */
  size: number;
  /** Where in an entry the distance to the next one stands. */
  next: number;
}

/** Tells whether to go on. */
type Visit = (entry: Uint8Array, at: number) => boolean;
