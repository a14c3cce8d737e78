import { open, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Enough of a log's end to see whether its last step failed. */
const END = 256 * 1024;

async function endOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - END);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(END), 0, END, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The log of the last build of xbuild's in which a step failed; undefined where there is none. */
export async function lastFailedBuild(env: Environment): Promise<string | undefined> {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  const builds = join(state, 'xbuild', 'builds');
  const folders = await readdir(builds).catch(() => []);
  for (const folder of folders.toSorted((one, other) => other.localeCompare(one))) {
    const files = await readdir(join(builds, folder)).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.log'))) {
      const path = join(builds, folder, file);
      if (/^=> .* FAILED/m.test(await endOf(path).catch(() => ''))) return path;
    }
  }
  return undefined;
}
