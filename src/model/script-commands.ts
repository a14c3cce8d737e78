import { stringOfBytes } from './bytes.ts';
import { parseScriptLine } from './script.ts';
import { splitCommands, type SimpleCommand } from './shell-words.ts';

/** What runs another program: the options that take a word, and how many words come before the program. */
interface Wrapper {
  valued?: readonly string[];
  words?: number;
}

const wrappers: Readonly<Record<string, Wrapper>> = {
  exec: { valued: ['-a'] },
  command: {},
  nohup: {},
  time: {},
  nice: { valued: ['-n'] },
  env: { valued: ['-u', '-C'] },
  sudo: { valued: ['-u', '-g'] },
  gosu: { words: 1 },
  'su-exec': { words: 1 },
  timeout: { valued: ['-k', '-s'], words: 1 },
  tini: { valued: ['-p', '-e'] },
  'dumb-init': { valued: ['--rewrite'] },
  catatonit: {},
  stdbuf: { valued: ['-i', '-o', '-e'] },
  setpriv: { valued: ['--reuid', '--regid'] },
};

const assignment = /^[A-Za-z_]\w*=/;
const plainPath = /^(?:\/[\w.+@~-]+)+$/;

/** The words after those of the wrapper itself. */
function wrapped({ valued = [], words = 0 }: Wrapper, rest: readonly string[]): string[] {
  let at = 0;
  for (; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (valued.includes(word)) at++;
    else if (!word.startsWith('-') && !assignment.test(word)) break;
  }
  return rest.slice(at + words);
}

/** The programs that one command executes: the first word, and where that runs another one, that too. */
function programsOf(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !assignment.test(word));
  const [first, ...rest] = start === -1 ? [] : words.slice(start);
  if (first === undefined) return [];
  const own = plainPath.test(first) ? [first] : [];
  const wrapper = wrappers[first.slice(first.lastIndexOf('/') + 1)];
  return wrapper === undefined ? own : [...own, ...programsOf(wrapped(wrapper, rest))];
}

function endsScript({ words }: SimpleCommand): boolean {
  const [first, ...rest] = words;
  return first === 'exit' || (first === 'exec' && rest.some((word) => /^[\w/"$]/.test(word)));
}

/**
 * The programs that a shell script executes whatever happens, by their absolute paths, each once:
 * not those in an `if`, a `case`, a loop, a function, or behind `||`. A script that chooses by
 * architecture names programs of several, and that is right.
 */
export function commandsIn(script: string): string[] {
  const found = new Set<string>();
  for (const command of splitCommands(script)) {
    if (command.conditional) continue;
    for (const program of programsOf(command.words)) found.add(program);
    if (endsScript(command)) break;
  }
  return [...found];
}

const shells = /(?:^|\/)(?:ba|da|a|k|mk|z)?sh$/;

/** How much of a script is read for its commands, in bytes. */
export const SCRIPT_READ = 4096;

/** The commands of a script by its first bytes and its size; none where it is for no shell. */
export function commandsInFile(bytes: Uint8Array, size: number): string[] {
  const line = parseScriptLine(bytes);
  if ('notScript' in line) return [];
  const { interpreter, argument = '' } = line;
  if (!shells.test(interpreter) && !/(?:^|[ \t])(?:ba|da|a|k|z)?sh$/.test(argument)) return [];
  const text = stringOfBytes(bytes.subarray(0, SCRIPT_READ));
  // The last line of what is cut off may mean something else.
  return commandsIn(
    size <= Math.min(bytes.length, SCRIPT_READ) ? text : text.slice(0, text.lastIndexOf('\n') + 1),
  );
}
