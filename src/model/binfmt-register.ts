import { HEAD_SIZE, type Rule } from './binfmt-rule.ts';
import { bytesOfString, hexOfBytes, stringOfBytes } from './bytes.ts';

/** The fields of a register string, in their order; `length` and `delimiter` are about the whole. */
export type RegisterField =
  | 'length'
  | 'delimiter'
  | 'name'
  | 'type'
  | 'offset'
  | 'magic'
  | 'mask'
  | 'extension'
  | 'interpreter'
  | 'flags';

/** Why a register string is refused; `at` is the byte at which the field starts. */
export interface RegisterFault {
  errno: 'EINVAL';
  field: RegisterField;
  at: number;
  reason: string;
}

/** The rule that the kernel would make of it, or why it would refuse. */
export type RegisterReading = { rule: Rule } | RegisterFault;

const SHORTEST = 11;
const LONGEST = 1920;
/** The kernel appends so many delimiters, and so finds the end of a field that has none. */
const PADDING = 8;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;
const NEWLINE = 0x0a;

class Fault extends Error {
  readonly fault: RegisterFault;

  constructor(field: RegisterField, at: number, reason: string) {
    super(reason);
    this.fault = { errno: 'EINVAL', field, at, reason };
  }
}

/** Where the parser is in the string. */
class Cursor {
  readonly bytes: Uint8Array;
  readonly delimiter: number;
  at = 1;

  constructor(text: Uint8Array) {
    this.delimiter = text[0] ?? 0;
    this.bytes = new Uint8Array(text.length + PADDING).fill(this.delimiter);
    this.bytes.set(text);
  }

  byte(at: number): number {
    return this.bytes[at] ?? 0;
  }

  /** The bytes up to the next delimiter, as strchr(3) finds it: not past a NUL byte. */
  take(field: RegisterField): string {
    const start = this.at;
    for (; this.byte(this.at) !== this.delimiter; this.at++) {
      if (this.byte(this.at) === 0) throw new Fault(field, start, `the ${field} holds a NUL byte`);
    }
    return stringOfBytes(this.bytes.subarray(start, this.at++));
  }

  /** The bytes up to the next delimiter that is not a digit of a `\xNN` escape. */
  takeEscaped(field: RegisterField): Uint8Array {
    const start = this.at;
    for (; this.byte(this.at) !== this.delimiter; this.at++) {
      if (this.at >= this.bytes.length) throw new Fault(field, start, `the ${field} has no end`);
      if (this.byte(this.at) !== BACKSLASH || this.byte(this.at + 1) !== LETTER_X) continue;
      if (!isHex(this.byte(this.at + 2)) || !isHex(this.byte(this.at + 3))) {
        throw new Fault(field, this.at, String.raw`\x is not followed by two hex digits`);
      }
      this.at += 3;
    }
    return this.bytes.subarray(start, this.at++);
  }
}

function isHex(byte: number): boolean {
  return /^[0-9a-fA-F]$/.test(String.fromCharCode(byte));
}

/**
 * What the kernel makes of an escaped field: it ends at the first NUL byte, `\xNN` is a byte, and a
 * backslash before anything else takes the next byte along, so `\\x41` stays five bytes.
 */
