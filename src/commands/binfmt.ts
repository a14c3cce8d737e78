import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import { readingSubcommands } from './binfmt/reading-subcommands.ts';
import type { Subcommand } from './binfmt/subcommand.ts';
import type { Command, CommandContext } from './command.ts';

/** Where the word that names the subcommand is: the first that is neither a flag nor a flag's value. */
function wordAt(argv: readonly string[], subcommands: readonly Subcommand[]): number {
  const valued = new Set(
    subcommands
      .flatMap(({ flags }) => flags)
      .filter(({ kind }) => kind === 'value')
      .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]),
  );
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') return -1;
    if (!word.startsWith('-') || word === '-') return at;
    if (valued.has(word)) at++;
  }
  return -1;
}

/** The subcommand that the words name; undefined where they name none. */
export function chosenSubcommand(
  argv: readonly string[],
  subcommands: readonly Subcommand[],
): { subcommand: Subcommand; rest: string[] } | undefined {
  const at = wordAt(argv, subcommands);
  const subcommand = subcommands.find(({ name }) => name === argv[at]);
  return subcommand === undefined ? undefined : { subcommand, rest: argv.toSpliced(at, 1) };
}

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const [list] = readingSubcommands;
  if (wordAt(argv, readingSubcommands) === -1 && list !== undefined) return list.run(argv, context);
  const reading = chosenSubcommand(argv, readingSubcommands);
  if (reading !== undefined) return reading.subcommand.run(reading.rest, context);
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
