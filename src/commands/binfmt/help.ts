import { flagWords } from '../../binfmt/flag-words.ts';
import { prose } from '../../reporters/binfmt-prose.ts';
import { binfmtCommand } from '../binfmt.ts';
import { chosenSubcommand } from './choose-subcommand.ts';
import type { Command } from '../command.ts';
import { changingSubcommands } from './changing-subcommands.ts';
import { readingSubcommands } from './reading-subcommands.ts';
import { readingFlags, type Subcommand } from './subcommand.ts';

const subcommands = [...readingSubcommands, ...changingSubcommands];
const WIDTH = 80;

function overview(): string {
  const width = Math.max(...subcommands.map(({ name }) => name.length)) + 4;
  return [
    ...subcommands.flatMap(({ name, summary }) => prose(`  ${name}`.padEnd(width), summary, WIDTH)),
    '',
    'Without SUBCOMMAND: list. More about one: xbuild binfmt SUBCOMMAND --help',
  ].join('\n');
}

/** The flags of rules, where people look for them: O is open binary. */
function ruleFlags(): string {
  return [
    'The flags of a rule:',
    ...flagWords.flatMap(({ letter, title, does }) =>
      prose(`  ${letter}  `, `${title}: ${does}`, WIDTH),
    ),
  ].join('\n');
}

function ofSubcommand({ name, usage, summary, flags, examples }: Subcommand): Command {
  const whole = `binfmt ${name}`;
  const tellsFlags = name === 'show' || name === 'add' || name === 'explain';
  return {
    ...binfmtCommand,
    name: whole,
    usage: usage.slice(name.length + 1),
    summary,
    ...(tellsFlags ? { details: ruleFlags() } : {}),
    examples: examples ?? examplesOf(whole),
    flags,
  };
}

function examplesOf(whole: string): readonly string[] {
  const own = binfmtCommand.examples.filter((line) => line.startsWith(`xbuild ${whole} `));
  return own.length > 0 ? own : [`xbuild ${whole}`];
}

/** Help for the command as a whole, or for the subcommand that the words name. */
export function binfmtHelp(words: readonly string[]): Command {
  const found = chosenSubcommand(words, subcommands);
  if (found !== undefined) return ofSubcommand(found.subcommand);
  return { ...binfmtCommand, details: overview(), flags: readingFlags };
}
