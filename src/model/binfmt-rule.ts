import { bytesOfHex } from './bytes.ts';
import type { RuleFile } from './facts.ts';

/** What every rule has. */
export interface RuleBasics {
  /** The file's name in the binfmt_misc directory, a byte string. */
  name: string;
  enabled: boolean;
  /** A byte string: never split into words, never made absolute. */
  interpreter: string;
  /** Letters out of `POCF` in this order; C always comes with O. */
  flags: string;
  /** Lines and flags (`flag T`) that are of a newer kernel than this file knows. */
  unknown?: string[];
}

/** A rule that takes files by their first bytes. */
export interface MagicRule extends RuleBasics {
  type: 'magic';
  /** Where in the file the magic is looked for, 0 to 255. */
  offset: number;
  /** Lower-case hex. */
  magic: string;
  /** Lower-case hex, as long as the magic; absent where every bit counts. */
  mask?: string;
}

/** A rule that takes files by the end of their name. */
export interface ExtensionRule extends RuleBasics {
  type: 'extension';
  /** Without its dot, a byte string. */
  extension: string;
}

/** A rule of a kind that newer kernels have (type B, decided by a BPF program). */
export interface OpaqueRule extends RuleBasics {
  type: 'opaque';
}

/** One entry of a binfmt_misc rule table; plain JSON. */
export type Rule = MagicRule | ExtensionRule | OpaqueRule;

/** execve(2) looks at so many bytes of a file: BINPRM_BUF_SIZE. */
export const HEAD_SIZE = 256;

/** The first 256 bytes of a file as the kernel sees them: a shorter file ends in NUL bytes. */
export function headOf(bytes: Uint8Array): Uint8Array {
  if (bytes.length >= HEAD_SIZE) return bytes.subarray(0, HEAD_SIZE);
  const head = new Uint8Array(HEAD_SIZE);
  head.set(bytes);
  return head;
}

/** Where a rule and a file first differ. */
export type Mismatch =
  | { field: 'magic'; at: number; wanted: number; found: number; mask: number }
  | { field: 'extension'; wanted: string; found: string | undefined };

/** The part of a name that extension rules compare: what follows its last dot, slashes or not. */
function extensionOf(name: string): string | undefined {
  const dot = name.lastIndexOf('.');
  return dot === -1 ? undefined : name.slice(dot + 1);
}

interface Pattern {
  magic: Uint8Array;
  mask: Uint8Array;
}

const patterns = new WeakMap<MagicRule, Pattern>();

/** A rule's magic and mask as bytes; decoded once, for a table asks each rule of many files. */
export function patternOf(rule: Readonly<MagicRule>): Pattern {
  const known = patterns.get(rule);
  if (known !== undefined) return known;
  const magic = bytesOfHex(rule.magic) ?? new Uint8Array();
  const mask = rule.mask === undefined ? undefined : bytesOfHex(rule.mask);
  const pattern = { magic, mask: mask ?? new Uint8Array(magic.length).fill(0xff) };
  patterns.set(rule, pattern);
  return pattern;
}

function magicMismatch(rule: MagicRule, head: Uint8Array): Mismatch | undefined {
  const pattern = patternOf(rule);
  for (let index = 0; index < pattern.magic.length; index++) {
    const wanted = pattern.magic[index] ?? 0;
    const at = rule.offset + index;
    const found = head[at] ?? 0;
    const mask = pattern.mask[index] ?? 0;
    if (((found ^ wanted) & mask) !== 0) return { field: 'magic', at, wanted, found, mask };
  }
  return undefined;
}

/**
 * Says where a rule and a file first differ; undefined where the rule takes the file. For a rule of
 * an unknown kind it is not known: then the answer is `unknown`.
 *
 * `head`: the first 256 bytes or fewer; `name`: the path as it is executed, a byte string.
 * Source: search_binfmt_handler in the kernel's fs/binfmt_misc.c.
 */
export function explainMismatch(
  rule: Rule,
  head: Uint8Array,
  name: string,
): Mismatch | 'unknown' | undefined {
  if (rule.type === 'opaque') return 'unknown';
  if (rule.type === 'magic') return magicMismatch(rule, head);
  const found = extensionOf(name);
  if (found === rule.extension) return undefined;
  return { field: 'extension', wanted: rule.extension, found };
}

/** Tells whether a rule, enabled or not, takes a file; undefined where that is not known. */
export function matchRule(rule: Rule, head: Uint8Array, name: string): boolean | undefined {
  const mismatch = explainMismatch(rule, head, name);
  return mismatch === 'unknown' ? undefined : mismatch === undefined;
}

/** Where rules for programs of an architecture differ: e_type and e_machine of an ELF header. */
const TELLING = 16;

/** Four bytes as one number. */
function wordAt(bytes: Uint8Array, at: number): number {
  const [low, high] = [
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8),
    (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8),
  ];
  return low | (high << 16);
}

/** What each rule of a table wants of the telling bytes; a mask of 0 where it is not asked so. */
interface Telling {
  magic: Int32Array;
  mask: Int32Array;
}

const tellings = new WeakMap<readonly Rule[], Telling>();

