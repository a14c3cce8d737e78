import { architectures, headFor, type Architecture } from '../model/architecture.ts';
import type { MagicRule, Rule } from '../model/binfmt-rule.ts';
import { fits, layPattern, patternOf, type Pattern, readableBytes, wantsElf } from './pattern.ts';
import { lineOf, listed } from './text.ts';

/** What a rule is for. */
export interface Purpose {
  /** `arm64 programs`, `Windows programs`, `.jar files`, `files with "12345678"`. */
  words: string;
  /** Whose programs it takes, in Docker's words. */
  architectures: string[];
}

const heads = new Map<string, Uint8Array>();

/** A made-up head of a program of an architecture. */
function headOf(row: Architecture): Uint8Array {
  const head = heads.get(row.name) ?? headFor(row);
  heads.set(row.name, head);
  return head;
}

/** The architectures whose programs (ET_EXEC or ET_DYN) a rule takes, asked with made-up heads. */
export function architecturesOf(rule: Rule): readonly string[] {
  return purposeOf(rule).architectures;
}

/** Whether a rule wants another e_machine: most do, and this is asked of every rule and row. */
function wantsOther({ magic, mask }: Pattern, { endian, machine }: Architecture): boolean {
  const low = machine & 0xff;
  const high = machine >> 8;
  const [first, second] = endian === 'little' ? [low, high] : [high, low];
  const differs = (at: number, byte: number) => ((byte ^ (magic[at] ?? 0)) & (mask[at] ?? 0)) !== 0;
  return differs(18, first) || differs(19, second);
}

function findArchitectures(rule: Rule): string[] {
  // Only a rule that fixes ELF's magic is for programs of an architecture; others take all of them.
  if (rule.type !== 'magic' || !wantsElf(rule)) return [];
  const pattern = patternOf(rule);
  const taken = architectures.filter((row) => {
    if (wantsOther(pattern, row)) return false;
    if (fits(pattern, headOf(row))) return true;
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
  const rows = layPattern(rule);
  const machine = rows.find(({ field }) => field === 'e_machine');
  return machine?.matters === 'all' ? `programs of machine ${machine.words}` : 'ELF files';
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
