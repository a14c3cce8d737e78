import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import { chosenSubcommand, runReading, wordAt } from './binfmt/choose-subcommand.ts';
import { readingSubcommands } from './binfmt/reading-subcommands.ts';
import type { Subcommand } from './binfmt/subcommand.ts';
import type { Command, CommandContext } from './command.ts';

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const reading = runReading(argv, context);
  if (reading !== undefined) return reading;
  // What only reads is felt to be fast, and must not wait for the rest to be loaded.
  const { changingSubcommands } = await import('./binfmt/changing-subcommands.ts');
  const all = [...readingSubcommands, ...changingSubcommands];
  const found = chosenSubcommand(argv, all);
  if (found === undefined) throw unknownWord(argv[wordAt(argv, all)] ?? '', all);
  return found.subcommand.run(found.rest, context);
}

function unknownWord(word: string, subcommands: readonly Subcommand[]): XbuildError {
  const names = subcommands.map(({ name }) => name);
  const near = closest(word, names);
  return new XbuildError(
    'bad-argument',
    `binfmt has no subcommand "${word}"`,
    near === undefined
      ? `The subcommands are: ${names.join(', ')}. For a rule of that name: xbuild binfmt show ${word}`
      : `Did you mean: xbuild binfmt ${near}`,
  );
}

/** Help has more to say of it: binfmt/help.ts. */
export const binfmtCommand: Command = {
  name: 'binfmt',
  usage: '[SUBCOMMAND] [flags]',
  summary: 'show the rules that let the kernel run programs of other kinds, and what they do',
  examples: [
    'xbuild binfmt',
    'xbuild binfmt show qemu-aarch64',
    'xbuild binfmt match --local ./app hello',
    `xbuild binfmt explain ':wine:M::MZ::/usr/bin/wine:'`,
  ],
  flags: [],
  run,
};
