import type { ByteSource } from './byte-source.ts';
import { LayerFault } from './layer-fault.ts';
import { paxNumber } from './pax.ts';
import { BLOCK, numberOf } from './tar-header.ts';

/** A part of a sparse file that is in the archive; the rest of the file is zeros. */
export interface Piece {
  offset: number;
  size: number;
}

/** How a sparse file lies in an archive. */
export interface SparseMap {
  /** The file's own size. */
  size: number;
  pieces: Piece[];
  /** Bytes of the entry's content that were read to find this out. */
  used: number;
}

const mostPieces = 1 << 20;

/** GNU's old format: four pieces in the header, more in blocks that follow it. */
export async function readOldSparse(header: Buffer, source: ByteSource): Promise<SparseMap> {
  const size = numberOf(header, 483, 12);
  const pieces = piecesAt(header, 386, 4);
  let more = header[482] !== 0;
  while (more) {
    const block = await source.take(BLOCK);
    if (block.length < BLOCK) throw new LayerFault('truncated', 'it ends within a sparse file');
    pieces.push(...piecesAt(block, 0, 21));
    if (pieces.length > mostPieces) throw tooMany();
    more = block[504] !== 0;
  }
  return checked({ size, pieces, used: 0 });
}

function piecesAt(block: Buffer, start: number, count: number): Piece[] {
  const pieces: Piece[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    pieces.push({ offset: numberOf(block, at, 12), size: numberOf(block, at + 12, 12) });
  }
  return pieces;
}

/** GNU's formats in extended headers: 0.0, 0.1, and 1.0, whose map stands before the content. */
export async function readPaxSparse(
  records: ReadonlyMap<string, string>,
  source: ByteSource,
  stored: number,
): Promise<SparseMap | undefined> {
  const size = paxNumber(records, 'GNU.sparse.realsize') ?? paxNumber(records, 'GNU.sparse.size');
  if (records.get('GNU.sparse.major') === '1' && records.get('GNU.sparse.minor') === '0') {
    const { numbers, used } = await readMap(source, stored);
    return checked({ size: size ?? 0, pieces: paired(numbers), used });
  }
  const offsets = records.get('GNU.sparse.offset');
  const sizes = records.get('GNU.sparse.numbytes')?.split(',') ?? [];
  const map =
    records.get('GNU.sparse.map') ??
    offsets
      ?.split(',')
      .map((offset, index) => `${offset},${sizes[index] ?? ''}`)
      .join(',');
  if (map === undefined || size === undefined) return undefined;
  return checked({ size, pieces: paired(map === '' ? [] : map.split(',').map(decimal)), used: 0 });
}

/** Lines of decimal numbers, filled up to a block: how many pieces, then offset and size of each. */
async function readMap(source: ByteSource, stored: number) {
  const numbers: number[] = [];
  let rest = '';
  for (let used = 0; used < stored;) {
    const block = await source.take(BLOCK);
    if (block.length < BLOCK) throw new LayerFault('truncated', 'it ends within a sparse file');
    used += BLOCK;
    const lines = (rest + block.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      numbers.push(decimal(line));
      const count = numbers[0] ?? 0;
      if (count > mostPieces) throw tooMany();
      if (numbers.length === 1 + 2 * count) return { numbers: numbers.slice(1), used };
    }
  }
  throw new LayerFault('damaged', 'the map of a sparse file does not end');
}

function decimal(text: string): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new LayerFault('damaged', 'a number in the map of a sparse file is none');
}

function paired(numbers: readonly number[]): Piece[] {
  if (numbers.length % 2 !== 0) throw new LayerFault('damaged', 'half a piece of a sparse file');
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[2 * index] ?? 0,
    size: numbers[2 * index + 1] ?? 0,
  }));
}

function tooMany(): LayerFault {
  return new LayerFault('damaged', 'a sparse file has too many pieces');
}

function checked(map: SparseMap): SparseMap {
  let end = 0;
  for (const { offset, size } of map.pieces) {
    if (offset < end || offset + size > map.size) {
      throw new LayerFault('damaged', 'the pieces of a sparse file overlap');
    }
    end = offset + size;
  }
  return map;
}
