import { open, readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DiagnosisFacts } from '../model/diagnosis.ts';
import { formatPlatform, parsePlatform } from '../model/platform.ts';
import { withoutSecrets } from '../model/secrets.ts';
import { factsOf } from './saved-facts.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A build of xbuild's that failed, for one of its platforms. */
export interface FailedBuild {
  /** ISO 8601, UTC. */
  when: string;
  /** Absent where only its log is left. */
  context?: string;
  platform: string;
  /** The file with the whole log. */
  log: string;
  /** Absent where only its log is left. */
  facts?: DiagnosisFacts;
  /** The platforms that failed in the same build. */
  others: string[];
}

const ending = '.failed.json';

/** Keeps the facts of a failure beside the log of its platform; they hold no secrets. */
export async function saveFailure(
  log: string,
  { context, platform, facts }: { context: string; platform: string; facts: DiagnosisFacts },
): Promise<void> {
  const isPath = context !== '-' && !/^[\w+.-]+:\/\/|^git@|^github\.com\//.test(context);
  const failure = {
    schemaVersion: 1,
    when: new Date().toISOString(),
    context: isPath ? resolve(context) : withoutSecrets(context),
    platform,
    facts,
  };
  const file = log.replace(/\.log$/, '') + ending;
  // A full disk must not hide the failure itself.
  await writeFile(file, JSON.stringify(failure), { mode: 0o600 }).catch(() => undefined);
}

/** The last build of xbuild's in which something failed; undefined where there is none. */
export async function lastFailedBuild(
  env: Environment,
  platform?: string,
): Promise<FailedBuild | undefined> {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state');
  const builds = join(state, 'xbuild', 'builds');
  const folders = await readdir(builds).catch(() => []);
  for (const folder of folders.toSorted((one, other) => (one < other ? 1 : -1))) {
    const failed = await failedIn(join(builds, folder));
    const found = failed.find((one) => platform === undefined || one.platform === platform);
    if (found === undefined) continue;
    const others = failed.flatMap((one) => (one === found ? [] : [one.platform]));
    return { ...found, others };
  }
  return undefined;
}

type Found = Omit<FailedBuild, 'others'>;

async function failedIn(folder: string): Promise<Found[]> {
  const names = await readdir(folder).catch(() => []);
  const saved = names.filter((name) => name.endsWith(ending));
  const read = await Promise.all(saved.map((name) => readSaved(join(folder, name))));
  const found = read.filter((one) => one !== undefined);
  return found.length > 0 ? found : failedLogs(folder, names);
}

async function readSaved(file: string): Promise<Found | undefined> {
  try {
    const { when, context, platform, facts } = JSON.parse(
      await readFile(file, 'utf8'),
    ) as FailedBuild;
    const log = `${file.slice(0, -ending.length)}.log`;
    return facts === undefined
      ? undefined
      : { when, ...(context !== undefined && { context }), platform, log, facts: factsOf(facts) };
  } catch {
    // Another version's, or cut off in the middle: its log is still there.
    return undefined;
  }
}

/** Logs whose last steps failed: of a build that was ended before it kept its facts. */
async function failedLogs(folder: string, names: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const name of names.filter((one) => one.endsWith('.log'))) {
    const log = join(folder, name);
    const end = await endOf(log).catch(() => ({ text: '', when: '' }));
    if (!/^=> .* FAILED/m.test(end.text)) continue;
    const slug = name.slice(0, -'.log'.length);
    found.push({ when: end.when, platform: platformOfSlug(slug), log });
  }
  return found;
}

/** `arm-v7` → `linux/arm/v7`. */
function platformOfSlug(slug: string): string {
  try {
    return formatPlatform(parsePlatform(slug.replaceAll('-', '/')));
  } catch {
    return slug;
  }
}

/** Enough of a log's end to see whether its last step failed. */
const END = 256 * 1024;

async function endOf(file: string): Promise<{ text: string; when: string }> {
  const handle = await open(file, 'r');
  try {
    const { size, mtime } = await handle.stat();
    const from = Math.max(0, size - END);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(END), 0, END, from);
    return { text: buffer.toString('utf8', 0, bytesRead), when: mtime.toISOString() };
  } finally {
    await handle.close();
  }
}
