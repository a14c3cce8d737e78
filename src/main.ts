import { existsSync } from 'node:fs';
import type { Command, CommandContext } from './commands/command.ts';
import { commandHelp, generalHelp } from './commands/help.ts';
import { commands, findCommand, type CommandEntry } from './commands/index.ts';
import { errorDocument, renderError, statusOf } from './commands/report-error.ts';
import { describeTerminal } from './io/terminal.ts';
import { closest } from './model/closest.ts';
import { XbuildError } from './model/errors.ts';

/** Runs xbuild with the words after its name; resolves to the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  ignoreClosedPipes();
  const [first] = argv;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    return help(argv.slice(1));
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
    const terminal = describeTerminal(process.stderr, process.env);
    if (json) process.stdout.write(`${JSON.stringify(errorDocument(error, name), null, 2)}\n`);
    process.stderr.write(renderError(error, terminal.paint));
    return statusOf(error);
  }
}

/** `xbuild . | head` must not end in a stack trace. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(onPipeError)) stream.on('error', onPipeError);
  }
}

function onPipeError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

async function help(words: readonly string[]): Promise<number> {
  const entry = words[0] === undefined ? undefined : findCommand(words[0]);
  return print(entry === undefined ? generalHelp() : await helpOf(entry, words.slice(1)));
}

/** A command may leave out of `load` what only help shows. */
async function helpOf(
  { load, loadHelp = load }: CommandEntry,
  words: readonly string[],
): Promise<string> {
  return commandHelp(await loadHelp(words));
}

function print(text: string): number {
  process.stdout.write(text);
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

async function runCommand(command: Command, argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  let asked = 0;
  interrupt = () => {
    asked++;
    if (asked > 2) process.exit(130);
    // What is under way needs a moment to be cleared away, also for those in a hurry.
    if (asked === 2) setTimeout(() => process.exit(130), 5000).unref();
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    if (!process.listeners(signal).includes(onSignal)) process.on(signal, onSignal);
  }
  try {
    return await command.run(argv, contextOf(stop.signal));
  } finally {
    interrupt = undefined;
  }
}

let interrupt: (() => void) | undefined;

/** Once the command has ended there is nothing left to wait for: its own exit status stays. */
function onSignal(): void {
  if (interrupt === undefined) process.exit();
  interrupt();
}

function contextOf(signal: AbortSignal): CommandContext {
  const { env, stdout, stderr } = process;
  // Opening standard input takes its time, and few commands read it.
  return {
    env,
    stdout,
    stderr,
    signal,
    get stdin() {
      return process.stdin;
    },
  };
}
