import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { traceAll } from '../../src/diagnose/trace-programs.ts';
import { platformOfLines, stageOfLines } from '../../src/diagnose/log-stage.ts';
import type { DiagnosisFacts, Stage, SurfaceLine } from '../../src/model/diagnosis.ts';
import type { ContainerFacts, MountFacts, StartConfig } from '../../src/model/container.ts';
import type { BinfmtFacts, FileFacts, KernelFacts } from '../../src/model/facts.ts';

/** What people saw of one failure, on one engine. */
export interface Step {
  step: string;
  engine: string;
  exitCode: number | null;
  log: string;
  status?: string;
  error?: string;
  hangs?: boolean;
  /** The words after `docker run`. */
  args?: string;
  /** A name in rules.json. */
  table?: string;
}

/** A failure that was reproduced: its image, and what it looked like. */
export interface Recorded {
  id: string;
  /** Right answers, the best first; empty where nothing is wrong. */
  accept: string[];
  platform?: string;
  entrypoint?: string[];
  cmd?: string[];
  user?: string;
  files?: FileFacts[];
  steps: Step[];
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'causes');

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

export const records = read('records.json') as Recorded[];
const heads = read('heads.json') as Readonly<Record<string, string>>;
const { interpreters, tables } = read('rules.json') as {
  interpreters: FileFacts[];
  tables: Readonly<Record<string, Pick<BinfmtFacts, 'mount' | 'status' | 'rules'>>>;
};

function withHead(file: FileFacts): FileFacts {
  const { head } = file;
  return head === undefined ? file : { ...file, head: heads[head] ?? head };
}

function linesOf(text: string, from: SurfaceLine['from']): SurfaceLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ from, text: line }));
}

