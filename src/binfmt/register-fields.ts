import { counted, listed } from '../model/sentence.ts';
import { parseRegisterString, type RegisterField } from '../model/binfmt-register.ts';
import { emptyTable, registerRule } from '../model/binfmt-table.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import { bytesOfHex, stringOfBytes } from '../model/bytes.ts';
import { adviseRule } from './advice.ts';
import { flagWords, newerWords } from './flag-words.ts';
import { readableBytes } from './pattern.ts';
import { purposeOf } from './purpose.ts';
import { lineOf, quoted } from './text.ts';

/** One field of a register string: the bytes `from` up to `to`, its delimiter not among them. */
export interface FieldSpan {
  field: RegisterField;
  from: number;
  to: number;
  /** What stands there, a byte string. */
  text: string;
  /** What the kernel makes of it, in words; safe to print. */
  words: string;
}

/** Why the kernel refuses a register string, and the byte to look at. */
export interface RegisterRefusal {
  errno: string;
  field: RegisterField;
  at: number;
  reason: string;
}

/** A register string taken apart; plain JSON. */
export interface RegisterReport {
  /** A byte string. */
  text: string;
  /** In their order, as far as they can be told apart. */
  fields: FieldSpan[];
  refusal?: RegisterRefusal;
  rule?: Rule;
  /** What is worth knowing; safe to print. */
  notes: string[];
}

/** Finds where fields end, as the kernel does. */
class Scanner {
  readonly text: string;
  readonly spans: { field: RegisterField; from: number; to: number }[] = [];
  at = 1;

  constructor(text: string) {
    this.text = text;
    this.spans.push({ field: 'delimiter', from: 0, to: Math.min(1, text.length) });
  }

  get done(): boolean {
    return this.at > this.text.length;
  }

  take(field: RegisterField, escapes = false): void {
    if (this.done) return;
    const from = this.at;
    while (this.at < this.text.length && this.text[this.at] !== this.text[0]) {
      const isEscape = escapes && /^\\x[0-9a-fA-F]{2}/.test(this.text.slice(this.at, this.at + 4));
      this.at += isEscape ? 4 : 1;
    }
    this.spans.push({ field, from, to: this.at });
    this.at++;
  }

  rest(field: RegisterField): void {
    if (this.done) return;
    this.spans.push({ field, from: this.at, to: this.text.length });
    this.at = this.text.length + 1;
  }
}

function spansOf(text: string): Scanner['spans'] {
  const scanner = new Scanner(text);
  scanner.take('name');
  scanner.take('type');
  const type = scanner.spans.find(({ field }) => field === 'type');
  const isExtension = type !== undefined && text.slice(type.from, type.to) === 'E';
  scanner.take('offset');
  scanner.take(isExtension ? 'extension' : 'magic', !isExtension);
  scanner.take('mask', !isExtension);
  scanner.take('interpreter');
  scanner.rest('flags');
  return scanner.spans;
}

function hexWords(hex: string): string {
  const bytes = bytesOfHex(hex) ?? new Uint8Array();
  const text = readableBytes(bytes);
  const shown = hex.replaceAll(/..(?=.)/g, '$& ');
  return `${counted(bytes.length, 'byte')}: ${shown}${text === undefined ? '' : `, ${text}`}`;
}

function flagsText(text: string): string {
  const letters = [...new Set(text.trimEnd())];
  if (letters.length === 0) return 'none';
  return letters
    .map((letter) => {
      const known = flagWords.find((one) => one.letter === letter);
      return `${lineOf(letter)} ${known?.title ?? `(${newerWords(letter)})`}`;
    })
    .join(', ');
}

/** What the kernel makes of one field; `rule` is absent where it refuses the string. */
function wordsOf(field: RegisterField, text: string, rule: Rule | undefined): string {
  const isExtension = rule?.type === 'extension';
  switch (field) {
    case 'delimiter':
      return 'separates the fields';
    case 'name':
      return 'the name of the rule’s file';
    case 'type':
      return (
        {
          M: 'M: decided by bytes of the file (magic)',
          E: 'E: decided by the end of the name (extension)',
        }[text] ?? ''
      );
    case 'offset':
      if (isExtension) return text === '' ? 'not used with E' : 'not read with E';
      return rule?.type === 'magic' ? `the magic is looked for at byte ${rule.offset}` : '';
    case 'magic':
      return rule?.type === 'magic' ? hexWords(rule.magic) : '';
    case 'extension':
      return isExtension ? `names that end in ${quoted(`.${text}`)}` : '';
    case 'mask':
      if (isExtension) return text === '' ? 'not used with E' : 'not read with E';
      if (rule?.type !== 'magic') return '';
      return rule.mask === undefined ? 'none: every bit of the magic counts' : hexWords(rule.mask);
    case 'interpreter':
      return 'the program that is started instead';
    case 'flags':
      return flagsText(text);
    default:
      return '';
  }
}

