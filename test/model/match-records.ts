import type { Credentials } from '../../src/model/credentials.ts';
import {
  traceExec,
  type Descriptor,
  type ExecInput,
  type Started,
} from '../../src/model/exec-trace.ts';
import { readFileSync } from 'node:fs';
import { World, type FileRecord, type Operation, type Probes } from './world.ts';

export interface MatchRecord {
  id: string;
  group: string;
  note?: string;
  fs: FileRecord[];
  ops: Operation[];
  after: { readdir: string[]; status: string };
  exec: {
    path: string;
    argv: string[];
    cwd?: string;
    uid?: number;
    gid?: number;
    nnp?: boolean;
    chroot?: string;
    userns?: 'nested' | 'own';
    via?: 'execve' | 'at-empty' | 'at-dir';
    dir?: string;
    cloexec?: boolean;
  };
  result: { errno: string; run?: RunRecord };
}

interface RunRecord {
  id: string;
  argv: string[];
  execfn: string;
  execfd: { path: string | null } | null;
  at_flags: number;
  uid: number;
  euid: number;
  gid: number;
  egid: number;
  secure: number;
  exe: string | null;
  comm: string;
  dumpable: number;
}

interface FixtureFile {
  probes: Record<'x86_64' | 'i386', { head_b64: string; size: number }>;
}

function readProbes(): Probes {
  const text = readFileSync(new URL('../fixtures/oracle/probes.json', import.meta.url), 'utf8');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own recorded file
  const { probes } = JSON.parse(text) as FixtureFile;
  const { x86_64, i386 } = probes;
  return {
    x86_64: { head: x86_64.head_b64, size: x86_64.size },
    i386: { head: i386.head_b64, size: i386.size },
  };
}

const probes = readProbes();

export function makeWorld(files: readonly FileRecord[]): World {
  return new World(probes, files);
}

function descriptorOf({ via, dir, cloexec }: MatchRecord['exec']): { descriptor?: Descriptor } {
  if (via === undefined || via === 'execve') return {};
  const descriptor = { number: 5, closeOnExec: cloexec === true };
  return { descriptor: via === 'at-dir' ? { ...descriptor, directory: dir ?? '/' } : descriptor };
}

function inputOf({ exec }: MatchRecord, world: World): ExecInput {
  const { uid = 0, gid = 0, userns, chroot = '' } = exec;
  const mapped = userns === undefined ? {} : { mapped: [0] };
  const credentials: Credentials = { uid, gid, ...mapped };
  const ownTable = userns === 'own';
  return {
    path: exec.path,
    argv: exec.argv,
    view: world.view,
    rules: ownTable ? [] : world.table.rules,
    enabled: ownTable || world.table.enabled,
    native: ['amd64', '386'],
    root: chroot === '' ? '/' : chroot,
    cwd: `${chroot}${exec.cwd ?? '/w'}`,
    credentials,
    noNewPrivs: exec.nnp === true,
    held: world.held,
    ...descriptorOf(exec),
  };
}

/** What the traced program would have seen, in the record's words. */
function runOf(started: Started, world: World): Record<string, unknown> {
  const { uid, euid, gid, egid, argv, execfn, comm } = started;
  return {
    id: world.idOf(started.program),
    argv,
    execfn,
    at_flags: started.atFlags,
    uid,
    euid,
    gid,
    egid,
    secure: Number(started.secure),
    comm,
    dumpable: Number(started.dumpable),
    execfd: started.execfd !== undefined,
  };
}

function recordedRun(run: RunRecord): Record<string, unknown> {
  const { exe: _exe, execfd, ...rest } = run;
  return { ...rest, execfd: execfd !== null };
}

/** A path that /proc shows, where it can be compared: in a chroot and for held files it cannot. */
function samePath(shown: string | null | undefined, traced: string | undefined): boolean {
  if (shown === null || shown === undefined || traced === undefined) return true;
  return traced.startsWith('held:') || shown === traced;
}

export interface Comparison {
  expected: unknown;
  actual: unknown;
  samePaths: boolean;
}

/** Does what a record did in a world of our own, and lays both results side by side. */
export function compareMatch(record: MatchRecord): Comparison {
  const world = makeWorld(record.fs);
  const errnos = record.ops.map((operation) => world.apply(operation));
  const { table } = world;
  const after = {
    readdir: [...table.rules.map(({ name }) => name), 'register', 'status'],
    status: table.enabled ? 'enabled\n' : 'disabled\n',
  };
  const { end } = traceExec(inputOf(record, world));
  const { errno, run } = record.result;
  const expected = { errnos: record.ops.map((operation) => operation.errno), after: record.after };
  const result = end.ok === true ? runOf(end, world) : end.ok === false ? end.errno : end;
  return {
    expected: { ...expected, result: run === undefined ? errno : recordedRun(run) },
    actual: { errnos, after, result },
    samePaths:
      end.ok !== true ||
      (samePath(run?.exe, end.program) && samePath(run?.execfd?.path, end.execfd?.path)),
  };
}
