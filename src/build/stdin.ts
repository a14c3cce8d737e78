import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BuildRequest } from './request.ts';

/** A file that holds what came on standard input, until `remove`. */
export interface KeptStdin {
  file: string;
  remove(): Promise<void>;
}

/** Keeps standard input in a file where the build reads it (`-`), since several solves may need it. */
export async function keepStdin(
  { context, file }: BuildRequest,
  stdin: NodeJS.ReadableStream,
): Promise<KeptStdin | undefined> {
  if (context !== '-' && file !== '-') return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'xbuild-stdin-'));
  const kept = join(folder, 'stdin');
  await pipeline(stdin, createWriteStream(kept, { mode: 0o600 }));
  return { file: kept, remove: () => rm(folder, { recursive: true, force: true }) };
}
