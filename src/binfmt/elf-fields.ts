import { listed } from '../model/sentence.ts';
import { architectures } from '../model/architecture.ts';

/** One field of the ELF header. */
export interface HeaderField {
  name: string;
  at: number;
  size: number;
}

/** What must be known of a header to read its later fields. */
export interface HeaderForm {
  bits: 32 | 64;
  endian: 'little' | 'big';
}

/** Name and size; some are as wide as an address. Source: elf(5). */
const layout: readonly (readonly [name: string, size: number | 'address'])[] = [
  ['EI_MAG', 4],
  ['EI_CLASS', 1],
  ['EI_DATA', 1],
  ['EI_VERSION', 1],
  ['EI_OSABI', 1],
  ['EI_ABIVERSION', 1],
  ['EI_PAD', 7],
  ['e_type', 2],
  ['e_machine', 2],
  ['e_version', 4],
  ['e_entry', 'address'],
  ['e_phoff', 'address'],
  ['e_shoff', 'address'],
  ['e_flags', 4],
  ['e_ehsize', 2],
  ['e_phentsize', 2],
  ['e_phnum', 2],
  ['e_shentsize', 2],
  ['e_shnum', 2],
  ['e_shstrndx', 2],
];

/** The fields of a header of 32 or 64 bits, in order. */
export function headerFields(bits: 32 | 64): HeaderField[] {
  const fields: HeaderField[] = [];
  let at = 0;
  for (const [name, width] of layout) {
    const size = width === 'address' ? bits / 8 : width;
    fields.push({ name, at, size });
    at += size;
  }
  return fields;
}

/** The field that a byte of the header belongs to. */
export function fieldAt(at: number, bits: 32 | 64): HeaderField | undefined {
  return headerFields(bits).find((field) => at >= field.at && at < field.at + field.size);
}

/** Values that have a name. Sources: gABI chapter 4, elf.h. */
const named: Readonly<Record<string, readonly (readonly [value: number, word: string])[]>> = {
  EI_MAG: [[0x7f454c46, 'an ELF file']],
  EI_CLASS: [
    [1, '32-bit'],
    [2, '64-bit'],
  ],
  EI_DATA: [
    [1, 'little-endian'],
    [2, 'big-endian'],
  ],
  EI_VERSION: [[1, 'version 1, the only one']],
  EI_OSABI: [
    [0, 'System V'],
    [1, 'HP-UX'],
    [2, 'NetBSD'],
    [3, 'GNU/Linux'],
    [6, 'Solaris'],
    [9, 'FreeBSD'],
    [12, 'OpenBSD'],
    [97, 'ARM'],
    [255, 'standalone'],
  ],
  EI_ABIVERSION: [[0, 'version 0']],
  EI_PAD: [],
  e_type: [
    [1, 'ET_REL (object)'],
    [2, 'ET_EXEC (program)'],
    [3, 'ET_DYN (PIE)'],
    [4, 'ET_CORE'],
  ],
  e_version: [[1, 'version 1']],
};

function valuesOf(field: HeaderField, form: HeaderForm): readonly (readonly [number, string])[] {
  if (field.name !== 'e_machine') return named[field.name] ?? [];
  const words = new Map<number, string[]>();
  for (const { name, machine, class: bits, endian } of architectures) {
    if (bits !== form.bits || endian !== form.endian) continue;
    words.set(machine, [...(words.get(machine) ?? []), name]);
  }
  return Array.from(words, ([machine, names]) => [machine, names.join(' or ')]);
}

function numberOf(bytes: Uint8Array, { endian }: HeaderForm): number {
  const ordered = endian === 'little' ? Array.from(bytes).toReversed() : Array.from(bytes);
  return ordered.reduce((value, byte) => value * 256 + byte, 0);
}

function hexWords(field: HeaderField, wanted: Uint8Array, form: HeaderForm): string {
  const value = numberOf(wanted, form);
  if (field.size > 2) return `0x${value.toString(16)}`;
  return String(value);
}

/**
 * What a field must hold, in words; `mask` says which bits matter. Fields of more than four bytes
 * have only numbers.
 */
export function fieldWords(
  field: HeaderField,
  wanted: Uint8Array,
  mask: Uint8Array,
  form: HeaderForm,
): string {
  if (mask.every((byte) => byte === 0)) return 'anything';
  if (field.name === 'EI_PAD')
    return wanted.every((byte) => byte === 0) ? 'padding, zero' : 'padding';
  // EI_MAG is a row of bytes, whatever EI_DATA says.
  const order: HeaderForm = field.name === 'EI_MAG' ? { ...form, endian: 'big' } : form;
  if (field.size > 4) return hexWords(field, wanted, order);
  const value = numberOf(wanted, order);
  const bits = BigInt(numberOf(mask, order));
  const fits = valuesOf(field, form).filter(
    ([one]) => ((BigInt(one) ^ BigInt(value)) & bits) === 0n,
  );
  if (fits.length > 4) return `one of ${fits.length} known values`;
  if (fits.length > 0)
    return listed(
      fits.map(([, word]) => word),
      'or',
    );
  return hexWords(field, wanted, order);
}
