import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XbuildError } from '../model/errors.ts';

const folders = new Set<string>();

/** A second Ctrl-C ends the process before it has tidied up; exit listeners still run. */
function removeAll(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

/** Makes a new temporary folder; throws `bad-configuration` where none can be made. */
export async function makeTemporary(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix));
  } catch (error) {
    throw noRoom('no temporary folder can be made', error);
  }
}

/** A temporary folder for the time of some work: it goes however the work or the process ends. */
export async function withTemporary<T>(
  prefix: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeTemporary(prefix);
  if (folders.size === 0) process.once('exit', removeAll);
  folders.add(folder);
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
    folders.delete(folder);
    if (folders.size === 0) process.off('exit', removeAll);
  }
}

/** The error for a temporary file that cannot be written. */
export function noRoom(what: string, cause: unknown): XbuildError {
  return new XbuildError(
    'bad-configuration',
    `${what}: ${cause instanceof Error ? cause.message : String(cause)}`,
    'Let TMPDIR name a folder that you may write to, on a disk with room.',
    { cause },
  );
}
