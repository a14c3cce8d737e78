import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuildRequest } from './request.ts';
import { interrupted } from './run.ts';
import { makeTemporary, noRoom } from './temporary.ts';

/** A file that holds what came on standard input, until `remove`. */
export interface KeptStdin {
  file: string;
  remove(): Promise<void>;
}

/**
 * Keeps standard input in a file where the build reads it (`-`), since several solves may need it.
 *
 * Throws `interrupted` where the signal comes before its end, and where there is no room for it.
 */
export async function keepStdin(
  { context, file }: BuildRequest,
  stdin: NodeJS.ReadableStream,
  signal: AbortSignal,
): Promise<KeptStdin | undefined> {
  if (context !== '-' && file !== '-') return undefined;
  const folder = await makeTemporary('xbuild-stdin-');
  const kept = join(folder, 'stdin');
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await pipeline(stdin, createWriteStream(kept, { mode: 0o600 }), { signal });
  } catch (error) {
    await remove();
    throw signal.aborted ? interrupted() : noRoom('standard input cannot be kept', error);
  }
  return { file: kept, remove };
}
