import { findArchitecture, headFor, magicAndMask } from '../../src/model/architecture.ts';
import type { Architecture } from '../../src/model/architecture.ts';
import { base64OfBytes, hexOfBytes } from '../../src/model/bytes.ts';
import type {
  BinfmtFacts,
  EngineFacts,
  FileFacts,
  KernelFacts,
  Known,
  RuleFile,
  RunFacts,
} from '../../src/model/facts.ts';
import type { Finding } from '../../src/model/finding.ts';
import { formatPlatform, parsePlatform, programOf } from '../../src/model/platform.ts';
import type {
  BuilderFacts,
  Check,
  ClientFacts,
  PreflightInput,
} from '../../src/model/preflight.ts';

/** What a test says of an engine; all else is a good local engine on amd64. */
export interface Setting {
  platforms?: string[];
  named?: boolean;
  engine?: Partial<EngineFacts>;
  client?: Known<ClientFacts>;
  builder?: Known<BuilderFacts>;
  /** `unknown`: the probe did not run. */
  kernel?: Partial<Omit<KernelFacts, 'binfmt'>> | 'unknown';
  binfmt?: Partial<BinfmtFacts>;
  rules?: RuleFile[];
  /** By platform; those that are not given did not run, for ENOEXEC. */
  runs?: Record<string, Partial<RunFacts>>;
  interpreters?: FileFacts[];
}

export const engine: EngineFacts = {
  endpoint: { url: 'unix:///var/run/docker.sock', source: 'default' },
  name: 'box',
  version: '28.5.2',
  apiVersion: '1.51',
  os: 'linux',
  architecture: 'amd64',
  operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
  kernelVersion: '6.1.0',
  cpus: 4,
  store: 'containerd',
  storageDriver: 'overlayfs',
  rootless: false,
  usernsRemap: false,
  desktop: false,
  experimental: false,
  buildkitByDefault: true,
  remote: false,
};

const client: ClientFacts = { command: 'docker', version: '28.5.2', buildx: '0.29.1' };
const builder: BuilderFacts = { name: 'default', driver: 'docker', source: 'default' };

/** A rule of qemu's for an architecture, as the kernel writes its file. */
export function rule(
  architecture: string,
  changes: {
    name?: string;
    state?: string;
    interpreter?: string;
    flags?: string;
    magic?: string;
    mask?: string;
  } = {},
): RuleFile {
  const row = findArchitecture(architecture);
  if (row === undefined) throw new Error(`no such architecture: ${architecture}`);
  const { magic, mask } = magicAndMask(row);
  const { state = 'enabled', flags = 'POCF' } = changes;
  const lines = [
    state,
    `interpreter ${changes.interpreter ?? `/usr/bin/qemu-${row.qemu}`}`,
    `flags: ${flags}`,
    'offset 0',
    `magic ${changes.magic ?? hexOfBytes(magic)}`,
    `mask ${changes.mask ?? hexOfBytes(mask)}`,
  ];
  return { name: changes.name ?? `qemu-${row.qemu}`, text: `${lines.join('\n')}\n` };
}

/** The head of a program that loads: one PT_LOAD, and a PT_INTERP past the head if it is dynamic. */
function programHead(row: Architecture, dynamic: boolean): Uint8Array {
  const head = headFor(row);
  const view = new DataView(head.buffer);
  const little = row.endian === 'little';
  const [at, size, field, count] = row.class === 64 ? [64, 56, 32, 56] : [52, 32, 28, 44];
  view.setUint32(row.class === 64 && !little ? field + 4 : field, at, little);
  view.setUint16(count, dynamic ? 2 : 1, little);
  view.setUint32(at, 1, little);
  if (!dynamic) return head;
  view.setUint32(at + size, 3, little);
  const [offset, filesz] = row.class === 64 ? [8, 32] : [4, 16];
  const low = row.class === 64 && !little ? 4 : 0;
  view.setUint32(at + size + offset + low, 8192, little);
  view.setUint32(at + size + filesz + low, 30, little);
  return head;
}

/** A program for an architecture, as a file of the engine's machine; static unless told otherwise. */
export function program(
  path: string,
  architecture = 'amd64',
  changes: Partial<FileFacts> = {},
): FileFacts {
  const row = findArchitecture(architecture);
  if (row === undefined) throw new Error(`no such architecture: ${architecture}`);
  const head = base64OfBytes(programHead(row, changes.interpreter !== undefined));
  return { path, errno: 'ok', kind: 'file', mode: 0o755, uid: 0, gid: 0, head, ...changes };
}

/** A program of the probe that an emulator executed. */
export function emulated(
  path: string,
  version = 'qemu-aarch64 version 8.2.2',
  machine = 'aarch64',
): Partial<RunFacts> {
  return { outcome: 'ran', machine, emulator: { path, version } };
}

function runOf(text: string, changes: Partial<RunFacts>): RunFacts[] {
  const platform = parsePlatform(text);
  const name = programOf(platform);
  const row = findArchitecture(platform.architecture);
  if (name === undefined || row === undefined) return [];
  const errno = changes.outcome === undefined ? { errno: 'ENOEXEC' } : {};
  const head = base64OfBytes(headFor(row));
  return [{ program: name, head, outcome: 'errno', ...errno, ...changes }];
}

function runsOf({ platforms = [], runs = {}, engine: changes }: Setting): RunFacts[] {
  const native = `linux/${changes?.architecture ?? 'amd64'}`;
  const own = { outcome: 'ran', machine: 'x86_64', level: 3 } as const;
  const texts = new Set([native, ...platforms, ...Object.keys(runs)]);
  const found = [...texts].flatMap((text) =>
    runOf(text, runs[text] ?? (formatPlatform(parsePlatform(text)).startsWith(native) ? own : {})),
  );
  return [...new Map(found.map((run) => [run.program, run])).values()];
}

/** The input of a check. */
export function facts(setting: Setting = {}): PreflightInput {
  const { platforms = [], named = true, rules = [], interpreters = [] } = setting;
  const binfmt: BinfmtFacts = {
    knownToKernel: true,
    mount: 'binfmt_misc',
    status: 'enabled',
    rules,
    ...setting.binfmt,
  };
  const kernel: Known<KernelFacts> =
    setting.kernel === 'unknown'
      ? { unknown: 'the engine refused to start the probe' }
      : {
          release: '6.1.0',
          version: '#1 SMP',
          machine: 'x86_64',
          pageSize: 4096,
          binfmt,
          runs: runsOf(setting),
          interpreters,
          ...setting.kernel,
        };
  return {
    facts: {
      engine: { ...engine, ...setting.engine },
      client: setting.client ?? client,
      builder: setting.builder ?? builder,
      kernel,
    },
    platforms: platforms.map(parsePlatform),
    named,
  };
}

/** What a check says: `fail linux/arm64: …`, one line a finding. */
export function said(check: Check, setting: Setting): string[] {
  return check.run(facts(setting)).map(sentence);
}

function sentence({ status, platform, message }: Finding): string {
  return `${status}${platform === undefined ? '' : ` ${platform}`}: ${message}`;
}

/** The only finding of a check. */
export function only(check: Check, setting: Setting): Finding {
  const findings = check.run(facts(setting));
  const [first] = findings;
  if (first === undefined || findings.length > 1) throw new Error(`${findings.length} findings`);
  return first;
}