/** The byte to point at: more exact than where the field begins, where that can be told. */
function pointAt(text: string, refusal: RegisterRefusal, spans: Scanner['spans']): number {
  const span = spans.find(({ field }) => field === refusal.field);
  if (span === undefined) return Math.min(refusal.at, text.length);
  const inside = text.slice(span.from, span.to);
  const patterns: Partial<Record<RegisterField, RegExp>> = {
    name: /[\0/]/,
    offset: /[^0-9]/,
    extension: /[\0/]/,
    interpreter: /\0/,
    flags: /[^POCF]/,
  };
  const found = patterns[refusal.field]?.exec(inside);
  // An escape that is none is found by the kernel's own reader.
  const exact = found === null || found === undefined ? refusal.at : span.from + found.index;
  return Math.min(exact, text.length);
}

function refusalOf(
  text: string,
  bytes: Uint8Array,
  spans: Scanner['spans'],
): RegisterRefusal | undefined {
  const reading = parseRegisterString(bytes);
  if (!('rule' in reading)) {
    return { ...reading, at: pointAt(text, reading, spans) };
  }
  const { errno } = registerRule(emptyTable, bytes, () => 'ok');
  if (errno === 'ok') return undefined;
  const reason =
    errno === 'EEXIST'
      ? 'binfmt_misc has a file of that name already, always'
      : 'the name is longer than 255 bytes';
  return { errno, field: 'name', at: 1, reason };
}

/** What comes after the field that is refused cannot be told apart with certainty. */
function readable(spans: Scanner['spans'], refusal: RegisterRefusal | undefined): Scanner['spans'] {
  if (refusal === undefined) return spans;
  const last = spans.findIndex(({ field }) => field === refusal.field);
  if (last !== -1) return spans.slice(0, last + 1);
  return refusal.field === 'flags' ? spans : [];
}

const FIELDS = 7;

function refusalNotes(text: string, refusal: RegisterRefusal, spans: Scanner['spans']): string[] {
  const notes: string[] = [];
  const delimiters = spans.length - 1;
  if (refusal.reason === 'a field is missing' || delimiters < FIELDS) {
    notes.push(
      'the form is :name:type:offset:magic:mask:interpreter:flags; empty fields keep their delimiter',
    );
  }
  const letter = text[refusal.at] ?? '';
  if (refusal.field === 'flags' && /[TLD]/.test(letter))
    notes.push(`flag ${letter} is ${newerWords(letter)}`);
  if (refusal.field === 'flags' && /[pocf]/.test(letter))
    notes.push('flags are upper-case letters');
  if (refusal.field === 'type' && letter === 'B') notes.push(`type B is ${newerWords('B')}`);
  if (text.trimEnd().includes('\n') && text[0] !== '\n') {
    notes.push('one write(2) takes one rule: write every line on its own');
  }
  if (text.includes('\r')) notes.push('it holds a carriage return (line ends of Windows)');
  return notes;
}

/** Where the string does not say what it seems to. */
function spellingNotes(fields: readonly FieldSpan[], rule: Rule): string[] {
  const notes: string[] = [];
  const field = (name: RegisterField) => fields.find((span) => span.field === name)?.text ?? '';
  if (rule.type === 'magic' && (/\0/.test(field('magic')) || /\0/.test(field('mask')))) {
    notes.push('a NUL byte ends magic and mask: what follows it is dropped; write it as \\x00');
  }
  if (/\\\\/.test(field('magic')) || /\\\\/.test(field('mask'))) {
    notes.push(
      'two backslashes are two bytes: \\\\x41 is five bytes, not one; perhaps a shell was to remove one',
    );
  }
  const given = field('flags');
  if (given.includes('C') && !given.includes('O')) notes.push('C brings O along');
  return notes;
}

/**
 * Takes apart what is to be written to binfmt_misc's `register`: every field in words, or the errno
 * that the kernel answers with and the byte to look at. Pure: whether the name is taken and, with
 * flag F, whether the interpreter can be opened is not known here.
 */
export function explainRegisterString(bytes: Uint8Array): RegisterReport {
  const text = stringOfBytes(bytes);
  const spans = spansOf(text);
  const reading = parseRegisterString(bytes);
  const rule = 'rule' in reading ? reading.rule : undefined;
  const refusal = refusalOf(text, bytes, spans);
  const fields = readable(spans, refusal).map((span) => {
    const inside = text.slice(span.from, span.to);
    return { ...span, text: inside, words: wordsOf(span.field, inside, rule) };
  });
  const notes =
    rule === undefined
      ? refusalNotes(text, refusal ?? { errno: '', field: 'length', at: 0, reason: '' }, spans)
      : [...spellingNotes(fields, rule), ...adviseRule(rule)];
  return {
    text,
    fields,
    ...(refusal === undefined ? {} : { refusal }),
    ...(rule === undefined ? {} : { rule }),
    notes,
  };
}

/** A rule in one sentence: what it takes, and what it does with it. */
export function ruleSentence(rule: Rule): string {
  const { words } = purposeOf(rule);
  const flags = flagWords.filter(({ letter }) => rule.flags.includes(letter));
  const titles = flags.map(({ letter, title }) => `${letter} (${title})`);
  const having = titles.length === 0 ? 'no flags' : listed(titles);
  return `${words} are given to ${lineOf(rule.interpreter)}, with ${having}`;
}
