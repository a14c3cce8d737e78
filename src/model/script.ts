import { HEAD_SIZE, headOf } from './binfmt-rule.ts';
import { stringOfBytes } from './bytes.ts';

/** What a `#!` line names. Byte strings. */
export interface ScriptLine {
  interpreter: string;
  /** Everything after the interpreter, as one argument. */
  argument?: string;
}

/** Why a head is no script that the kernel starts. */
export interface NotScript {
  notScript: 'no-magic' | 'script-too-long' | 'script-without-interpreter';
}

const [NUL, TAB, NEWLINE, SPACE] = [0, 9, 10, 32];
const LAST = HEAD_SIZE - 1;

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

function isEnd(byte: number | undefined): boolean {
  return isBlank(byte) || byte === NUL;
}

/** The first place of `from` to `last`, both included, where a byte is as wanted. */
function find(
  head: Uint8Array,
  [from, last]: readonly [from: number, last: number],
  wanted: (byte: number | undefined) => boolean,
): number | undefined {
  for (let at = from; at <= last; at++) if (wanted(head[at])) return at;
  return undefined;
}

/** Where the line ends; undefined where the interpreter may be cut off. */
function findLineEnd(head: Uint8Array): number | undefined {
  // Not past a NUL byte: the kernel looks with strnchr.
  const end = find(head, [0, LAST], (byte) => byte === NEWLINE || byte === NUL);
  if (end !== undefined && head[end] === NEWLINE) return end;
  const start = find(head, [2, LAST], (byte) => !isBlank(byte));
  if (start === undefined) return undefined;
  return find(head, [start, LAST], isEnd) === undefined ? undefined : LAST;
}

function textOf(head: Uint8Array, from: number, end: number): string {
  const field = head.subarray(from, end);
  const nul = field.indexOf(NUL);
  return stringOfBytes(nul === -1 ? field : field.subarray(0, nul));
}

/**
 * Reads a `#!` line as the kernel does (fs/binfmt_script.c, load_script): of the first 256 bytes;
 * `\r` is an ordinary byte; a file that is only `#!` names the empty path.
 */
export function parseScriptLine(bytes: Uint8Array): ScriptLine | NotScript {
  const head = headOf(bytes);
  if (head[0] !== 0x23 || head[1] !== 0x21) return { notScript: 'no-magic' };
  let end = findLineEnd(head);
  if (end === undefined) return { notScript: 'script-too-long' };
  while (isBlank(head[end - 1])) end--;
  const start = find(head, [2, end], (byte) => !isBlank(byte));
  if (start === undefined || start === end) return { notScript: 'script-without-interpreter' };
  const separator = find(head, [start, end], isEnd);
  const interpreter = textOf(head, start, separator ?? end);
  if (separator === undefined || head[separator] === NUL) return { interpreter };
  const argument = find(head, [separator, end], (byte) => !isBlank(byte));
  if (argument === undefined) return { interpreter };
  return { interpreter, argument: textOf(head, argument, end) };
}