function unescape(field: Uint8Array): Uint8Array {
  const end = field.indexOf(0);
  const text = stringOfBytes(end === -1 ? field : field.subarray(0, end));
  const decoded = text.replace(/\\(?:x([0-9a-fA-F]{2})|[^])/g, (same: string, digits?: string) =>
    digits === undefined ? same : String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return bytesOfString(decoded);
}

function parseName(cursor: Cursor): string {
  const start = cursor.at;
  const name = cursor.take('name');
  if (name === '') throw new Fault('name', start, 'the name is empty');
  if (name === '.' || name === '..' || name.includes('/')) {
    throw new Fault('name', start, 'the name cannot be that of a file');
  }
  return name;
}

function parseType(cursor: Cursor): 'E' | 'M' {
  const letter = String.fromCharCode(cursor.byte(cursor.at));
  const closed = cursor.byte(cursor.at + 1) === cursor.delimiter;
  if ((letter !== 'E' && letter !== 'M') || !closed) {
    throw new Fault('type', cursor.at, 'the type is neither E nor M');
  }
  cursor.at += 2;
  return letter;
}

function parseOffset(cursor: Cursor): number {
  const start = cursor.at;
  const text = cursor.take('offset');
  if (text === '') return 0;
  const offset = /^[+-]?\d+\n?$/.test(text) ? Number.parseInt(text, 10) : Number.NaN;
  if (!(offset >= 0 && offset <= 0x7fffffff)) {
    throw new Fault('offset', start, 'the offset is no decimal number of 0 to 2147483647');
  }
  // "-0" is accepted, and is 0.
  return Math.abs(offset);
}

function parsePattern(cursor: Cursor): { offset: number; magic: string; mask?: string } {
  const offset = parseOffset(cursor);
  const magicAt = cursor.at;
  const magicField = cursor.takeEscaped('magic');
  if (magicField.length === 0 || magicField[0] === 0) {
    throw new Fault('magic', magicAt, 'the magic is empty');
  }
  const maskAt = cursor.at;
  const maskField = cursor.takeEscaped('mask');
  const magic = unescape(magicField);
  const mask = unescape(maskField);
  if (mask.length > 0 && mask.length !== magic.length) {
    throw new Fault('mask', maskAt, `the mask has ${mask.length} bytes, the magic ${magic.length}`);
  }
  if (offset + magic.length > HEAD_SIZE) {
    throw new Fault('magic', magicAt, 'the magic reaches past the first 256 bytes of a file');
  }
  const pattern = { offset, magic: hexOfBytes(magic) };
  return mask.length === 0 ? pattern : { ...pattern, mask: hexOfBytes(mask) };
}

function parseExtension(cursor: Cursor): string {
  cursor.take('offset');
  const start = cursor.at;
  const extension = cursor.take('extension');
  if (extension === '') throw new Fault('extension', start, 'the extension is empty');
  if (extension.includes('/')) throw new Fault('extension', start, 'the extension holds a slash');
  cursor.take('mask');
  return extension;
}

function parseFlags(cursor: Cursor, length: number): string {
  const start = cursor.at;
  const found = new Set<string>();
  for (; 'POCF'.includes(String.fromCharCode(cursor.byte(cursor.at))); cursor.at++) {
    found.add(String.fromCharCode(cursor.byte(cursor.at)));
  }
  if (found.has('C')) found.add('O');
  if (cursor.byte(cursor.at) === NEWLINE) cursor.at++;
  if (cursor.at !== length) {
    const reason =
      cursor.at > length ? 'a field is missing' : 'only the letters P, O, C, F may follow';
    throw new Fault('flags', start, reason);
  }
  return 'POCF'
    .split('')
    .filter((letter) => found.has(letter))
    .join('');
}

function parseFields(text: Uint8Array): Rule {
  if (text.length < SHORTEST || text.length > LONGEST) {
    throw new Fault('length', 0, `it has ${text.length} bytes, not 11 to 1920`);
  }
  const cursor = new Cursor(text);
  if ('POCF'.includes(String.fromCharCode(cursor.delimiter))) {
    throw new Fault('delimiter', 0, 'the delimiter is a flag');
  }
  const name = parseName(cursor);
  const type = parseType(cursor);
  const match =
    type === 'M'
      ? ({ type: 'magic', ...parsePattern(cursor) } as const)
      : ({ type: 'extension', extension: parseExtension(cursor) } as const);
  const at = cursor.at;
  const interpreter = cursor.take('interpreter');
  if (interpreter === '') throw new Fault('interpreter', at, 'the interpreter is empty');
  const flags = parseFlags(cursor, text.length);
  return { name, enabled: true, interpreter, flags, ...match };
}

/**
 * Reads what is written to binfmt_misc's `register`, with one write(2), as Linux 6.18 does
 * (fs/binfmt_misc.c, create_entry). Says nothing of what needs the rule table or a file: an
 * existing name, a name too long, flag F (see registerRule).
 */
export function parseRegisterString(text: Uint8Array): RegisterReading {
  try {
    return { rule: parseFields(text) };
  } catch (error) {
    if (error instanceof Fault) return error.fault;
    throw error;
  }
}

function escaped(hex: string): string {
  return hex.replaceAll(/../g, String.raw`\x$&`);
}

/**
 * The string that registers a rule (its enabled state cannot be part of it), a byte string; or
 * undefined where no string can: a rule of an unknown kind, or one with bytes that need escapes
 * where none exist.
 */
export function formatRegisterString(rule: Rule): string | undefined {
  if (rule.type === 'opaque') return undefined;
  const fields =
    rule.type === 'magic'
      ? ['M', String(rule.offset), escaped(rule.magic), escaped(rule.mask ?? '')]
      : ['E', '', rule.extension, ''];
  const all = [rule.name, ...fields, rule.interpreter, rule.flags];
  const delimiter = [':', ',', '|', ';', '!', '#', '\u0001'].find((candidate) =>
    all.every((field) => !field.includes(candidate)),
  );
  if (delimiter === undefined) return undefined;
  const text = delimiter + all.join(delimiter);
  return 'rule' in parseRegisterString(bytesOfString(text)) ? text : undefined;
}
