// Runs the built command as users do, and looks at what it leaves behind.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Docker from 'dockerode';
import { onTestFinished } from 'vitest';
import { wrongWith } from '../document-schema.ts';
import { whyNoLab, type Lab, type LabOptions } from '../lab/lab.mjs';
import { ensureBusybox, type PlatformName } from '../lab/images.mjs';
import { hostDebianArch } from '../lab/packages.mjs';

/** The command under test: dist/cli.js, which scripts/test.mjs builds, or what XBUILD_CLI names. */
export const CLI =
  process.env['XBUILD_CLI'] || fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Why these tests cannot run here; undefined where they can. They speak of amd64's foreign platforms. */
export const reason =
  whyNoLab() ??
  (hostDebianArch() === 'amd64' ? undefined : 'not an amd64 machine') ??
  (existsSync(CLI) ? undefined : 'dist/cli.js is not built: npm run build');

/** What a test group's name ends with: why it is skipped. */
export const skipped = reason ? ` (skipped: ${reason})` : '';

export const PAIRS: readonly Required<Pick<LabOptions, 'version' | 'store'>>[] = [
  { version: '20.10', store: 'classic' },
  { version: '26.1', store: 'classic' },
  { version: '26.1', store: 'containerd' },
  { version: '28.5', store: 'classic' },
  { version: '28.5', store: 'containerd' },
];

export const FIVE = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/riscv64', 'linux/s390x'];

/** For `test.each`: a test is listed only on the engines that it is about. */
export const where = (applies: boolean): readonly [] | readonly [true] => (applies ? [true] : []);

/** What a lab without a rule has for a cause: where the machine has it, the lab's own table is to blame. */
export const withoutRule = (rule: string): string =>
  existsSync(`/proc/sys/fs/binfmt_misc/${rule}`) ? 'rules-in-another-namespace' : 'no-rule';

/** How a run of xbuild ended. */
export interface Ended {
  /** Undefined where a signal ended it. */
  status: number | undefined;
  stdout: string;
  stderr: string;
  seconds: number;
  /** Files left in TMPDIR, which each run has for itself. */
  left: string[];
  /** Standard output as a JSON document; without all of its fields where it is not exactly one. */
  json: Json;
}

export interface JsonFinding {
  id: string;
  status: string;
  message: string;
  platform?: string;
  evidence?: string[];
  fix?: { text: string; commands: string[] };
  location?: { source?: { file: string; line: number } };
}

export interface JsonPlatform {
  platform: string;
  ok: boolean;
  state: string;
  node: string;
  support: string | { support: string; reason?: string; emulator?: string; rule?: string };
  tags: string[];
  imageId?: string;
  digest?: string;
  size?: number;
  log?: string;
  failure?: { step: string | null; error: string; lines: string[]; finding?: JsonFinding };
  verification?: {
    ok: boolean;
    uname: { actual: string | null; by: string; expected: string[] };
    entrypoint: { path: string; architecture: string | null }[];
    findings: JsonFinding[];
  };
}

/** What the documents of all commands have, as far as tests look at it. */
export interface Json {
  schemaVersion: number;
  command: string;
  ok: boolean;
  error?: { code: string; message: string; hint: string; detail: string[] };
  platforms: JsonPlatform[];
  nodes?: { name: string; platforms: string[]; unusable?: string }[];
  checks: JsonFinding[];
  mistakes: JsonFinding[];
  notes: string[];
  indexes: { reference: string; digest: string; platforms: string[] }[];
  images: NonNullable<JsonPlatform['verification']>[];
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Standard input; false leaves it open, as a terminal does. */
  input?: string | Buffer | false;
  /** What to do with the running process: send it signals, kill its engine. */
  during?: (running: Running) => Promise<void>;
  /** A program to start xbuild with: `setpriv --reuid 65534`. */
  wrapper?: readonly string[];
}

/** A run of xbuild that has not ended yet. */
export interface Running {
  child: ChildProcess;
  /** Resolves once the output so far matches; rejects where xbuild ends before. */
  said: (pattern: RegExp) => Promise<void>;
}

type Target = Pick<Lab, 'env'> | undefined;

let copied: string | undefined;

/** A copy of the command that other users can read too: a checkout may lie in a private folder. */
function cliForEveryone(): string {
  if (copied === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-cli-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    cpSync(dirname(CLI), folder, { recursive: true });
    execFileSync('chmod', ['-R', 'a+rX', folder]);
    copied = join(folder, basename(CLI));
  }
  return copied;
}

