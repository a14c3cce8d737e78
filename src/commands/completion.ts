import { completeWords, type CompletionCommand } from '../completions/complete.ts';
import { shells } from '../completions/index.ts';
import { contextNames } from '../io/endpoint.ts';
import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import type { Flag } from '../model/flags.ts';
import { changingSubcommands } from './binfmt/changing-subcommands.ts';
import { readingSubcommands } from './binfmt/reading-subcommands.ts';
import type { Command, CommandContext } from './command.ts';
import { commands } from './index.ts';

const flags: readonly Flag[] = [{ name: 'help', short: 'h', kind: 'bool', help: 'show this help' }];
const names = Object.keys(shells);

/** What stands before the words that are to be completed. */
const ASKS = ['words', '--'];

async function run(argv: readonly string[], { env, stdout }: CommandContext): Promise<number> {
  if (ASKS.every((word, at) => argv[at] === word)) {
    stdout.write(await answer(argv.slice(ASKS.length), contextNames(env)));
    return 0;
  }
  const [shell, ...more] = argv;
  const script = shell === undefined ? undefined : shells[shell];
  if (script === undefined || more.length > 0) throw noShell(argv);
  stdout.write(script);
  return 0;
}

/** One candidate a line, word and description with a tab between, and last `:files`, `:folders` or `:none`. */
async function answer(words: readonly string[], contexts: readonly string[]): Promise<string> {
  const { candidates, names: kind } = completeWords(words, await describeCommands(contexts));
  const lines = candidates.map(({ word, description }) => `${word}\t${description}\n`);
  return `${lines.join('')}:${kind}\n`;
}

async function describeCommands(contexts: readonly string[]): Promise<CompletionCommand[]> {
  const all = await Promise.all(commands.map(async ({ load }) => load()));
  const subcommands = [...readingSubcommands, ...changingSubcommands].map((one) =>
    describe(one, contexts),
  );
  const known = all.map((one) => describe(one, contexts));
  return known.map((one) => (one.name === 'binfmt' ? { ...one, subcommands } : one));
}

function describe(
  {
    name,
    summary,
    flags: own,
    completes,
  }: Pick<Command, 'name' | 'summary' | 'flags' | 'completes'>,
  contexts: readonly string[],
): CompletionCommand {
  const words = Array.isArray(completes)
    ? completes.map((word: string) => ({ word, description: '' }))
    : (completes as 'files' | 'folders' | undefined);
  return {
    name,
    summary,
    flags: own
      .filter(({ help }) => help !== undefined)
      .map((flag) => (flag.values === 'contexts' ? { ...flag, values: contexts } : flag)),
    ...(words === undefined ? {} : { words }),
  };
}

function noShell(argv: readonly string[]): XbuildError {
  const near = closest(argv[0] ?? '', names);
  return new XbuildError(
    'bad-argument',
    `completion needs the name of one shell (${names.join(', ')}); received ${argv.length === 0 ? 'none' : argv.join(' ')}`,
    near === undefined ? 'For example: source <(xbuild completion bash)' : `Did you mean ${near}?`,
  );
}

export const completionCommand: Command = {
  name: 'completion',
  usage: names.join(' | '),
  summary: 'print what makes a shell complete the words of xbuild',
  examples: [
    'source <(xbuild completion bash)          # in ~/.bashrc',
    'source <(xbuild completion zsh)           # in ~/.zshrc, after compinit',
    'xbuild completion fish > ~/.config/fish/completions/xbuild.fish',
  ],
  flags,
  completes: names,
  run,
};
