import { ElfBytes } from './elf-bytes.ts';
import type { ProgramHeader } from './elf.ts';

const PT_NOTE = 4;
const PT_GNU_PROPERTY = 0x6474e553;
const NT_GNU_PROPERTY_TYPE_0 = 5;
const X86_ISA_1_NEEDED = 0xc0008002;

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

/** The value of a 4-byte property in one NT_GNU_PROPERTY_TYPE_0 descriptor. */
function findProperty(
  bytes: ElfBytes,
  range: { start: number; end: number },
  wanted: number,
): number | undefined {
  for (let at = range.start; at + 8 <= range.end;) {
    const size = bytes.u32(at + 4);
    if (bytes.u32(at) === wanted && size >= 4) return bytes.u32(at + 8);
    at += 8 + align(size, bytes.is64 ? 8 : 4);
  }
  return undefined;
}

type Notes = Pick<ProgramHeader, 'offset' | 'filesz' | 'align'>;

function findInNotes(bytes: ElfBytes, header: Notes, wanted: number): number | undefined {
  const end = header.offset + header.filesz;
  const step = header.align === 8 ? 8 : 4;
  for (let at = header.offset; at + 12 <= end;) {
    const nameSize = bytes.u32(at);
    const descSize = bytes.u32(at + 4);
    const start = at + align(12 + nameSize, step);
    const isProperty =
      bytes.u32(at + 8) === NT_GNU_PROPERTY_TYPE_0 && bytes.text(at + 12, 4) === 'GNU';
    const range = { start, end: Math.min(start + descSize, end) };
    const found = isProperty ? findProperty(bytes, range, wanted) : undefined;
    if (found !== undefined) return found;
    at = align(start + descSize - header.offset, step) + header.offset;
  }
  return undefined;
}

/**
 * The x86-64 level that the file says it needs, 1 to 4; null where it says none; undefined where
 * its notes lie past the bytes. Source: the x86-64 psABI, program property.
 */
export function readIsaLevel(
  bytes: ElfBytes,
  headers: readonly ProgramHeader[] | undefined,
): number | null | undefined {
  if (headers === undefined) return undefined;
  const notes = headers.filter(({ type }) => type === PT_NOTE || type === PT_GNU_PROPERTY);
  if (notes.some(({ offset, filesz }) => !bytes.has(offset, filesz))) return undefined;
  for (const header of notes) {
    const needed = findInNotes(bytes, header, X86_ISA_1_NEEDED);
    if (needed !== undefined) return levelOfBits(needed);
  }
  return null;
}

/** Bit 0 is the baseline, bit 3 is v4. */
function levelOfBits(needed: number): number | null {
  return needed === 0 ? null : Math.min(32 - Math.clz32(needed), 4);
}

/** The same, of the bytes of a PT_GNU_PROPERTY segment. */
export function isaLevelOfProperties(segment: Uint8Array, is64: boolean): number | null {
  const bytes = new ElfBytes(segment, { little: true, is64 });
  const whole = { offset: 0, filesz: segment.length, align: is64 ? 8 : 4 };
  const needed = findInNotes(bytes, whole, X86_ISA_1_NEEDED);
  return needed === undefined ? null : levelOfBits(needed);
}
