import type { MagicRule, Mismatch, Rule } from '../model/binfmt-rule.ts';
import { fieldAt, fieldWords, type HeaderField } from './elf-fields.ts';
import { formOf, patternOf, wantsElf } from './pattern.ts';
import { quoted } from './text.ts';

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function shownByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return /[!-~]/.test(character) ? `${hex(byte)} ("${character}")` : hex(byte);
}

/** ` (amd64, not arm64)`: a whole field of both, where that says more than the byte. */
function meaning(field: HeaderField, rule: MagicRule, head: Uint8Array): string {
  const { magic, mask } = patternOf(rule);
  const end = field.at + field.size;
  if (end > magic.length || field.name === 'EI_PAD') return '';
  const form = formOf(rule);
  const all = new Uint8Array(field.size).fill(0xff);
  const found = fieldWords(field, head.slice(field.at, end), all, form);
  const wanted = fieldWords(field, magic.slice(field.at, end), mask.slice(field.at, end), form);
  return /^\d+$/.test(found) && /^\d+$/.test(wanted) ? '' : ` (${found}, not ${wanted})`;
}

function magicWords(
  rule: MagicRule,
  mismatch: Mismatch & { field: 'magic' },
  head: Uint8Array,
): string {
  const { at, wanted, found, mask } = mismatch;
  const bits = mask === 0xff ? '' : ` in the bits ${hex(mask)}`;
  const elf = wantsElf(rule);
  const show = elf ? hex : shownByte;
  const field = elf ? fieldAt(at, formOf(rule).bits) : undefined;
  if (field?.name === 'EI_MAG') return 'it is no ELF file';
  const place = field === undefined ? `byte ${at}` : `byte ${at}, ${field.name},`;
  const words = field === undefined ? '' : meaning(field, rule, head);
  return `${place} is ${show(found)}, not ${show(wanted)}${bits}${words}`;
}

/**
 * Says in words where a rule and a file first differ: which byte, by the name that the ELF header
 * gives it, and what stands there. `head`: the file's first 256 bytes.
 */
export function mismatchWords(rule: Rule, mismatch: Mismatch, head: Uint8Array): string {
  if (mismatch.field === 'magic') {
    return rule.type === 'magic' ? magicWords(rule, mismatch, head) : '';
  }
  const { wanted, found } = mismatch;
  if (found === undefined)
    return `its name has no dot, and so does not end in ${quoted(`.${wanted}`)}`;
  if (found.includes('/')) return `its name does not end in ${quoted(`.${wanted}`)}`;
  return `its name ends in ${quoted(`.${found}`)}, not in ${quoted(`.${wanted}`)}`;
}
