import { flagWords } from '../../binfmt/flag-words.ts';
import type { Flag } from '../../model/flags.ts';
import { binfmtCommand } from '../binfmt.ts';
import type { Command } from '../command.ts';
import { changingSubcommands } from './changing-subcommands.ts';
import { readingSubcommands } from './reading-subcommands.ts';

const subcommands = [...readingSubcommands, ...changingSubcommands];

/** All their flags, each once: one page of help is for all of them. */
const flags: readonly Flag[] = Array.from(
  new Map(
    subcommands.flatMap((one) => one.flags.map((flag) => [flag.name, flag] as const)),
  ).values(),
);

const width = Math.max(...subcommands.map(({ name }) => name.length)) + 2;

/** The command with all that help shows of it. */
export const binfmtHelp: Command = {
  ...binfmtCommand,
  usage: subcommands.map(({ usage }) => usage).join('\n       xbuild binfmt '),
  details: `${subcommands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join('\n')}

The flags of a rule:
${flagWords.map(({ letter, title }) => `  ${letter}  ${title}`).join('\n')}`,
  flags,
};
