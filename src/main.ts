import { existsSync } from 'node:fs';
import { commandHelp, generalHelp } from './commands/help.ts';
import { commands, findCommand, type CommandEntry } from './commands/index.ts';
import { guardStream } from './io/guard-stream.ts';
import { ignoreClosedPipes } from './io/standard-output.ts';
import { describeTerminal } from './io/terminal.ts';
import { closest } from './model/closest.ts';
import { XbuildError } from './model/errors.ts';
import { reportError, runCommand } from './run-command.ts';

/** Runs xbuild with the words after its name; resolves to the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  ignoreClosedPipes();
  const [first] = argv;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    return help(argv.slice(1), first === undefined ? nextStep() : undefined);
  }
  const json = argv.includes('--json');
  let name = 'build';
  try {
    const { entry, rest } = chooseCommand(argv);
    name = entry.name;
    const command = await entry.load();
    if ((command.asksForHelp ?? asksForHelp)(rest)) return print(await helpOf(entry, rest));
    return await runCommand(command, rest);
  } catch (error) {
    return reportError(error, { command: name, json });
  }
}

/** What somebody who typed nothing else can do in this folder. */
function nextStep(): string {
  if (existsSync('xbuild.yaml')) return 'xbuild build    (what xbuild.yaml says)';
  if (existsSync('Dockerfile')) return 'xbuild --platform linux/amd64,linux/arm64 -t app .';
  return 'xbuild init    (writes xbuild.yaml, a CI job and a Dockerfile)';
}

async function help(words: readonly string[], next?: string): Promise<number> {
  const entry = words[0] === undefined ? undefined : findCommand(words[0]);
  return print(
    entry === undefined ? generalHelp(columns(), next) : await helpOf(entry, words.slice(1)),
  );
}

/** A command may leave out of `load` what only help shows. */
async function helpOf(
  { load, loadHelp = load }: CommandEntry,
  words: readonly string[],
): Promise<string> {
  return commandHelp(await loadHelp(words), columns());
}

/** Of the terminal, where it is a narrow one. */
function columns(): number {
  return Math.min(80, describeTerminal(process.stdout, process.env).columns);
}

function print(text: string): number {
  guardStream(process.stdout, undefined).write(text);
  return 0;
}

/** `-h` after `--` is the user's own word. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  return words.includes('--help') || words.includes('-h');
}

/** A first word that is no command is a flag or the context of a build. */
function chooseCommand(argv: readonly string[]): {
  entry: (typeof commands)[number];
  rest: readonly string[];
} {
  const [first = '', ...rest] = argv;
  const named = findCommand(first);
  if (named !== undefined) return { entry: named, rest };
  refuseMistypedCommand(first, rest);
  const build = findCommand('build');
  if (build === undefined) throw new Error('the build command is missing from the table');
  return { entry: build, rest: argv };
}

function refuseMistypedCommand(word: string, rest: readonly string[]): void {
  if (!/^[a-z][a-z-]*$/.test(word) || existsSync(word)) return;
  const names = commands.flatMap(({ name, aliases }) => [name, ...aliases]);
  const near = closest(word, names);
  throw new XbuildError(
    'bad-argument',
    `"${word}" is neither a command of xbuild nor a folder to build`,
    near === undefined
      ? `The commands are: ${names.join(', ')}. To build a folder, name one that exists.`
      : `Did you mean: xbuild ${[near, ...rest].join(' ')}`,
  );
}
