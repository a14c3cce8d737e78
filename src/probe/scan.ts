import { stringOfBytes } from '../model/bytes.ts';
import type { ElfLinks, Known } from '../model/facts.ts';
import type { Inventory, InventoryFile } from '../model/inventory.ts';
import { fileFacts, readLinks } from './decode.ts';
import type { ProbeRecord } from './record-reader.ts';

/**
 * How much of an inventory is kept, in bytes of memory by estimate: about 200,000 programs, ten
 * times as many as the largest images have.
 */
const MEMORY_LIMIT = 96 << 20;
/** What one file takes apart from its texts. */
const FILE_MEMORY = 400;

interface Scanned {
  file: InventoryFile;
  /** Of a file that has several names: the same under each. */
  identity: string;
}

/**
 * Makes an inventory of the records of `scan`, one after the other; memory is bounded, and what is
 * there many times (copies of a program) is kept once.
 */
export class ScanReader {
  readonly #scanned: Scanned[] = [];
  readonly #denied: { path: string; errno: string }[] = [];
  readonly #texts = new Map<string, string>();
  readonly #links = new Map<string, ElfLinks>();
  #last: InventoryFile | undefined;
  #sum: readonly string[] | undefined;
  #room: number;

  constructor(limit = MEMORY_LIMIT) {
    this.#room = limit;
  }

  /** Takes a record if it is one of a scan. */
  take({ tag, fields, rest }: ProbeRecord): boolean {
    if (tag === 'LINK' && this.#last === undefined) return false;
    if (tag === 'LINK') this.#addLinks(rest);
    else this.#last = undefined;
    if (tag === 'SCAN') this.#addFile(fields, rest);
    if (tag === 'DENY') this.#denied.push({ path: fields[0] ?? '', errno: fields[1] ?? '' });
    if (tag === 'SUM ') this.#sum = fields;
    return tag === 'LINK' || tag === 'SCAN' || tag === 'DENY' || tag === 'SUM ';
  }

  #addFile([identity = '', ...fields]: readonly string[], head: Uint8Array): void {
    const file: InventoryFile = fileFacts(fields, head);
    this.#last = file;
    const length = file.path.length + (file.target?.length ?? 0) + identity.length;
    if (!this.#reserve(FILE_MEMORY + length)) return;
    if (file.head !== undefined) file.head = this.#once(file.head);
    if (file.interpreter !== undefined) file.interpreter = this.#once(file.interpreter);
    this.#scanned.push({ file, identity });
  }

  #addLinks(payload: Uint8Array): void {
    const key = stringOfBytes(payload);
    let links = this.#links.get(key);
    if (links === undefined) {
      links = readLinks(payload);
      // Twice: as the key, and as what it is read to.
      if (this.#reserve(FILE_MEMORY + 2 * key.length)) this.#links.set(key, links);
    }
    if (this.#last !== undefined) this.#last.links = links;
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#reserve(text.length)) this.#texts.set(text, text);
    return text;
  }

  #reserve(memory: number): boolean {
    // Once something was left out nothing more is taken: the rest would be a choice by size.
    this.#room = memory > this.#room ? 0 : this.#room - memory;
    return this.#room > 0;
  }

  /** `problem`: why the probe's output is not all there, if it is not. */
  finish(problem?: string): Known<Inventory> {
    if (this.#sum === undefined && this.#scanned.length === 0)
      return { unknown: `the image's files: ${problem ?? 'the probe was not asked'}` };
    const [reason, ...numbers] = this.#sum ?? [];
    const [files, directories, symlinks, elf, scripts, unreadable] = numbers.map(Number);
    const incomplete =
      this.#sum === undefined
        ? (problem ?? 'the scan did not come to its end')
        : this.#room === 0
          ? `more programs than are kept: ${this.#scanned.length}`
          : reason;
    return {
      by: 'probe',
      files: inOrder(this.#scanned),
      counts: {
        files: files ?? 0,
        directories: directories ?? 0,
        symlinks: symlinks ?? 0,
        elf: elf ?? 0,
        scripts: scripts ?? 0,
      },
      unreadable: { count: unreadable ?? this.#denied.length, examples: this.#denied },
      ...(incomplete === 'ok' || incomplete === undefined ? {} : { incomplete }),
    };
  }
}

/** In the order of the paths' bytes; of the names of one file the first one has all that is known. */
function inOrder(scanned: Scanned[]): InventoryFile[] {
  const first = new Map<string, string>();
  scanned.sort((a, b) => (a.file.path < b.file.path ? -1 : 1));
  return scanned.map(({ file, identity }) => {
    const hardLinkOf = identity === '' ? undefined : first.get(identity);
    if (identity !== '' && hardLinkOf === undefined) first.set(identity, file.path);
    if (hardLinkOf === undefined) return file;
    const { head: _head, links: _links, interpreter: _interpreter, ...rest } = file;
    return { ...rest, hardLinkOf };
  });
}
