import { LayerFault } from './layer-fault.ts';

/** The block of 512 bytes before each file of an archive. Names are byte strings. */
export interface TarHeader {
  name: string;
  /** `0` a file, `1` a hard link, `2` a symbolic link, `5` a directory; see tar(5). */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes that follow it. */
  size: number;
  linkname: string;
  format: 'v7' | 'ustar' | 'gnu' | 'star';
}

export const BLOCK = 512;

/** Bytes up to the first NUL. */
export function textOf(block: Buffer, at: number, width: number): string {
  const end = block.indexOf(0, at);
  return block.toString('latin1', at, end < 0 || end > at + width ? at + width : end);
}

/** A number as octal digits or, for large ones, as base 256 with the first bit set (GNU). */
export function numberOf(block: Buffer, at: number, width: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    // A first bit of the value itself would make it negative.
    if ((first & 0x40) !== 0) throw new LayerFault('damaged', 'a negative number in a tar header');
    let value = first & 0x3f;
    for (let next = at + 1; next < at + width; next++) value = value * 256 + (block[next] ?? 0);
    return checked(value);
  }
  const digits = textOf(block, at, width).trim();
  if (digits === '') return 0;
  if (!/^[0-7]+$/.test(digits)) throw new LayerFault('damaged', 'a number in a tar header is none');
  return checked(Number.parseInt(digits, 8));
}

function checked(value: number): number {
  if (Number.isSafeInteger(value)) return value;
  throw new LayerFault('damaged', 'a number in a tar header is too large');
}

/** The sum of all bytes, with blanks in the place of the sum; old tars took bytes as signed. */
function hasItsSum(block: Buffer): boolean {
  let unsigned = 8 * 32;
  let high = 0;
  for (let at = 0; at < BLOCK; at++) {
    if (at >= 148 && at < 156) continue;
    const byte = block[at] ?? 0;
    unsigned += byte;
    if (byte > 127) high++;
  }
  const digits = textOf(block, 148, 8).trim();
  const sum = /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : -1;
  return sum === unsigned || sum === unsigned - 256 * high;
}

function formatOf(block: Buffer): TarHeader['format'] {
  const magic = block.toString('latin1', 257, 265);
  if (magic === 'ustar  \0') return 'gnu';
  if (!magic.startsWith('ustar\0')) return 'v7';
  return block.toString('latin1', 508, 512) === 'tar\0' ? 'star' : 'ustar';
}

function nameOf(block: Buffer, format: TarHeader['format']): string {
  const name = textOf(block, 0, 100);
  if (format !== 'ustar' && format !== 'star') return name;
  const prefix = textOf(block, 345, format === 'star' ? 131 : 155);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Tells whether a block holds nothing, as two do at the end of an archive. */
export function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeros);
}

const zeros = Buffer.alloc(BLOCK);

/** Source: POSIX.1-2017 pax, "ustar Interchange Format"; the GNU tar manual. Throws LayerFault. */
export function parseTarHeader(block: Buffer): TarHeader {
  if (!hasItsSum(block))
    throw new LayerFault('damaged', 'a tar header is none, or its checksum is wrong');
  const format = formatOf(block);
  return {
    name: nameOf(block, format),
    type: String.fromCharCode(block[156] ?? 0),
    mode: numberOf(block, 100, 8) & 0o7777,
    uid: numberOf(block, 108, 8),
    gid: numberOf(block, 116, 8),
    size: numberOf(block, 124, 12),
    linkname: textOf(block, 157, 100),
    format,
  };
}