/** The facts that a log alone has. */
export function logFacts({ log }: Step): DiagnosisFacts {
  const lines = linesOf(log, 'log');
  const platform = platformOfLines(lines);
  return {
    schemaVersion: 1,
    target: { kind: 'log', name: '-' },
    surface: { stage: stageOfLines(lines), exitCode: null, lines, cut: false },
    ...(platform === undefined ? {} : { platform }),
    native: [],
    kernel: { unknown: 'a log' },
    files: [],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
}

const runFlags = new Set([
  '--entrypoint',
  '-e',
  '-v',
  '-w',
  '-u',
  '--platform',
  '--pull',
  '--security-opt',
]);

/** What of a command line decides how a container starts. */
function readArgs(args: string) {
  const words = args.split(' ');
  const flags: [name: string, value: string][] = [];
  while (words[0]?.startsWith('-') === true) {
    const name = words.shift() ?? '';
    flags.push([name, runFlags.has(name) ? (words.shift() ?? '') : '']);
  }
  words.shift();
  const all = (name: string) => flags.filter(([flag]) => flag === name).map(([, value]) => value);
  return { all, words };
}

function mountsOf(values: readonly string[]): MountFacts[] {
  return values.map((value) => {
    const [source = '', destination = ''] = value.split(':');
    return {
      type: 'bind',
      source,
      destination,
      readOnly: false,
      options: [],
      kind: 'directory',
      entries: 0,
    };
  });
}

function stageOf(step: Step): Stage {
  if (step.hangs === true) return 'running';
  if (step.status === 'created') return 'runtime';
  if (/(?:^|\n)exec \S+: |exec user process caused|exec container process/.test(step.log))
    return 'exec';
  return step.exitCode === 0 ? 'ended' : 'program';
}

/** The facts of the container of a step; undefined where the record has no image. */
export function containerFacts(record: Recorded, step: Step): DiagnosisFacts | undefined {
  const { platform, files, entrypoint = [], cmd = [] } = record;
  if (
    platform === undefined ||
    files === undefined ||
    step.args === undefined ||
    step.status === undefined
  )
    return undefined;
  const { all, words } = readArgs(step.args);
  const [entry] = all('--entrypoint');
  const mounts = mountsOf(all('-v'));
  const start = entry === undefined ? entrypoint : [entry];
  const argv = [...start, ...(words.length > 0 || entry !== undefined ? words : cmd)];
  const shellWords =
    argv.indexOf('-c') === 1
      ? [...argv.slice(0, 2), argv.slice(2).join(' ').replaceAll(/^'|'$/g, '')]
      : argv;
  const config: StartConfig = {
    entrypoint: start,
    cmd,
    user: record.user ?? '',
    workingDir: all('-w')[0] ?? '',
    envNames: [],
    path: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    runtimeEnv: Object.fromEntries(all('-e').map((word) => word.split('=') as [string, string])),
  };
  const seccomp = all('--security-opt').some((word) => word.startsWith('seccomp='));
  const container: ContainerFacts = {
    id: 'c',
    name: record.id,
    state: {
      status: step.status,
      exitCode: step.exitCode ?? 0,
      error: step.error ?? '',
      running: step.hangs === true,
      restarting: false,
      restartCount: 0,
      oomKilled: false,
    },
    config,
    argv: shellWords,
    host: {
      init: step.args.includes('--init'),
      runtime: 'runc',
      privileged: false,
      readOnlyRoot: false,
      capAdd: [],
      capDrop: [],
      noNewPrivileges: false,
      seccomp: seccomp
        ? { profile: 'custom', execve: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86_64'] }
        : { profile: 'default' },
      usernsMode: '',
      restartPolicy: 'no',
    },
    mounts,
  };
  const own = files.map(withHead);
  const hides = (path: string) =>
    mounts.some(({ destination }) => path === destination || path.startsWith(`${destination}/`));
  const table = tables[step.table ?? ''] ?? {
    mount: 'binfmt_misc' as const,
    status: 'enabled' as const,
    rules: [],
  };
  const kernel: KernelFacts = {
    release: '6.12.0',
    version: '#1',
    machine: 'x86_64',
    pageSize: 4096,
    binfmt: { knownToKernel: true, ...table },
    runs: [],
    interpreters: interpreters.map(withHead),
  };
  const facts: DiagnosisFacts = {
    schemaVersion: 1,
    target: { kind: 'container', name: record.id },
    surface: {
      stage: stageOf(step),
      exitCode: step.hangs === true ? null : step.exitCode,
      lines: [...linesOf(step.error ?? '', 'state'), ...linesOf(step.log, 'log')],
      cut: false,
    },
    platform,
    native: ['amd64', '386'],
    container,
    image: {
      reference: `xbc/${record.id}:a`,
      configPlatform: platform,
      history: ['COPY root/ /'],
      config,
    },
    engine: {
      version: '28.5.2',
      architecture: 'amd64',
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      kernelVersion: '6.12.0',
      store: 'containerd',
      defaultRuntime: 'runc',
      runtimes: ['runc'],
      rootless: false,
      usernsRemap: false,
      desktop: false,
      remote: false,
    },
    kernel,
    files: [
      { path: '/', errno: 'ok', kind: 'directory', mode: 0o755 },
      ...own.filter(({ path }) => !hides(path)),
      ...mounts.map(({ destination }): FileFacts => ({
        path: destination,
        errno: 'ok',
        kind: 'directory',
        mode: 0o755,
      })),
    ],
    hiddenFiles: own.filter(({ path }) => hides(path)),
    traces: [],
    missing: [],
  };
  return traced(facts);
}

/** Whatever a trace asks for and the record does not have is not there. */
export function traced(facts: DiagnosisFacts): DiagnosisFacts {
  let now = facts;
  for (let round = 0; round < 40; round++) {
    const { traces, needs } = traceAll(now);
    const known = new Set(now.files.map(({ path }) => path));
    const unknown = needs.filter((path) => !known.has(path));
    if (unknown.length === 0) return { ...now, traces };
    now = { ...now, files: [...now.files, ...unknown.map((path) => ({ path, errno: 'ENOENT' }))] };
  }
  return { ...now, traces: traceAll(now).traces };
}
