import { listed } from '../model/sentence.ts';
import type { ExecReason, Failed, Hop, Trace } from '../model/exec-result.ts';
import { lineOf } from './text.ts';

/** strerror(3)'s words: what a shell prints. */
const errnoTexts: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  ENOEXEC: 'Exec format error',
  EACCES: 'Permission denied',
  ELOOP: 'Too many levels of symbolic links',
  ENOTDIR: 'Not a directory',
  ENAMETOOLONG: 'File name too long',
  ETXTBSY: 'Text file busy',
  ELIBBAD: 'Accessing a corrupted shared library',
  EIO: 'Input/output error',
  EINVAL: 'Invalid argument',
  EEXIST: 'File exists',
  EPERM: 'Operation not permitted',
  SIGSEGV: 'killed by the kernel',
};

/** `ENOENT (No such file or directory)`. */
export function errnoText(errno: string): string {
  const text = errnoTexts[errno];
  return text === undefined ? errno : `${errno} (${text})`;
}

/** How the end of a walk is told. */
interface Telling {
  end: Failed;
  hops: readonly Hop[];
  native: readonly string[];
}

/** The file that could not be opened, and what it is to whom. */
function subject({ end, hops }: Telling): string {
  const name = lineOf(end.name ?? end.at);
  const last = hops.at(-1);
  switch (end.opening) {
    case 'rule-interpreter': {
      const rule = last?.taken.by === 'rule' ? ` of rule ${lineOf(last.taken.rule)}` : '';
      return `the interpreter${rule}, ${name},`;
    }
    case 'script-interpreter':
      return `the interpreter that the #! line of ${lineOf(last?.name ?? '')} names, ${name || 'without a name'},`;
    case 'loader':
      return `the loader that ${lineOf(last?.name ?? '')} names, ${name},`;
    default:
      return name;
  }
}

/** Where on the way to a file it ended, where that is not the file itself. */
function place({ end }: Telling): string {
  return end.name === undefined || end.name === end.at ? '' : ` (it ends at ${lineOf(end.at)})`;
}

function scriptHint({ end }: Telling): string {
  return end.name?.endsWith('\r') === true
    ? ': the #! line ends in a carriage return, as on Windows'
    : '';
}

function whatLast({ hops }: Telling): string {
  const last = hops.at(-1);
  return last === undefined ? 'the file' : `${lineOf(last.name)}, ${lineOf(last.words)},`;
}

/** A rule that is in the chain twice takes its own interpreter. */
function loopWords({ hops }: Telling): string {
  const rules = hops.flatMap(({ taken }) => (taken.by === 'rule' ? [taken.rule] : []));
  const twice = rules.find((rule, at) => rules.indexOf(rule) !== at);
  const why = twice === undefined ? '' : `: rule ${lineOf(twice)} takes its own interpreter too`;
  return `it takes more than five interpreters in a row${why}`;
}

/** An interpreter of a rule with O or C that needs an interpreter itself. */
function openBinaryWords({ hops }: Telling): string {
  const rule = hops.find(({ taken }) => taken.by === 'rule' && taken.flags.includes('O'))?.taken;
  const last = hops.at(-1);
  const what =
    last?.taken.by === 'rule'
      ? `is itself taken by rule ${lineOf(last.taken.rule)}`
      : `is ${lineOf(last?.words ?? 'a script')}`;
  const name = rule?.by === 'rule' ? `rule ${lineOf(rule.rule)}` : 'a rule';
  return `${name} has flag O (open binary) or C, so its interpreter must be a program that the kernel runs itself, and ${lineOf(last?.name ?? '')} ${what}`;
}

/** A sentence a reason, without the errno. */
const sentences: Readonly<Record<ExecReason, (telling: Telling) => string>> = {
  missing: (told) => `${subject(told)} is not there${scriptHint(told)}${place(told)}`,
  'not-a-directory': (told) =>
    `${subject(told)} leads through ${lineOf(told.end.at)}, which is no directory`,
  'search-denied': (told) =>
    `${subject(told)} lies in ${lineOf(told.end.at)}, which this user may not enter`,
  'symlink-loop': (told) => `${subject(told)} leads through more than 40 symbolic links`,
  'name-too-long': (told) => `${subject(told)} has a name that is too long`,
  'is-directory': (told) => `${subject(told)} is a directory`,
  'not-a-file': (told) => `${subject(told)} is no regular file`,
  'noexec-mount': (told) => `${subject(told)} lies on a file system that is mounted with noexec`,
  'not-executable': (told) => `${subject(told)} is not executable for this user`,
  busy: (told) => `${subject(told)} is open for writing`,
  unreadable: (told) => `${subject(told)} cannot be reached`,
  'loader-too-short': (told) => `${subject(told)} is too short to be one`,
  'loader-not-elf': (told) => `${subject(told)} is no ELF file`,
  'loader-wrong-architecture': (told) => `${subject(told)} is for another architecture`,
  'loader-damaged': (told) => `${subject(told)} is a damaged ELF file`,
  'loader-not-mappable': (told) =>
    `${subject(told)} is neither a program nor a shared object that could be loaded, which shows only when the caller is gone already`,
  'no-rule-no-format': (told) =>
    `no rule takes ${whatLast(told)} and the kernel runs only ELF programs and scripts itself`,
  'foreign-architecture': (told) =>
    `no rule takes ${whatLast(told)} and this kernel itself runs ${listed(told.native)}`,
  'elf-not-executable': (told) => `${whatLast(told)} is no program`,
  'elf-damaged': (told) => `${whatLast(told)} is damaged`,
  'script-too-long': (told) =>
    `the #! line of ${lineOf(told.hops.at(-1)?.name ?? '')} is longer than the 256 bytes that the kernel reads`,
  'script-without-interpreter': (told) =>
    `the #! line of ${lineOf(told.hops.at(-1)?.name ?? '')} names no interpreter`,
  'too-many-interpreters': loopWords,
  'interpreter-needs-interpreter': openBinaryWords,
  'descriptor-closes': () => 'its descriptor closes before the interpreter can open it',
};

/** Why execve(2) fails, in words; the errno is not in it. */
export function failureWords({ hops }: Trace, end: Failed, native: readonly string[]): string {
  return sentences[end.reason]({ end, hops, native });
}

/** Why it is not known what execve(2) would do. */
export function unknownWords({ hops, end }: Trace): string {
  if (end.ok !== 'unknown') return '';
  const name = lineOf(end.needs);
  const last = hops.at(-1)?.taken;
  if (end.what === 'rule') return `a rule comes first of which it is not known what it takes`;
  if (end.what === 'held') {
    const rule = last?.by === 'rule' ? ` of rule ${lineOf(last.rule)}` : '';
    return `the interpreter${rule}, ${name}, is not to be seen under that name; the kernel holds what it opened when the rule was made (flag F)`;
  }
  return `${name} could not be read`;
}

/** What takes one file of the chain, in words. */
export function takerWords({ taken }: Hop): string {
  switch (taken.by) {
    case 'rule': {
      const flags = taken.flags === '' ? 'no flags' : `flags ${taken.flags}`;
      return `rule ${lineOf(taken.rule)} (${flags}): ${lineOf(taken.interpreter)}`;
    }
    case 'script': {
      const argument =
        taken.argument === undefined ? '' : ` with the argument "${lineOf(taken.argument)}"`;
      return `its #! line: ${lineOf(taken.interpreter)}${argument}`;
    }
    case 'native':
      return taken.loader === null
        ? 'the kernel runs it itself'
        : `the kernel runs it itself, with the loader ${lineOf(taken.loader)}`;
    default:
      return 'nothing takes it';
  }
}
