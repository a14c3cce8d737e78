import type { Flag } from '../model/flags.ts';

/** What a command looks like to completion. */
export interface CompletionCommand {
  name: string;
  summary: string;
  flags: readonly Flag[];
  /** What its words are: names of these, of files, or of folders; absent for anything. */
  words?: readonly Candidate[] | 'files' | 'folders';
  subcommands?: readonly CompletionCommand[];
}

export interface Candidate {
  word: string;
  description: string;
}

/** What may stand in place of the last word. */
export interface Completion {
  candidates: Candidate[];
  /** Names of files or folders may stand there too. */
  names: 'files' | 'folders' | 'none';
}

const nothing: Completion = { candidates: [], names: 'none' };

/**
 * Completes a command line: `words` are those after `xbuild`, the last one as far as it is typed.
 * Without a command's name the words are those of the first command.
 */
export function completeWords(
  words: readonly string[],
  commands: readonly CompletionCommand[],
): Completion {
  const before = words.slice(0, -1);
  const typed = words.at(-1) ?? '';
  const { command, chosen } = chooseCommand(before, commands);
  if (command === undefined) return nothing;
  if (before.includes('--')) return nothing;
  const open = openFlag(before.at(-1), command.flags);
  if (open !== undefined) return valuesFor(open, typed, '');
  const equals = /^--([^=]+)=(.*)$/s.exec(typed);
  if (equals !== null) {
    const [, name = '', value = ''] = equals;
    const flag = command.flags.find((one) => one.name === name);
    return flag === undefined ? nothing : valuesFor(flag, value, `--${name}=`);
  }
  if (typed.startsWith('-')) return { candidates: flagsFor(typed, command.flags), names: 'none' };
  return wordsFor(typed, command, chosen ? [] : commands);
}

function chooseCommand(
  before: readonly string[],
  commands: readonly CompletionCommand[],
): { command: CompletionCommand | undefined; chosen: boolean } {
  const named = commands.find(({ name }) => name === before[0]);
  if (named === undefined) return { command: commands[0], chosen: before.length > 0 };
  const inner = named.subcommands?.find(({ name }) => before.slice(1).includes(name));
  return { command: inner ?? named, chosen: true };
}

/** The flag whose value comes next. */
function openFlag(last: string | undefined, flags: readonly Flag[]): Flag | undefined {
  if (last === undefined || !last.startsWith('-') || last.includes('=')) return undefined;
  const flag = last.startsWith('--')
    ? flags.find(({ name }) => `--${name}` === last)
    : flags.find(({ short }) => short !== undefined && last.endsWith(short));
  return flag?.kind === 'value' ? flag : undefined;
}

/** Of a list with commas the last part is completed. */
function valuesFor(flag: Flag, typed: string, lead: string): Completion {
  const known = flag.values;
  if (known === undefined) return nothing;
  if (known === 'contexts') return nothing;
  if (typeof known === 'string') return { candidates: [], names: known };
  const comma = flag.value === 'LIST' ? typed.lastIndexOf(',') + 1 : 0;
  const given = typed.slice(0, comma);
  const candidates = known
    .filter((value) => value.startsWith(typed.slice(comma)) && !given.split(',').includes(value))
    .map((value) => ({ word: lead + given + value, description: '' }));
  return { candidates, names: 'none' };
}

function flagsFor(typed: string, flags: readonly Flag[]): Candidate[] {
  return flags
    .map(({ name, help = '' }) => ({ word: `--${name}`, description: help }))
    .filter(({ word }) => word.startsWith(typed));
}

function wordsFor(
  typed: string,
  { words, subcommands = [] }: CompletionCommand,
  commands: readonly CompletionCommand[],
): Completion {
  const named = [...commands, ...subcommands].map(({ name, summary }) => ({
    word: name,
    description: summary,
  }));
  const own = typeof words === 'object' ? words : [];
  return {
    candidates: [...named, ...own].filter(({ word }) => word.startsWith(typed)),
    names: typeof words === 'string' ? words : 'none',
  };
}
