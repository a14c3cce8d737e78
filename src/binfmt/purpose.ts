import { listed } from '../model/sentence.ts';
import { architectures, headFor, type Architecture } from '../model/architecture.ts';
import type { MagicRule, Rule } from '../model/binfmt-rule.ts';
import { fieldAt, fieldWords } from './elf-fields.ts';
import { fits, formOf, patternOf, type Pattern, readableBytes, wantsElf } from './pattern.ts';
import { lineOf } from './text.ts';

/** What a rule is for. */
export interface Purpose {
  /** `arm64 programs`, `Windows programs`, `.jar files`, `files with "12345678"`. */
  words: string;
  /** Whose programs it takes, in Docker's words. */
  architectures: string[];
}

const heads = new Map<string, Uint8Array>();

/** A made-up head of a program of an architecture, the same one for all who ask. */
export function programHead(row: Architecture): Uint8Array {
  const head = heads.get(row.name) ?? headFor(row);
  heads.set(row.name, head);
  return head;
}

/** The architectures whose programs (ET_EXEC or ET_DYN) a rule takes, asked with made-up heads. */
export function architecturesOf(rule: Rule): readonly string[] {
  return purposeOf(rule).architectures;
}

/** e_machine as it stands in a file, its first byte high. */
function machineBytes({ endian, machine }: Architecture): number {
  return endian === 'big' ? machine : ((machine & 0xff) << 8) | (machine >> 8);
}

let byMachine: Map<number, Architecture[]> | undefined;

/** The rows by e_machine: most rules want exactly one, and of each rule this is asked. */
function rowsByMachine(): Map<number, Architecture[]> {
  if (byMachine !== undefined) return byMachine;
  byMachine = new Map();
  for (const row of architectures) {
    const bytes = machineBytes(row);
    const rows = byMachine.get(bytes);
    if (rows === undefined) byMachine.set(bytes, [row]);
    else rows.push(row);
  }
  return byMachine;
}

/** The architectures with the e_machine that a rule wants. */
function candidates({ magic, mask }: Pattern): readonly Architecture[] {
  if (mask[18] !== 0xff || mask[19] !== 0xff) return architectures;
  return rowsByMachine().get(((magic[18] ?? 0) << 8) | (magic[19] ?? 0)) ?? [];
}

function findArchitectures(rule: Rule): string[] {
  // Only a rule that fixes ELF's magic is for programs of an architecture; others take all of them.
  if (rule.type !== 'magic' || !wantsElf(rule)) return [];
  const pattern = patternOf(rule);
  const taken = candidates(pattern).filter((row) => {
    if (fits(pattern, programHead(row))) return true;
    const wanted = pattern.magic[row.endian === 'little' ? 16 : 17];
    return wanted === 3 && fits(pattern, headFor(row, { type: 'dyn' }));
  });
  return taken.map(({ name }) => name);
}

/** The first that a magic begins with counts. Sources: file(1)'s magic, the formats' specifications. */
const signatures: readonly (readonly [magic: string, words: string])[] = [
  ['4d5a', 'Windows programs'],
  ['2321', '#! scripts'],
  ['504b0304', 'ZIP and Java archives'],
  ['cafebabe', 'Java classes'],
  ['0061736d', 'WebAssembly modules'],
  ['1b4c7561', 'Lua bytecode'],
  ['4243c0de', 'LLVM bitcode'],
];

/** CPython's magic numbers by release, the first of each. Source: Include/internal/pycore_magic_number.h. */
const pythons: readonly (readonly [from: number, version: string])[] = [
  [3600, '3.14'],
  [3550, '3.13'],
  [3500, '3.12'],
  [3450, '3.11'],
  [3430, '3.10'],
  [3420, '3.9'],
  [3400, '3.8'],
  [3390, '3.7'],
  [3360, '3.6'],
];

/** Of an architecture that the table does not have, its number. */
function elfWords(rule: MagicRule): string {
  const { magic, mask } = patternOf(rule);
  if (mask[18] !== 0xff || mask[19] !== 0xff) return 'ELF files';
  const form = formOf(rule);
  const field = fieldAt(18, form.bits);
  const words = field && fieldWords(field, magic.subarray(18, 20), mask.subarray(18, 20), form);
  return `programs of machine ${words}`;
}

function pythonOf(magic: string): string | undefined {
  const found = /^(?<low>..)(?<high>..)0d0a/.exec(magic)?.groups;
  if (found === undefined) return undefined;
  const number = Number.parseInt(`${found['high']}${found['low']}`, 16);
  const version = number < 3700 ? pythons.find(([from]) => number >= from)?.[1] : undefined;
  return version === undefined ? 'Python bytecode' : `Python ${version} bytecode`;
}

function magicWords(rule: MagicRule): string {
  const { magic, mask, offset } = patternOf(rule);
  if (mask.every((byte) => byte === 0)) return 'every file';
  if (wantsElf(rule)) return elfWords(rule);
  const known = signatures.find(([start]) => rule.magic.startsWith(start))?.[1];
  const format = known ?? pythonOf(rule.magic);
  if (offset === 0 && format !== undefined) return format;
  const where = offset === 0 ? '' : ` at ${offset}`;
  return `files with ${readableBytes(magic) ?? shortHex(rule.magic)}${where}`;
}

function shortHex(hex: string): string {
  const bytes = hex.slice(0, 16).replaceAll(/..(?=.)/g, '$& ');
  return hex.length > 16 ? `${bytes}…` : bytes;
}

const purposes = new WeakMap<Rule, Purpose>();

/** Says what a rule is for: whose programs, or which files. */
export function purposeOf(rule: Rule): Purpose {
  const known = purposes.get(rule);
  if (known !== undefined) return known;
  const purpose = findPurpose(rule);
  purposes.set(rule, purpose);
  return purpose;
}

function findPurpose(rule: Rule): Purpose {
  if (rule.type === 'opaque') return { words: 'not known', architectures: [] };
  if (rule.type === 'extension')
    return { words: `.${lineOf(rule.extension)} files`, architectures: [] };
  const found = findArchitectures(rule);
  if (found.length === 0) return { words: magicWords(rule), architectures: [] };
  const words = found.length > 3 ? `programs of ${found.length} CPUs` : `${listed(found)} programs`;
  return { words, architectures: found };
}
