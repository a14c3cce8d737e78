import type { SignKind } from './sign.ts';

/** What tools say, and the errno that they say it for. */
export const errnos: ReadonlyMap<string, string> = new Map([
  ['exec format error', 'ENOEXEC'],
  ['cannot execute binary file', 'ENOEXEC'],
  ['no such file or directory', 'ENOENT'],
  ['required file not found', 'ENOENT'],
  ['command not found', 'ENOENT'],
  ['not found', 'ENOENT'],
  ['executable file not found in $path', 'ENOENT'],
  ['permission denied', 'EACCES'],
  ['too many levels of symbolic links', 'ELOOP'],
  ['symbolic link loop', 'ELOOP'],
  ['operation not permitted', 'EPERM'],
  ['text file busy', 'ETXTBSY'],
  ['input/output error', 'EIO'],
  ['i/o error', 'EIO'],
  ['accessing a corrupted shared library', 'ELIBBAD'],
  ['invalid argument', 'EINVAL'],
  ['not a directory', 'ENOTDIR'],
  ['function not implemented', 'ENOSYS'],
  ['is a directory', 'EISDIR'],
]);

export const says = `(?<says>${[...errnos.keys()].map((words) => words.replaceAll('$', String.raw`\$`)).join('|')})`;
// Every quantifier has a bound or one way to match: a hostile line costs no more than a long one.
/** Where a word begins: from any other place a long word would be read once a letter. */
export const begin = String.raw`(?<![^\s:"'\`(|=>\[])`;
export const path = String.raw`${begin}(?<path>[^\s:"'\`]\S{0,1023}?)`;
export const shellAt = String.raw`(?:(?:line )?\d{1,6}: )?(?:exec: )?(?:(?:line )?\d{1,6}: )?`;

/** A line that a tool prints. */
export interface Signature {
  kind: SignKind;
  pattern: RegExp;
  /** Set where the line does not say it in words. */
  errno?: string;
}

/** One row; upper and lower case are the same. */
export function row(kind: SignKind, source: string, errno?: string): Signature {
  return { kind, pattern: new RegExp(source, 'i'), ...(errno === undefined ? {} : { errno }) };
}
