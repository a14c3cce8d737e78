import { bytesOfBase64, stringOfBytes } from '../model/bytes.ts';
import type { ProgramTrace } from '../model/diagnosis.ts';
import type { Hop } from '../model/exec-trace.ts';
import type { FileView } from '../model/file-view.ts';
import { isShell, scriptOfShell } from './shell-script.ts';
import { commandsIn, optionalIn } from './shell-words.ts';

/** A program that another one is seen to start. */
export interface Child {
  argv: string[];
  by: NonNullable<ProgramTrace['by']>;
  optional?: true;
}

const emulators = /^(?:qemu-[\w-]+|box(?:64|86)|FEXInterpreter)$/;
/** How many commands of a script are looked at. */
const most = 6;

/** Options of qemu's whose value is a word of its own. Source: linux-user/main.c. */
const emulatorValues =
  /^-(?:cpu|L|E|U|B|R|r|s|0|d|D|g|p|dfilter|seed|plugin|set-env|unset-env|uname|argv0)$/;

/** Programs that start the one they are given, and how many words of their own come before it. */
const starters: Readonly<Record<string, number>> = {
  tini: 0,
  'tini-static': 0,
  'docker-init': 0,
  'dumb-init': 0,
  catatonit: 0,
  nohup: 0,
  setsid: 0,
  nice: 0,
  stdbuf: 0,
  linux32: 0,
  gosu: 1,
  'su-exec': 1,
  setarch: 1,
  timeout: 1,
};

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}

/**
 * The words with which the last program of a trace runs, as it sees them itself: scripts put their
 * interpreter in front, an emulator is not seen.
 */
export function wordsAtEnd(hops: readonly Hop[], argv: readonly string[]): string[] {
  let words = [...argv];
  for (const { taken, name } of hops) {
    if (taken.by !== 'script') break;
    const argument = taken.argument === undefined ? [] : [taken.argument];
    words = [taken.interpreter, ...argument, name, ...words.slice(1)];
  }
  return words;
}

/** What `env` starts: its options and assignments come first; -S splits its argument. */
function programOfEnv(words: readonly string[]): string[] {
  const rest = [...words];
  while (rest.length > 0) {
    const [word = ''] = rest;
    const split = /^(?:-S|--split-string=?)(?<words>.*)$/s.exec(word)?.groups?.['words'];
    if (split !== undefined) {
      rest.shift();
      rest.unshift(...split.split(/[ \t]+/).filter(Boolean));
    } else if (word === '-u' || word === '-C') rest.splice(0, 2);
    else if (word.startsWith('-') || /^[A-Za-z_]\w*=/.test(word)) rest.shift();
    else break;
  }
  return rest;
}

function programOfStarter(words: readonly string[], own: number): string[] {
  const dashes = words.indexOf('--');
  if (dashes >= 0) return words.slice(dashes + 1);
  const first = words.findIndex((word) => !word.startsWith('-'));
  return first < 0 ? [] : words.slice(first + own);
}

/** What an emulator is given to run: its own options come first. */
function programOfEmulator(words: readonly string[]): string[] {
  let at = 0;
  while (words[at]?.startsWith('-') === true) at += emulatorValues.test(words[at] ?? '') ? 2 : 1;
  return words.slice(at);
}

function scriptText(path: string, view: FileView): string {
  const node = view.lstat(path);
  if (typeof node !== 'object' || node.head === undefined) return '';
  return stringOfBytes(bytesOfBase64(node.head));
}

/** `exec NAME` at the beginning of a line, in no branch. */
function replaces(text: string, name: string): boolean {
  return text.split('\n').some((line) => {
    const [first, second] = line.split(/[ \t]+/);
    return first === 'exec' && second === name;
  });
}

function programsOfShell(words: readonly string[], view: FileView): Child[] {
  const [, ...rest] = words;
  const flag = rest.findIndex((word) => /^-\w*c$/.test(word));
  const command = rest[flag + 1] ?? '';
  if (flag >= 0) return shellChildren(command, commandsIn(command, rest.slice(flag + 3), most));
  const script = scriptOfShell(words);
  if (script === undefined) return [];
  const { path, own } = script;
  const text = scriptText(path, view);
  // In a whole script only what is named by its path, is given to it, or replaces it whatever
  // comes before, plainly is a program.
  const plain = commandsIn(text, own, 40).filter(
    ([name = '']) => name.startsWith('/') || own.includes(name) || replaces(text, name),
  );
  return shellChildren(text, plain.slice(0, most));
}

function shellChildren(script: string, commands: readonly string[][]): Child[] {
  const optional = optionalIn(script);
  return commands.map((argv) => ({
    argv,
    by: 'shell',
    ...(optional.has(argv[0] ?? '') ? { optional: true } : {}),
  }));
}

/**
 * What a program that runs is seen to start, from its words and, for a script, its text. Nothing
 * where it does not show.
 */
export function childrenOf(words: readonly string[], view: FileView): Child[] {
  const [first = '', ...rest] = words;
  const name = baseName(first);
  if (name === 'busybox' && rest.length > 0) return childrenOf(rest, view);
  const one = (argv: string[], by: Child['by']) => (argv.length === 0 ? [] : [{ argv, by }]);
  if (name === 'env') return one(programOfEnv(rest), 'env');
  if (emulators.test(name)) return one(programOfEmulator(rest), 'emulator');
  if (isShell(name)) return programsOfShell(words, view);
  const own = starters[name];
  return own === undefined ? [] : one(programOfStarter(rest, own), 'init');
}
