import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XbuildError } from '../model/errors.ts';

/** Makes a new temporary folder; throws `bad-configuration` where none can be made. */
export async function makeTemporary(prefix: string): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), prefix));
  } catch (error) {
    throw noRoom('no temporary folder can be made', error);
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