/** Runs xbuild to its end, with a temporary folder, a home and a process group of its own. */
export async function xbuild(
  lab: Target,
  argv: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const home = mkdtempSync(join(tmpdir(), 'xbuild-home-'));
  const temporary = join(home, 'tmp');
  mkdirSync(temporary, { mode: 0o777 });
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: home,
    TMPDIR: temporary,
    LC_ALL: 'C.UTF-8',
    ...lab?.env,
    ...options.env,
  };
  for (const [name, value] of Object.entries(options.env ?? {}))
    if (value === undefined) delete env[name];
  const started = performance.now();
  const cli = options.wrapper === undefined ? CLI : cliForEveryone();
  const [program = '', ...words] = [...(options.wrapper ?? []), process.execPath, cli, ...argv];
  const child = spawn(program, words, {
    env,
    cwd: options.cwd ?? home,
    stdio: 'pipe',
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.on('error', () => undefined);
  if (options.input !== false) child.stdin.end(options.input);
  const closed = new Promise<number | undefined>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? undefined));
  });
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (!pattern.test(output.stderr + output.stdout)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      setTimeout(
        () => reject(new Error(`${pattern} was not said:\n${output.stderr}`)),
        60_000,
      ).unref();
      void closed.then(() => reject(new Error(`ended first:\n${output.stderr}${output.stdout}`)));
      look();
    });
  try {
    await options.during?.({ child, said });
    const status = await closed;
    const left = readdirSync(temporary);
    const seconds = (performance.now() - started) / 1000;
    return { status, ...output, seconds, left, json: parse(output.stdout) };
  } finally {
    child.kill('SIGKILL');
    await closed;
    await rm(home, { recursive: true, force: true });
  }
}

/** Every document that these tests meet is held to its schema. */
function parse(text: string): Json {
  let document: Json;
  try {
    document = JSON.parse(text) as Json;
  } catch {
    return { none: text } as unknown as Json;
  }
  const wrong = wrongWith({ ...document });
  if (wrong.length > 0) throw new Error(`not as its schema says: ${wrong.join('; ')}`);
  return document;
}

/** All that an engine holds, apart from the probe's own image. */
export interface Contents {
  /** Name -> id. */
  tags: Record<string, string>;
  untagged: string[];
  containers: string[];
  volumes: string[];
}

export function connect(lab: Lab): Docker {
  return new Docker({ socketPath: lab.socket });
}

const isProbe = (tag: string) => tag.startsWith('xbuild-probe');

/** Lists what an engine holds. */
export async function contentsOf(lab: Lab): Promise<Contents> {
  const docker = connect(lab);
  const images = await docker.listImages({ all: true });
  const containers = await docker.listContainers({ all: true });
  const { Volumes } = await docker.listVolumes();
  const named = images.flatMap(({ Id, RepoTags }) =>
    (RepoTags ?? []).map((tag) => [tag, Id] as const).filter(([tag]) => tag !== '<none>:<none>'),
  );
  return {
    tags: Object.fromEntries(
      named.filter(([tag]) => !isProbe(tag)).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    ),
    untagged: images
      .filter(({ Id }) => !named.some(([, id]) => id === Id))
      .map(({ Id }) => Id)
      .toSorted(),
    containers: containers.map(({ Names }) => Names.join()),
    volumes: (Volumes ?? []).map(({ Name }) => Name),
  };
}

/** Removes every image with a name, to give the next test an empty engine; the build cache stays. */
export async function removeImages(lab: Lab): Promise<void> {
  const { tags, untagged } = await contentsOf(lab);
  for (const name of [...Object.keys(tags), ...untagged]) {
    await connect(lab)
      .getImage(name)
      .remove({ force: true })
      .catch(() => undefined);
  }
}

/** BuildKit's `TARGETARCH` + `TARGETVARIANT`, by the name that the lab has for it. */
const SUFFIX: Partial<Record<PlatformName, string>> = { armv7: 'armv7', armv6: 'armv6' };

/**
 * Makes a build context that holds a static busybox a platform (`busybox-arm64`, `busybox-armv7`)
 * and the given files; it goes when the test ends.
 */
export async function makeContext(
  files: Record<string, string>,
  busyboxes: readonly PlatformName[] = [],
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-context-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  for (const name of busyboxes) {
    copyFileSync(await ensureBusybox(name), join(folder, `busybox-${SUFFIX[name] ?? name}`));
  }
  return folder;
}

export const FIVE_NAMES = ['amd64', 'arm64', 'armv7', 'riscv64', 's390x'] as const;

/** A Dockerfile from scratch that works for every platform; `rest` follows. */
export const fromScratch = (rest: string): string => `FROM scratch
ARG TARGETARCH
ARG TARGETVARIANT
COPY busybox-\${TARGETARCH}\${TARGETVARIANT} /bin/sh
${rest}
`;

/** The probe's commands that need a busybox of that name: `/bin/sh` is one. */
export const HELLO = fromScratch(
  'COPY busybox-${TARGETARCH}${TARGETVARIANT} /bin/busybox\nRUN /bin/busybox uname -m > /machine\nENTRYPOINT ["/bin/busybox"]\nCMD ["cat", "/machine"]',
);
