import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
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
export async function runDockerRun(
  words: RunWords,
  globals: readonly string[],
  stderr: NodeJS.WriteStream,
): Promise<Ran> {
  const folder = await mkdtemp(join(tmpdir(), 'xbuild-run-'));
  const file = words.cidfile ?? join(folder, 'id');
  const own = words.cidfile === undefined ? ['--cidfile', file] : [];
  const image = words.image === undefined ? [] : ['--', words.image, ...words.command];
  try {
    const ended = await start([...globals, 'run', ...own, ...words.flags, ...image], stderr);
    const container = (await readFile(file, 'utf8').catch(() => '')).trim();
    return { ...ended, ...(container === '' ? {} : { container }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(
  argv: readonly string[],
  stderr: NodeJS.WriteStream,
): Promise<Pick<Ran, 'exitStatus' | 'stderr'>> {
  const keeper = new LogKeeper();
  let rest = '';
  const child = spawn(dockerCommand(), argv, { stdio: ['inherit', 'inherit', 'pipe'] });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr.write(chunk);
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = (lines.pop() ?? '').slice(0, 4000);
    for (const line of lines) keeper.add(line);
  });
  // Docker passes signals on to the container, and ends when that does.
  const passOn = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGTERM', passOn);
  try {
    const exitStatus = await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) => {
        reject(error.code === 'ENOENT' ? missingDocker() : error);
      });
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
    if (rest !== '') keeper.add(rest);
    return { exitStatus, stderr: keeper.end() };
  } finally {
    process.off('SIGTERM', passOn);
  }
}
