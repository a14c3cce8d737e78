import { readingSubcommands } from './reading-subcommands.ts';
import type { ReadingContext, Subcommand } from './subcommand.ts';

/** Where the word that names the subcommand is: the first that is neither a flag nor a flag's value. */
export function wordAt(argv: readonly string[], subcommands: readonly Subcommand[]): number {
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
export function chosenSubcommand<Kind extends Subcommand>(
  argv: readonly string[],
  subcommands: readonly Kind[],
): { subcommand: Kind; rest: string[] } | undefined {
  const at = wordAt(argv, subcommands);
  const subcommand = subcommands.find(({ name }) => name === argv[at]);
  return subcommand === undefined ? undefined : { subcommand, rest: argv.toSpliced(at, 1) };
}

/** Runs a subcommand that only reads: the first where none is named; undefined for all others. */
export function runReading(
  argv: readonly string[],
  context: ReadingContext,
): Promise<number> | undefined {
  const [list] = readingSubcommands;
  if (wordAt(argv, readingSubcommands) === -1) return list?.run(argv, context);
  const chosen = chosenSubcommand(argv, readingSubcommands);
  return chosen?.subcommand.run(chosen.rest, context);
}
