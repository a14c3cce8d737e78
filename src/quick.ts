import { runReading } from './commands/binfmt/choose-subcommand.ts';
import { systemOf } from './ci/detect.ts';
import type { ReadingContext } from './commands/binfmt/subcommand.ts';
import { guardOutput } from './io/guard-stream.ts';
import { quickOutput } from './io/standard-output.ts';
import { reportError } from './run-command.ts';

/** Subcommands of `xbuild binfmt` that can do without an engine. */
export const quickNames: readonly string[] = ['list', 'show', 'match', 'explain'];

/** The words that are xbuild's own: what is to be called comes after `--` or `--argv`. */
function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.findIndex((word) => word === '--' || word.startsWith('--argv'));
  return end === -1 ? argv : argv.slice(0, end);
}

/** Tells whether a command line only reads this machine's rules, or explains a string. */
export function readsHere(argv: readonly string[]): boolean {
  const [command, ...words] = ownWords(argv);
  if (command !== 'binfmt') return false;
  let here = false;
  let name: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--mount') at++;
    if (word === '--local' || word.startsWith('--mount')) here = true;
    else if (word.startsWith('-') && word !== '-' && word !== '--json') return false;
    else if (!word.startsWith('--')) name ??= word;
  }
  return quickNames.includes(name ?? 'list') && (here || name === 'explain');
}

/** What is not asked for is not made: Node takes milliseconds for a stream or a signal. */
function contextHere(): ReadingContext {
  return {
    env: process.env,
    stdout: guardOutput(quickOutput(), systemOf(process.env)),
    get stdin() {
      return process.stdin;
    },
    get signal() {
      return new AbortController().signal;
    },
  };
}

/**
 * Runs what readsHere() is true of; undefined for all else.
 *
 * scripts/build.mjs makes one file of this and all that it needs: Node takes a millisecond and more
 * for each file, and people feel how long such a question takes. What else the command may load is
 * not in it.
 */
export async function quick(argv: readonly string[]): Promise<number | undefined> {
  if (!readsHere(argv)) return undefined;
  try {
    return await runReading(argv.slice(1), contextHere());
  } catch (error) {
    return reportError(error, { command: 'binfmt', json: argv.includes('--json') });
  }
}
