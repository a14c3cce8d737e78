import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuildRequest } from './request.ts';
import { interrupted } from './run.ts';
import { noRoom, withTemporary } from './temporary.ts';

/**
 * Keeps standard input in a file where the build reads it (`-`), since several solves may need it;
 * the file is there as long as `work` goes on.
 *
 * Throws `interrupted` where the signal comes before its end, and where there is no room for it.
 */
export async function withStdin<T>(
  { context, file }: BuildRequest,
  { stdin, signal }: { stdin: NodeJS.ReadableStream; signal: AbortSignal },
  work: (file?: string) => Promise<T>,
): Promise<T> {
  if (context !== '-' && file !== '-') return work();
  return withTemporary('xbuild-stdin-', async (folder) => {
    const kept = join(folder, 'stdin');
    try {
      await pipeline(stdin, createWriteStream(kept, { mode: 0o600 }), { signal });
    } catch (error) {
      throw signal.aborted ? interrupted() : noRoom('standard input cannot be kept', error);
    }
    return work(kept);
  });
}