/** Made once for a table: then most rules are passed over by one comparison, and not by twenty. */
function tellingOf(rules: readonly Rule[]): Telling {
  const known = tellings.get(rules);
  if (known !== undefined) return known;
  const telling = { magic: new Int32Array(rules.length), mask: new Int32Array(rules.length) };
  for (const [index, rule] of rules.entries()) {
    if (rule.type !== 'magic' || rule.offset !== 0) continue;
    const { magic, mask } = patternOf(rule);
    telling.magic[index] = wordAt(magic, TELLING);
    telling.mask[index] = wordAt(mask, TELLING);
  }
  tellings.set(rules, telling);
  return telling;
}

/**
 * The rule that takes a file: the first enabled one, in match order (newest first). `unknown` where
 * a rule of an unknown kind comes first.
 */
export function findRule(
  rules: readonly Rule[],
  head: Uint8Array,
  name: string,
): Rule | 'unknown' | undefined {
  const { magic, mask } = tellingOf(rules);
  const word = wordAt(head, TELLING);
  for (let index = 0; index < rules.length; index++) {
    if (((word ^ (magic[index] ?? 0)) & (mask[index] ?? 0)) !== 0) continue;
    const rule = rules[index];
    if (rule?.enabled !== true) continue;
    const matches = matchRule(rule, head, name);
    if (matches === undefined) return 'unknown';
    if (matches) return rule;
  }
  return undefined;
}

/** Writes a rule's file as the kernel does (bm_entry_read, entry_status). */
export function formatRuleFile(rule: Rule): string {
  const lines = [
    rule.enabled ? 'enabled' : 'disabled',
    `interpreter ${rule.interpreter}`,
    `flags: ${rule.flags}`,
  ];
  if (rule.type === 'extension') lines.push(`extension .${rule.extension}`);
  if (rule.type === 'magic') {
    lines.push(`offset ${rule.offset}`, `magic ${rule.magic}`);
    if (rule.mask !== undefined) lines.push(`mask ${rule.mask}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * What a rule's file says. Nothing in it is quoted, so an interpreter with a newline in it can make
 * it say several things; and a file may be none of a rule.
 */
export type RuleReading = { rule: Rule } | { ambiguous: Rule[] } | { unreadable: string };

const PATTERN =
  /^offset (?<offset>\d+)\nmagic (?<magic>(?:[0-9a-f]{2})+)\n(?:mask (?<mask>(?:[0-9a-f]{2})+)\n)?(?<rest>(?:[^\n]+\n)*)$/;
const KNOWN_LINE = /^(?:offset|magic|mask|extension|flags:|interpreter) /;

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

/** The rule that a file says when its flags line is the one that is given. */
function readFrom(
  basics: RuleBasics,
  letters: string,
  rest: string,
  strict: boolean,
): Rule | undefined {
  const flags = 'POCF'
    .split('')
    .filter((letter) => letters.includes(letter))
    .join('');
  const unknown = letters
    .split('')
    .filter((letter) => !'POCF'.includes(letter))
    .map((letter) => `flag ${letter}`);
  const finish = (rule: Rule, lines: string[]): Rule | undefined => {
    const all = [...unknown, ...lines];
    if (strict && (all.length > 0 || flags !== letters)) return undefined;
    return all.length === 0 ? rule : { ...rule, unknown: all };
  };
  const found = PATTERN.exec(rest)?.groups;
  if (found !== undefined) {
    const { offset = '', magic = '', mask } = found;
    if (mask !== undefined && mask.length !== magic.length) return undefined;
    const pattern = { offset: Number(offset), magic, ...(mask === undefined ? {} : { mask }) };
    const lines = linesOf(found['rest'] ?? '');
    if (lines.some((line) => KNOWN_LINE.test(line))) return undefined;
    return finish({ ...basics, type: 'magic', flags, ...pattern }, lines);
  }
  if (/^extension \.[^/]+\n$/.test(rest)) {
    const [extension = '', ...lines] = splitExtension(rest.slice('extension .'.length, -1), strict);
    return finish({ ...basics, type: 'extension', flags, extension }, lines);
  }
  const lines = linesOf(rest);
  if (strict || lines.some((line) => KNOWN_LINE.test(line))) return undefined;
  return finish({ ...basics, type: 'opaque', flags }, lines);
}

/** An extension may hold newlines; leniently read, what follows is a line of a newer kernel. */
function splitExtension(text: string, strict: boolean): string[] {
  return strict ? [text] : text.split('\n');
}

function readings(name: string, text: string, strict: boolean): Rule[] {
  const start = /^(?<state>enabled|disabled)\ninterpreter /.exec(text);
  if (start === null) return [];
  const enabled = start.groups?.['state'] === 'enabled';
  const rules: Rule[] = [];
  for (const flags of text.matchAll(/\nflags: (?<letters>[A-Z]*)\n/g)) {
    const interpreter = text.slice(start[0].length, flags.index);
    if (interpreter === '') continue;
    const rest = text.slice(flags.index + flags[0].length);
    const basics = { name, enabled, interpreter, flags: '' };
    const rule = readFrom(basics, flags.groups?.['letters'] ?? '', rest, strict);
    if (rule !== undefined) rules.push(rule);
  }
  return rules;
}

/**
 * Reads a rule's file. Lines and flags that this version does not know are kept in the rule's
 * `unknown`, and never make it fail.
 */
export function parseRuleFile(file: RuleFile): RuleReading {
  const strict = readings(file.name, file.text, true);
  const rules = strict.length > 0 ? strict : readings(file.name, file.text, false);
  const [rule, ...others] = rules;
  if (rule === undefined) return { unreadable: 'it is not a rule as the kernel writes it' };
  return others.length === 0 ? { rule } : { ambiguous: rules };
}
