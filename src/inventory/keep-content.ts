import { base64OfBytes, stringOfBytes } from '../model/bytes.ts';
import { readElfInterpreter, readElfLinks } from '../model/elf-links.ts';
import { ElfParts, LARGEST_TABLE, type ReadBytes } from '../model/elf-parts.ts';
import type { ElfLinks } from '../model/inventory.ts';
import { commandsInFile, SCRIPT_READ } from '../model/script-commands.ts';
import { TextFile } from './layer-tree.ts';
import type { TarEntry, TarReader } from './read-tar.ts';

/** How much of a file stands in an inventory. */
const HEAD = 256;
/** Up to this size a program is kept whole until its links are read; of larger ones this much is. */
const mostKept = 32 << 20;
/** What is kept of the end of a larger one: section headers, and what patchelf has moved. */
const tail = 4 << 20;
const PT_DYNAMIC = 2;

/** What a file is, as far as an inventory says it. */
export interface Content {
  kind: 'elf' | 'script' | 'none';
  head: Buffer;
  links?: ElfLinks;
  interpreter?: string;
  /** What a shell script executes. */
  commands?: string[];
}

/** Reads files of archives; one buffer serves all programs, so that large ones do not pile up. */
export class ContentReader {
  private readonly tar: TarReader;
  private buffer: Buffer = Buffer.alloc(0);

  constructor(tar: TarReader) {
    this.tar = tar;
  }

  /** What the file is that the archive is at. */
  async read(entry: TarEntry): Promise<Content> {
    const file = new FileBytes(this.tar, entry);
    const head = Buffer.from(await file.take(Math.min(HEAD, entry.size)));
    const kind = kindOf(head);
    if (kind === 'script') return { kind, head, ...(await readCommands(file, head, entry.size)) };
    if (kind === 'none') return { kind, head };
    const kept = await this.keep(file, head, entry.size);
    const links = readElfLinks(kept.read, entry.size);
    const interpreter = readElfInterpreter(kept.read, entry.size);
    // What lies between the parts that are kept is in the file.
    if (links?.incomplete !== undefined && kept.lacks()) links.incomplete = 'too-large';
    return {
      kind,
      head,
      ...(links === undefined ? {} : { links }),
      ...(interpreter === undefined ? {} : { interpreter }),
    };
  }

  /** A small file as a whole. */
  async readText(entry: TarEntry): Promise<TextFile> {
    return new TextFile(stringOfBytes(await new FileBytes(this.tar, entry).take(entry.size)));
  }

  /** The file's first bytes; of a large file its dynamic section and its last bytes too. */
  private async keep(file: FileBytes, head: Buffer, size: number) {
    const first = Math.min(size, mostKept);
    if (this.buffer.length < first) this.buffer = Buffer.allocUnsafe(roundUp(first));
    const bytes = this.buffer.subarray(0, first);
    head.copy(bytes);
    await file.fill(bytes.subarray(head.length));
    const windows: Window[] = [{ start: 0, bytes }];
    let isLacking = false;
    const read = (offset: number, length: number) => {
      const found = windows.find(
        ({ start, bytes: own }) => offset >= start && offset + length <= start + own.length,
      );
      isLacking ||= found === undefined;
      return found?.bytes.subarray(offset - found.start, offset - found.start + length);
    };
    if (first < size)
      windows.push(...(await readFurther(file, first, dynamicOf(read, size), size)));
    isLacking = false;
    return { read, lacks: () => isLacking };
  }
}

async function readCommands(
  file: FileBytes,
  head: Buffer,
  size: number,
): Promise<Pick<Content, 'commands'>> {
  const more = await file.take(Math.min(SCRIPT_READ, size) - head.length);
  const commands = commandsInFile(Buffer.concat([head, more]), size);
  return commands.length === 0 ? {} : { commands };
}

/** A part of a file. */
interface Window {
  start: number;
  bytes: Buffer;
}

function dynamicOf(read: ReadBytes, size: number): { start: number; end: number } {
  const segments = ElfParts.open(read, size)?.segments() ?? [];
  const found = segments.find(({ type }) => type === PT_DYNAMIC);
  if (found === undefined) return { start: 0, end: 0 };
  return { start: found.offset, end: found.offset + Math.min(found.filesz, LARGEST_TABLE) };
}

/** Going on in a file: the part of it that is named, and its end. */
async function readFurther(
  file: FileBytes,
  from: number,
  { start, end }: { start: number; end: number },
  size: number,
): Promise<Window[]> {
  const windows: Window[] = [];
  let at = from;
  const lastStart = Math.max(from, size - tail);
  if (start >= from && end <= lastStart) {
    await file.skip(start - at);
    windows.push({ start, bytes: Buffer.from(await file.take(end - start)) });
    at = end;
  }
  await file.skip(lastStart - at);
  return [...windows, { start: lastStart, bytes: await file.take(size - lastStart) }];
}

function roundUp(size: number): number {
  return Math.min(mostKept, Math.max(1 << 20, 2 ** Math.ceil(Math.log2(size))));
}

function kindOf(head: Buffer): Content['kind'] {
  if (head.length >= 4 && head.readUInt32BE(0) === 0x7f454c46) return 'elf';
  return head[0] === 0x23 && head[1] === 0x21 ? 'script' : 'none';
}

/** The head as an inventory has it. */
export function headOf(content: Content): string {
  return base64OfBytes(content.head);
}

/** A file's own bytes, from its front; the holes of a sparse one are zeros. */
class FileBytes {
  private readonly tar: TarReader;
  private readonly pieces: readonly { offset: number; size: number }[];
  private index = 0;
  private at = 0;

  constructor(tar: TarReader, entry: TarEntry) {
    this.tar = tar;
    this.pieces = entry.pieces ?? [{ offset: 0, size: entry.size }];
  }

  async take(count: number): Promise<Buffer> {
    const piece = this.pieces[this.index];
    const isWithin = piece !== undefined && this.at >= piece.offset;
    if (isWithin && this.at + count <= piece.offset + piece.size) {
      this.at += count;
      return this.tar.read(count);
    }
    const bytes = Buffer.alloc(count);
    await this.fill(bytes);
    return bytes;
  }

  async fill(bytes: Buffer): Promise<void> {
    let done = 0;
    while (done < bytes.length) {
      const step = this.step(bytes.length - done);
      if (!step.held) bytes.fill(0, done, done + step.count);
      else done += await this.fillFromTar(bytes.subarray(done, done + step.count));
      if (!step.held) done += step.count;
      this.at += step.count;
    }
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const step = this.step(left);
      if (step.held) await this.tar.skip(step.count);
      this.at += step.count;
      left -= step.count;
    }
  }

  /** What comes next: bytes of the archive, or a hole. */
  private step(most: number): { held: boolean; count: number } {
    let piece = this.pieces[this.index];
    while (piece !== undefined && this.at >= piece.offset + piece.size) {
      piece = this.pieces[++this.index];
    }
    if (piece === undefined) return { held: false, count: most };
    if (this.at < piece.offset) {
      return { held: false, count: Math.min(most, piece.offset - this.at) };
    }
    return { held: true, count: Math.min(most, piece.offset + piece.size - this.at) };
  }

  private async fillFromTar(bytes: Buffer): Promise<number> {
    let done = 0;
    while (done < bytes.length) {
      const part = await this.tar.read(Math.min(bytes.length - done, 1 << 18));
      part.copy(bytes, done);
      done += part.length;
    }
    return done;
  }
}
