import type { ByteSource } from './byte-source.ts';
import { LayerFault } from './layer-fault.ts';
import { parsePax, paxNumber } from './pax.ts';
import { readOldSparse, readPaxSparse, type Piece } from './sparse.ts';
import { BLOCK, isZero, parseTarHeader, type TarHeader } from './tar-header.ts';

/** One file of an archive. Names are byte strings, as they stand there: not to be trusted. */
export interface TarEntry {
  name: string;
  /** `0` a file, `1` a hard link, `2` a symbolic link, `5` a directory, `3` `4` `6` others. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** The file's own size. */
  size: number;
  linkname: string;
  /** Of a sparse file: what of it the archive holds, in order. */
  pieces?: Piece[];
}

/** Extended headers and long names are small; Go's reader has the same limit. */
const mostHeader = 1 << 20;

/** Only these have content, whatever size their headers say. */
const withContent = new Set(['0', '\0', '7', 'S']);
const headerOnly = new Set(['1', '2', '3', '4', '5', '6']);

interface Extensions {
  records: Map<string, string>;
  name?: string;
  linkname?: string;
}

/**
 * Reads an archive from its front: `next` gives a file, `source` its content, as far as it is
 * wanted. ustar, pax, GNU and star formats; long names, base-256 numbers, sparse files. Throws
 * LayerFault. Sources: POSIX.1-2017 pax; the GNU tar manual, "Tar Internals".
 */
export class TarReader {
  private readonly source: ByteSource;
  /** Bytes of the entry's content that were not read yet, and of what fills its last block. */
  private left = 0;
  private padding = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** The next file; undefined at the end of the archive. What is left of the one before is skipped. */
  async next(): Promise<TarEntry | undefined> {
    const extensions: Extensions = { records: new Map() };
    for (;;) {
      await this.finish();
      const block = await this.source.take(BLOCK);
      if (block.length === 0) return undefined;
      if (block.length < BLOCK) throw truncated();
      if (isZero(block)) return undefined;
      const header = parseTarHeader(block);
      this.begin(headerOnly.has(header.type) ? 0 : header.size);
      if (!(await this.readExtension(header, extensions))) {
        return this.entryOf(header, block, extensions);
      }
    }
  }

  /** At most so many bytes of the content; fewer only at its end. */
  async read(most: number): Promise<Buffer> {
    const wanted = Math.min(most, this.left);
    const bytes = await this.source.take(wanted);
    if (bytes.length < wanted) throw truncated();
    this.left -= wanted;
    return bytes;
  }

  async skip(most: number): Promise<void> {
    const wanted = Math.min(most, this.left);
    this.left -= wanted;
    if ((await this.source.skip(wanted)) < wanted) throw truncated();
  }

  /** The rest of the content, in pieces. */
  async *chunks(): AsyncGenerator<Buffer> {
    while (this.left > 0) {
      const part = await this.source.some(Math.min(this.left, 1 << 18));
      if (part.length === 0) throw truncated();
      this.left -= part.length;
      yield part;
    }
  }

  private begin(size: number): void {
    this.left = size;
    this.padding = (BLOCK - (size % BLOCK)) % BLOCK;
  }

  private async finish(): Promise<void> {
    const count = this.left + this.padding;
    this.begin(0);
    if (count > 0 && (await this.source.skip(count)) < count) throw truncated();
  }

  /** Tells whether the header only says more about the next one. */
  private async readExtension(header: TarHeader, extensions: Extensions): Promise<boolean> {
    if (!'xgLK'.includes(header.type)) return false;
    if (header.size > mostHeader)
      throw new LayerFault('damaged', 'an extended header is too large');
    const content = await this.read(header.size);
    const text = () => content.toString('latin1').replace(/\0.*$/s, '');
    // A global header speaks of the archive's making; Docker's readers leave it out too.
    if (header.type === 'x') extensions.records = parsePax(content);
    if (header.type === 'L') extensions.name = text();
    if (header.type === 'K') extensions.linkname = text();
    return true;
  }

  private async entryOf(
    header: TarHeader,
    block: Buffer,
    { records, name, linkname }: Extensions,
  ): Promise<TarEntry> {
    const size = paxNumber(records, 'size') ?? header.size;
    if (withContent.has(header.type)) this.begin(size);
    const entry: TarEntry = {
      name: records.get('GNU.sparse.name') ?? (records.get('path') || (name ?? header.name)),
      type: header.type === '\0' || header.type === '7' ? '0' : header.type,
      mode: header.mode,
      uid: paxNumber(records, 'uid') ?? header.uid,
      gid: paxNumber(records, 'gid') ?? header.gid,
      size: withContent.has(header.type) ? size : 0,
      linkname: records.get('linkpath') || (linkname ?? header.linkname),
    };
    if (entry.type === '0' && entry.name.endsWith('/')) entry.type = '5';
    return this.withMap(entry, block, records);
  }

  private async withMap(
    entry: TarEntry,
    block: Buffer,
    records: ReadonlyMap<string, string>,
  ): Promise<TarEntry> {
    const isOld = entry.type === 'S';
    if (entry.type !== '0' && !isOld) return entry;
    const map = isOld
      ? await readOldSparse(block, this.source)
      : await readPaxSparse(records, this.source, this.left);
    if (map === undefined) return entry;
    this.left -= map.used;
    const held = map.pieces.reduce((sum, piece) => sum + piece.size, 0);
    if (held > this.left) throw new LayerFault('damaged', 'a sparse file is larger than its entry');
    return { ...entry, type: '0', size: map.size, pieces: map.pieces };
  }
}

function truncated(): LayerFault {
  return new LayerFault('truncated', 'the archive ends within a file');
}
