import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import { parseSnapshot, type Snapshot } from './plan/snapshot.ts';

/** Where the snapshot of a place is kept where no file is named: below $XDG_STATE_HOME. */
export function usualSnapshotFile(
  place: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state');
  const id = createHash('sha256').update(place).digest('hex').slice(0, 12);
  return join(state, 'xbuild', `binfmt-${id}.json`);
}

/** Writes a snapshot: the whole file or nothing of it. */
export async function writeSnapshot(file: string, snapshot: Snapshot): Promise<void> {
  const temporary = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(snapshot, null, 2)}\n`);
    await rename(temporary, file);
  } catch (error) {
    throw new XbuildError(
      'bad-argument',
      `the snapshot could not be written to ${file}: ${(error as Error).message}`,
      'Name a file in a folder that you may write to.',
      { cause: error },
    );
  }
}

/** Reads a snapshot; throws `bad-argument` where there is none. */
export function readSnapshot(file: string): Snapshot {
  if (!existsSync(file)) {
    throw new XbuildError(
      'bad-argument',
      `there is no snapshot ${file}`,
      'Take one while all is well: xbuild binfmt snapshot [FILE]',
    );
  }
  return parseSnapshot(readFileSync(file, 'utf8'), file);
}
