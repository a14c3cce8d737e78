import { mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseStepName, type BuildEvent } from '../progress/event.ts';
import { makeTemporary } from './temporary.ts';

const kept = 20;

/**
 * The folder of the logs of one build, made for its user only; older builds' folders go. Where there
 * is no home to write to, as in some containers, it is one of the temporary ones.
 */
export async function makeLogFolder(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  const builds = join(state, 'xbuild', 'builds');
  const name = `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${process.pid}`;
  const folder = join(builds, name);
  try {
    await mkdir(builds, { recursive: true, mode: 0o700 });
    await removeOld(builds);
    await mkdir(folder, { mode: 0o700 });
    return folder;
  } catch {
    return makeTemporary('xbuild-logs-');
  }
}

async function removeOld(builds: string): Promise<void> {
  const names = (await readdir(builds)).toSorted().slice(0, -(kept - 1));
  await Promise.all(names.map((name) => rm(join(builds, name), { recursive: true, force: true })));
}

/** The log of one platform's build: every step and its output, as BuildKit gave them. */
export interface PlatformLog {
  readonly file: string;
  write(event: BuildEvent): void;
  /** Another solve begins: a step that was stopped says it all again. */
  begin(): void;
  /** The last lines that a step printed; steps run beside each other. */
  tail(step: string, count: number): string[];
  close(): Promise<void>;
}

/** Opens a log file, readable by its user only. */
export async function openLog(folder: string, slug: string): Promise<PlatformLog> {
  const file = join(folder, `${slug}.log`);
  const handle = await open(file, 'a', 0o600);
  const stream = handle.createWriteStream();
  // A log that finds no room on the disk must not end the build.
  stream.on('error', () => undefined);
  const last = new Map<string, string[]>();
  const seen = new Set<string>();
  return {
    file,
    write(event) {
      const text = logText(event, seen);
      if (text === '') return;
      stream.write(text);
      if (event.kind !== 'output') return;
      const printed = event.text.split('\n').filter((line) => line.trim() !== '');
      last.set(event.id, [...(last.get(event.id) ?? []), ...printed].slice(-100));
    },
    begin: () => last.clear(),
    tail: (step, count) => last.get(step)?.slice(-count) ?? [],
    close: () => end(stream, handle),
  };
}

async function end(
  stream: ReturnType<FileHandle['createWriteStream']>,
  handle: FileHandle,
): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('close', () => resolve());
    stream.end(() => resolve());
    if (stream.destroyed) resolve();
  });
  await handle.close().catch(() => undefined);
}

function logText(event: BuildEvent, seen: Set<string>): string {
  if (event.kind === 'message') return `${event.text}\n`;
  if (event.kind === 'output') return event.text;
  if (event.state === 'announced' || (event.state === 'running' && seen.has(event.id))) return '';
  seen.add(event.id);
  const name = event.name || parseStepName(event.name).instruction;
  const seconds =
    event.started === undefined || event.completed === undefined
      ? ''
      : ` ${((event.completed - event.started) / 1000).toFixed(1)}s`;
  const error = event.error === undefined ? '' : `: ${event.error}`;
  return event.state === 'running'
    ? `=> ${name}\n`
    : `=> ${name} ${event.state.toUpperCase()}${seconds}${error}\n`;
}
