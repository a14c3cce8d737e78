import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { isatty } from 'node:tty';
import { globalArguments } from '../io/endpoint.ts';
import { dockerCommand, missingDocker } from '../io/docker-cli.ts';
import { LogKeeper, type BoundedLog } from './log-source.ts';
import type { RunWords } from './run-flags.ts';

/** How a `docker run` ended. */
export interface Ran {
  /** Docker's own. */
  exitStatus: number;
  /** The container's id; absent where none was made. */
  container?: string;
  /** What docker and, without a terminal, the container wrote on standard error. */
  stderr: BoundedLog;
}

/**
 * Runs `docker run` with the user's words, as if it had been called itself. The container stays,
 * also with --rm, so that it can be looked at. Throws `cli-missing`.
 */
export async function runDockerRun(words: RunWords, stderr: NodeJS.WriteStream): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'xbuild-run-'));
  const file = words.cidfile ?? join(folder, 'id');
  const own = words.cidfile === undefined ? ['--cidfile', file] : [];
  const image = words.image === undefined ? [] : ['--', words.image, ...words.command];
  try {
    const ended = await start(
      [...globalArguments(words.endpoint), 'run', ...own, ...words.flags, ...image],
      stderr,
    );
    const container = (await readFile(file, 'utf8').catch(() => '')).trim();
    return { ...ended, ...(container === '' ? {} : { container }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Docker hands these on to the container; the terminal sends its own to docker itself. */
const passedOn = ['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const;
const ofTerminal = ['SIGINT', 'SIGQUIT'] as const;

async function start(
  argv: readonly string[],
  stderr: NodeJS.WriteStream,
): Promise<Pick<Ran, 'exitStatus' | 'stderr'>> {
  const keeper = new LogKeeper();
  const child = spawn(dockerCommand(), argv, { stdio: ['inherit', 'inherit', 'pipe'] });
  const said = keepLines(child.stderr, stderr, keeper);
  const signals = isatty(0) ? passedOn : [...passedOn, ...ofTerminal];
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
  for (const signal of signals) process.on(signal, passOn);
  try {
    const exitStatus = await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ENOENT' ? missingDocker() : error);
      });
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
    said();
    return { exitStatus, stderr: keeper.end() };
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}

/** Hands a stream on as it comes, no faster than it is taken, and keeps its lines; ends with a call. */
function keepLines(from: Readable, to: NodeJS.WriteStream, keeper: LogKeeper): () => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  from.on('data', (chunk: Buffer) => {
    if (!to.write(chunk)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = (lines.pop() ?? '').slice(0, 4000);
    for (const line of lines) keeper.add(line);
  });
  return () => {
    if (rest !== '') keeper.add(rest);
  };
}
