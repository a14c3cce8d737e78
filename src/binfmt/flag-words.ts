import type { Rule } from '../model/binfmt-rule.ts';

/** What one letter of a rule's flags does, and what is so without it. */
export interface FlagWords {
  letter: string;
  /** The kernel documentation's word for it. */
  title: string;
  /** With the flag. */
  does: string;
  /** Without it. */
  without: string;
}

/**
 * The flags that the kernel knows, in its order. O is "open binary": people often read it as
 * "offset". Source: Documentation/admin-guide/binfmt-misc.rst.
 */
export const flagWords: readonly FlagWords[] = [
  {
    letter: 'P',
    title: 'preserve argv[0]',
    does: 'the interpreter gets the argv[0] that the program was called with, as an argument of its own after the path',
    without:
      'the argv[0] that the program was called with is dropped; the path stands in its place',
  },
  {
    letter: 'O',
    title: 'open binary (not "offset")',
    does: 'the kernel opens the program and hands the interpreter the descriptor (AT_EXECFD), so that also a file which may be executed but not read works; the interpreter must then be a program that the kernel runs itself',
    without: 'the interpreter opens the program by its path, and so must be allowed to read it',
  },
  {
    letter: 'C',
    title: 'credentials',
    does: 'set-uid and set-gid bits count of the program, not of the interpreter: sudo, su and ping work; implies O',
    without:
      'set-uid and set-gid bits of the program are ignored, only those of the interpreter count',
  },
  {
    letter: 'F',
    title: 'fix binary',
    does: 'the interpreter is opened once, when the rule is made, and held open: it works in containers and chroots that do not have it, and after its file was deleted or replaced',
    without:
      'the interpreter is looked up by its path each time, in the root directory of whoever runs the program: a container needs it among its own files',
  },
];

/** What the documentation of kernels newer than 6.18 says of letters that have no meaning here. */
const newer: Readonly<Record<string, string>> = {
  T: 'newer kernels call it "transparent"',
  L: 'newer kernels call it "loader"',
  D: 'newer kernels register a rule disabled with it',
  B: 'newer kernels let a BPF program decide',
};

/** What is known of a letter that is no flag of Linux 6.18. */
export function newerWords(letter: string): string {
  return `not known to this version of xbuild${newer[letter] === undefined ? '' : `; ${newer[letter]}`}`;
}

/** One flag that a rule has, for people. */
export interface FlagLine {
  letter: string;
  known: boolean;
  words: string;
}

/** A rule's flags, one by one, those of newer kernels too. */
export function flagsOf(rule: Rule): FlagLine[] {
  const known = flagWords
    .filter(({ letter }) => rule.flags.includes(letter))
    .map(({ letter, title, does }) => ({ letter, known: true, words: `${title}: ${does}` }));
  return [...known, ...unknownFlags(rule)];
}

function unknownFlags(rule: Rule): FlagLine[] {
  return (rule.unknown ?? []).flatMap((text) => {
    const letter = /^flag (?<letter>[A-Z])$/.exec(text)?.groups?.['letter'];
    return letter === undefined ? [] : [{ letter, known: false, words: newerWords(letter) }];
  });
}

/** Lines of a rule's file that this version does not know. */
export function unknownLines(rule: Rule): string[] {
  return (rule.unknown ?? []).filter((text) => !/^flag [A-Z]$/.test(text));
}

/** The letters as they are shown: known ones first, `-` where there are none. */
export function lettersOf(rule: Rule): string {
  const all =
    rule.flags +
    unknownFlags(rule)
      .map(({ letter }) => letter)
      .join('');
  return all === '' ? '-' : all;
}
