import { closest } from '../model/closest.ts';
import { XbuildError } from '../model/errors.ts';
import type { Flag } from '../model/flags.ts';
import { flagWords } from '../binfmt/flag-words.ts';
import type { Command, CommandContext } from './command.ts';
import { explainSubcommand } from './binfmt/explain.ts';
import { listSubcommand } from './binfmt/list.ts';
import { matchSubcommand } from './binfmt/match.ts';
import { showSubcommand } from './binfmt/show.ts';
import type { Subcommand } from './binfmt/subcommand.ts';

/** The first one is meant where none is named. */
const subcommands: readonly Subcommand[] = [
  listSubcommand,
  showSubcommand,
  matchSubcommand,
  explainSubcommand,
];

/** All their flags, each once: one page of help is for all of them. */
const flags: readonly Flag[] = Array.from(
  new Map(
    subcommands.flatMap((one) => one.flags.map((flag) => [flag.name, flag] as const)),
  ).values(),
);

/** Where the word that names the subcommand is: the first that is neither a flag nor a flag's value. */
function wordAt(argv: readonly string[]): number {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') return -1;
    if (!word.startsWith('-') || word === '-') return at;
    const isValue = flags.some(
      ({ kind, name, short }) =>
        kind === 'value' && (word === `--${name}` || (short !== undefined && word === `-${short}`)),
    );
    if (isValue) at++;
  }
  return -1;
}

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const at = wordAt(argv);
  if (at === -1) return listSubcommand.run(argv, context);
  const word = argv[at] ?? '';
  const subcommand = subcommands.find(({ name }) => name === word);
  if (subcommand === undefined) throw unknownWord(word);
  return subcommand.run(argv.toSpliced(at, 1), context);
}

function unknownWord(word: string): XbuildError {
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

export const binfmtCommand: Command = {
  name: 'binfmt',
  usage: subcommands.map(({ usage }) => usage).join('\n       xbuild binfmt '),
  summary: 'show the rules that let the kernel run programs of other kinds, and what they do',
  details: `${subcommands.map(({ name, summary }) => `  ${name.padEnd(9)}${summary}`).join('\n')}

The flags of a rule:
${flagWords.map(({ letter, title }) => `  ${letter}  ${title}`).join('\n')}`,
  examples: [
    'xbuild binfmt',
    'xbuild binfmt show qemu-aarch64',
    'xbuild binfmt match --local ./app hello',
    `xbuild binfmt explain ':wine:M::MZ::/usr/bin/wine:'`,
  ],
  flags,
  run,
};
