import { patternOf as bytesOfRule, type MagicRule } from '../model/binfmt-rule.ts';
import { bytesOfHex, hexOfBytes, stringOfBytes } from '../model/bytes.ts';
import { fieldWords, headerFields, type HeaderField, type HeaderForm } from './elf-fields.ts';

/** A rule's magic and mask as bytes, and where they are in a file. */
export interface Pattern {
  offset: number;
  magic: Uint8Array;
  mask: Uint8Array;
}

/** Some bytes of a rule's magic that belong together. */
export interface PatternRow {
  /** Offset in the file. */
  at: number;
  /** The field of the ELF header that they are; absent where they are none. */
  field?: string;
  /** Lower-case hex. */
  magic: string;
  mask: string;
  /** Which bits of them are compared. */
  matters: 'all' | 'some' | 'none';
  /** What they want, in words. */
  words: string;
}

/** The bytes that a rule compares. */
export function patternOf(rule: MagicRule): Pattern {
  return { offset: rule.offset, ...bytesOfRule(rule) };
}

/** Tells whether a file of these first 256 bytes is taken. */
export function fits({ offset, magic, mask }: Pattern, head: Uint8Array): boolean {
  for (let index = 0; index < magic.length; index++) {
    const found = head[offset + index] ?? 0;
    if (((found ^ (magic[index] ?? 0)) & (mask[index] ?? 0)) !== 0) return false;
  }
  return true;
}

const ELF = [0x7f, 0x45, 0x4c, 0x46];

/** Tells whether a rule wants an ELF header: its first four bytes must be ELF's. */
export function wantsElf(rule: MagicRule): boolean {
  const { offset, magic, mask } = patternOf(rule);
  return offset === 0 && ELF.every((byte, at) => magic[at] === byte && mask[at] === 0xff);
}

/** The form of the header that a rule wants; 64-bit and little-endian where it does not say. */
export function formOf(rule: MagicRule): HeaderForm {
  const { magic, mask } = patternOf(rule);
  const fixed = (at: number) => (mask[at] === 0 ? undefined : magic[at]);
  return { bits: fixed(4) === 1 ? 32 : 64, endian: fixed(5) === 2 ? 'big' : 'little' };
}

function mattersOf(mask: Uint8Array): PatternRow['matters'] {
  if (mask.every((byte) => byte === 0xff)) return 'all';
  return mask.every((byte) => byte === 0) ? 'none' : 'some';
}

function rowOf(pattern: Pattern, from: number, to: number): Omit<PatternRow, 'words'> {
  const mask = pattern.mask.subarray(from, to);
  return {
    at: pattern.offset + from,
    magic: hexOfBytes(pattern.magic.subarray(from, to)),
    mask: hexOfBytes(mask),
    matters: mattersOf(mask),
  };
}

function elfRow(pattern: Pattern, field: HeaderField, form: HeaderForm): PatternRow {
  const to = Math.min(field.at + field.size, pattern.magic.length);
  const magic = pattern.magic.subarray(field.at, to);
  const mask = pattern.mask.subarray(field.at, to);
  const whole = magic.length === field.size;
  const words = whole ? fieldWords(field, magic, mask, form) : 'a part of the field';
  return { ...rowOf(pattern, field.at, to), field: field.name, words };
}

/** A byte string between quotes where all of it can be read, else undefined. */
export function readableBytes(bytes: Uint8Array): string | undefined {
  const text = stringOfBytes(bytes);
  return /^[ -~]+$/.test(text) ? `"${text}"` : undefined;
}

function plainWords(row: Omit<PatternRow, 'words'>): string {
  if (row.matters === 'none') return 'anything';
  const text = readableBytes(bytesOfHex(row.magic) ?? new Uint8Array());
  return row.matters === 'all' ? (text ?? 'exactly these bytes') : 'some bits of these bytes';
}

const LONGEST_ROW = 8;

/** Rows of bytes from `from` on whose masks are of one kind. */
function plainRows(pattern: Pattern, from: number): PatternRow[] {
  const rows: PatternRow[] = [];
  const kind = (at: number) => mattersOf(pattern.mask.subarray(at, at + 1));
  for (let start = from; start < pattern.magic.length;) {
    let end = start + 1;
    while (end < pattern.magic.length && end - start < LONGEST_ROW && kind(end) === kind(start)) {
      end++;
    }
    const row = rowOf(pattern, start, end);
    rows.push({ ...row, words: plainWords(row) });
    start = end;
  }
  return rows;
}

/**
 * Lays a rule's magic and mask over the fields of the ELF header, where it wants one; else they are
 * rows of at most eight bytes.
 */
export function layPattern(rule: MagicRule): PatternRow[] {
  const pattern = patternOf(rule);
  if (!wantsElf(rule)) return plainRows(pattern, 0);
  const form = formOf(rule);
  const fields = headerFields(form.bits);
  const covered = fields.filter(({ at }) => at < pattern.magic.length);
  const last = fields.at(-1);
  const end = last === undefined ? 0 : last.at + last.size;
  return [...covered.map((field) => elfRow(pattern, field, form)), ...plainRows(pattern, end)];
}
