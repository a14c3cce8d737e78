import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { findArchitecture, headFor } from '../../src/model/architecture.ts';
import type { DiagnosisFacts } from '../../src/model/diagnosis.ts';
import type { ContainerFacts, MountFacts, StartConfig } from '../../src/model/container.ts';
import type { BinfmtFacts, FileFacts, KernelFacts } from '../../src/model/facts.ts';
import { rule } from '../checks/facts.ts';
import { absent, directory, file, imageFacts, link, startConfig } from '../diagnose/made-facts.ts';
import { traced } from './recorded.ts';

/** What a sentence says; all else is a container of an amd64 image on an amd64 machine. */
interface Told {
  start?: string[];
  files?: FileFacts[];
  log?: string;
  exitCode?: number;
  stage?: DiagnosisFacts['surface']['stage'];
  config?: Partial<StartConfig>;
  binfmt?: Partial<BinfmtFacts>;
  kernel?: Partial<KernelFacts>;
  host?: Partial<ContainerFacts['host']>;
  mounts?: Partial<MountFacts>[];
  more?: Partial<DiagnosisFacts>;
}

function elf(architecture: string, type: 'exec' | 'dyn' = 'exec'): Uint8Array {
  const row = findArchitecture(architecture);
  if (row === undefined) throw new Error(architecture);
  return headFor(row, { type });
}

/** An amd64 or other 64-bit little-endian program that asks for a loader. */
function dynamic(loader: string, architecture = 'amd64'): Uint8Array {
  const bytes = new Uint8Array(320);
  bytes.set(elf(architecture));
  const view = new DataView(bytes.buffer);
  view.setUint16(56, 2, true);
  view.setUint32(120, 3, true);
  view.setBigUint64(128, 200n, true);
  view.setBigUint64(152, BigInt(loader.length + 1), true);
  bytes.set(Buffer.from(loader), 200);
  return bytes;
}

function ownRules(rules: BinfmtFacts['rules']): BinfmtFacts {
  return { knownToKernel: true, mount: 'binfmt_misc', status: 'enabled', rules };
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

const defaults: ContainerFacts['host'] = {
  init: false,
  runtime: 'runc',
  privileged: false,
  readOnlyRoot: false,
  capAdd: [],
  capDrop: [],
  noNewPrivileges: false,
  seccomp: { profile: 'default' },
  usernsMode: '',
  restartPolicy: 'no',
};

function made(told: Told): DiagnosisFacts {
  const { start = ['/app/run'], files = [], log = '', exitCode = 255, stage = 'exec' } = told;
  const config = { ...startConfig, entrypoint: start, ...told.config };
  const base = imageFacts(config, files);
  const container: ContainerFacts = {
    id: 'c',
    name: 'web',
    state: {
      status: 'exited',
      exitCode,
      error: '',
      running: false,
      restarting: false,
      restartCount: 0,
      oomKilled: false,
    },
    config,
    argv: start,
    host: { ...defaults, ...told.host },
    mounts: (told.mounts ?? []).map((mount) => ({
      type: 'bind',
      source: '/src',
      destination: '/app',
      readOnly: false,
      options: [],
      ...mount,
    })),
  };
  const lines = log
    .split('\n')
    .filter(Boolean)
    .map((text) => ({ from: 'log' as const, text }));
  const facts: DiagnosisFacts = {
    ...base,
    image: { reference: 'app:1', history: ['COPY . /app'], config },
    target: { kind: 'container', name: 'web' },
    surface: { stage, exitCode, lines, cut: false },
    container,
    engine: {
      version: '28.5.2',
      architecture: 'amd64',
      operatingSystem: 'Debian GNU/Linux 12 (bookworm)',
      kernelVersion: '6.1.0',
      store: 'containerd',
      defaultRuntime: 'runc',
      runtimes: ['runc'],
      rootless: false,
      usernsRemap: false,
      desktop: false,
      remote: false,
    },
    ...told.more,
  };
  if ('unknown' in facts.kernel) return facts;
  const kernel = {
    ...facts.kernel,
    ...told.kernel,
    binfmt: { ...facts.kernel.binfmt, ...told.binfmt },
  };
  return traced({ ...facts, kernel });
}

/** A log, and nothing else. */
function logged(log: string): DiagnosisFacts {
  const { image: _image, ...base } = imageFacts({}, []);
  const lines = log.split('\n').map((text) => ({ from: 'log' as const, text }));
  return {
    ...base,
    target: { kind: 'log', name: '-' },
    surface: { stage: 'unknown', exitCode: null, lines, cut: false },
    native: [],
    files: [],
    kernel: { unknown: 'a log' },
  };
}

const arm64: Partial<DiagnosisFacts> = { platform: 'linux/arm64' };
const run = (bytes: string | Uint8Array, mode?: number) => file('/app/run', bytes, mode);
const enoexec = 'exec /app/run: exec format error';
const enoent = 'exec /app/run: no such file or directory';
const emulator = '/usr/bin/qemu-aarch64';
/** The engine's machine has a static emulator. */
const held: Partial<KernelFacts> = { interpreters: [file(emulator, elf('amd64'))] };
const sh = [file('/bin/sh', elf('amd64'))];
const shim = '/app/containerd-shim-runc-v2';

type Sentence = [id: string, sentence: string, facts: DiagnosisFacts, confidence?: string];

const sentences: Sentence[] = [
  [
    'command-not-found',
    'an image that starts, and whose healthcheck asks for what it does not have',
    traced(
      imageFacts({ cmd: ['/bin/sh'], healthcheck: ['CMD', 'curl', '-f', 'http://localhost'] }, [
        ...sh,
        absent('/bin/curl'),
        absent('/usr'),
      ]),
    ),
    'likely',
  ],
  // Scripts that are executed by the kernel, and read by their interpreter.
  [
    'script-not-readable',
    'a script of mode 711, for another user than its own',
    made({
      files: [run('#!/bin/sh\necho\n', 0o711), ...sh],
      config: { user: '1000' },
      log: "/bin/sh: can't open '/app/run': Permission denied",
      stage: 'program',
      exitCode: 2,
    }),
    'certain',
  ],
  [
    'script-not-readable',
    'sh is given a script of mode 600',
    made({
      start: ['/bin/sh', '/app/run'],
      files: [run('echo\n', 0o600), ...sh],
      config: { user: '1000' },
      log: '/bin/sh: 0: cannot open /app/run: Permission denied',
      stage: 'program',
      exitCode: 2,
    }),
    'certain',
  ],
  // Scripts that a shell is given: it reads them, and need not execute them.
  [
    'command-not-found',
    'sh is given a script that is not there',
    made({
      start: ['sh', '-eo', 'pipefail', '/app/start.sh'],
      files: [...sh, absent('/app/start.sh')],
      log: "sh: can't open '/app/start.sh': No such file or directory",
      stage: 'program',
      exitCode: 2,
    }),
    'certain',
  ],
  [
    'command-not-found',
    'an image whose bash is given a script that is not there',
    neverStarted(
      made({
        start: ['/bin/bash', 'start.sh'],
        config: { workingDir: '/srv' },
        files: [file('/bin/bash', elf('amd64')), directory('/srv'), absent('/srv/start.sh')],
      }),
    ),
    'likely',
  ],
  [
    'entrypoint-is-directory',
    'busybox reads a folder as an empty script, and ends well',
    made({
      start: ['sh', '/app'],
      files: [...sh, directory('/app')],
      log: '',
      stage: 'ended',
      exitCode: 0,
    }),
    'likely',
  ],
  [
    'mount-created-directory',
    'sh is given a folder that Docker made',
    made({
      start: ['sh', '/start.sh'],
      files: [...sh, directory('/start.sh')],
      mounts: [{ destination: '/start.sh', source: '/home/me/start.sh' }],
      log: '',
      stage: 'ended',
      exitCode: 0,
    }),
    'likely',
  ],
  [
    'shebang-crlf',
    'a script that sh reads has carriage returns behind its first line',
    made({
      start: ['sh', '/app/run'],
      files: [...sh, run('set -eu\r\nid\r\n', 0o644)],
      log: '/app/run: set: line 1: illegal option -',
      stage: 'program',
      exitCode: 2,
    }),
    'likely',
  ],
  [
    'script-without-shebang',
    'an image whose shell executes Python without a #! line',
    neverStarted(
      made({
        start: ['/bin/sh', '-c', 'exec /app/run.py'],
        files: [...sh, file('/app/run.py', 'import os\n')],
      }),
    ),
    'likely',
  ],
  [
    'wrong-architecture',
    'docker exec of a shell that starts a foreign program',
    made({
      files: [...sh, run(elf('arm64'))],
      stage: 'never',
      log: '',
      more: { target: { kind: 'container', name: 'web', exec: ['sh', '-c', '/app/run -v'] } },
    }),
    'likely',
  ],
  [
    'no-rule',
    'an arm64 image, and a runtime that refused before it came to it',
    made({
      files: [run(elf('arm64'))],
      log: 'OCI runtime create failed: unknown version specified',
      stage: 'runtime',
      exitCode: 128,
      more: arm64,
    }),
    'possible',
  ],
  [
    'no-rule',
    'a 386 image on a kernel that runs 64-bit programs only',
    made({
      files: [run(elf('386'))],
      log: enoexec,
      more: { platform: 'linux/386', native: ['amd64'] },
    }),
    'certain',
  ],
  [
    'command-not-found',
    'a folder is a link to a folder that is there, and the program is not in it',
    made({
      start: ['/app/now/run'],
      files: [link('/app/now', '../app'), absent('/app/run')],
      log: 'exec: "/app/now/run": stat /app/now/run: no such file or directory',
    }),
  ],
  // Rules.
  [
    'no-rule',
    'an arm64 image, and no rule',
    made({ files: [run(elf('arm64'))], log: enoexec, more: arm64 }),
  ],
  [
    'no-rule',
    'a riscv64 image from old runc, and rules for others',
    made({
      files: [run(elf('riscv64'))],
      log: 'standard_init_linux.go:228: exec user process caused: exec format error',
      binfmt: { rules: [rule('arm64')] },
      more: { platform: 'linux/riscv64' },
    }),
  ],
  [
    'no-rule',
    'a script whose shell is for s390x',
    made({
      files: [run('#!/bin/sh\n'), file('/bin/sh', elf('s390x'))],
      log: enoexec,
      more: { platform: 'linux/s390x' },
    }),
  ],
  [
    'rule-disabled',
    'the rule for it is disabled',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      binfmt: { rules: [rule('arm64', { state: 'disabled' })] },
      more: arm64,
    }),
  ],
  [
    'binfmt-disabled',
    'all rules are switched off',
    made({
      files: [run(elf('ppc64le'))],
      log: enoexec,
      binfmt: { status: 'disabled', rules: [rule('ppc64le')] },
      more: { platform: 'linux/ppc64le' },
    }),
  ],
  [
    'binfmt-not-mounted',
    'nothing is mounted',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      binfmt: { mount: 'autofs', status: null },
      more: arm64,
    }),
  ],
  [
    'rule-too-narrow',
    'the mask wants another EI_OSABI',
    made({
      files: [run(changed(elf('arm64'), 7, 3))],
      log: enoexec,
      binfmt: { rules: [rule('arm64', { mask: 'fffffffffffffffffffffffffffffffffeffffff' })] },
      more: arm64,
    }),
  ],
  [
    'rules-in-another-namespace',
    'a rootless engine without rules',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      more: {
        ...arm64,
        engine: {
          version: '',
          architecture: 'amd64',
          operatingSystem: '',
          kernelVersion: '',
          store: 'containerd',
          defaultRuntime: '',
          runtimes: [],
          rootless: true,
          usernsRemap: false,
          desktop: false,
          remote: false,
        },
      },
    }),
    'other',
  ],
  [
    'rules-in-another-namespace',
    'a rule of the machine itself that the engine does not have',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      more: {
        ...arm64,
        client: { architecture: 'amd64', programs: [], binfmt: ownRules([rule('arm64')]) },
        engine: {
          version: '',
          architecture: 'amd64',
          operatingSystem: '',
          kernelVersion: '',
          store: 'containerd',
          defaultRuntime: '',
          runtimes: [],
          rootless: true,
          usernsRemap: false,
          desktop: false,
          remote: false,
        },
      },
    }),
  ],
  [
    'emulator-not-inherited',
    'qemu by hand, and its children',
    made({
      start: ['/qemu-aarch64-static', '/bin/busybox', 'sh', '-c', '/bin/env'],
      files: [file('/qemu-aarch64-static', elf('amd64')), file('/bin/busybox', elf('arm64'))],
      stage: 'program',
      exitCode: 126,
      log: 'sh: /bin/env: Exec format error',
      more: arm64,
    }),
  ],
  // Their interpreters.
  [
    'rule-without-fix-binary',
    'no flag F',
    made({
      files: [run(elf('arm64'))],
      log: enoent,
      binfmt: { rules: [rule('arm64', { flags: 'OC' })] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'rule-interpreter-missing',
    'no flag F, and qemu is uninstalled',
    made({
      files: [run(elf('arm64'))],
      log: enoent,
      binfmt: { rules: [rule('arm64', { flags: '' })] },
      kernel: { interpreters: [absent(emulator)] },
      more: arm64,
    }),
  ],
  [
    'rule-interpreter-not-executable',
    'qemu in the image without x',
    made({
      files: [
        run(elf('arm64')),
        directory('/usr'),
        directory('/usr/bin'),
        file(emulator, elf('amd64'), 0o644),
      ],
      log: 'exec /app/run: permission denied',
      binfmt: { rules: [rule('arm64', { flags: '' })] },
      more: arm64,
    }),
  ],
  [
    'rule-interpreter-dynamic',
    'qemu with F is dynamic',
    made({
      files: [run(elf('arm64'))],
      log: enoent,
      binfmt: { rules: [rule('arm64')] },
      kernel: { interpreters: [file(emulator, dynamic('/lib64/ld-linux-x86-64.so.2'))] },
      more: arm64,
    }),
  ],
  [
    'rule-interpreter-foreign',
    'qemu is an arm64 program, without O',
    made({
      files: [run(elf('arm64'))],
      log: 'exec /app/run: too many levels of symbolic links',
      binfmt: { rules: [rule('arm64', { flags: 'F' })] },
      kernel: { interpreters: [file(emulator, elf('arm64'))] },
      more: arm64,
    }),
  ],
  [
    'rule-interpreter-foreign',
    'qemu is a riscv64 program',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      binfmt: { rules: [rule('arm64')] },
      kernel: { interpreters: [file(emulator, elf('riscv64'))] },
      more: arm64,
    }),
  ],
  [
    'rule-interpreter-is-script',
    'a wrapper script',
    made({
      files: [run(elf('arm64')), file('/bin/sh', elf('arm64'))],
      log: enoexec,
      binfmt: { rules: [rule('arm64')] },
      kernel: { interpreters: [file(emulator, '#!/bin/sh\n')] },
      more: arm64,
    }),
  ],
  [
    'rule-shadowed',
    'a newer rule without F before a good one',
    made({
      files: [run(elf('arm64'))],
      log: enoent,
      binfmt: {
        rules: [
          rule('arm64', { name: 'mine', flags: '', interpreter: '/opt/qemu' }),
          rule('arm64'),
        ],
      },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'rule-wrong-emulator',
    'qemu-arm for arm64',
    made({
      files: [run(elf('arm64'))],
      stage: 'program',
      log: 'qemu-arm: /app/run: Invalid ELF image for this architecture',
      binfmt: { rules: [rule('arm64', { interpreter: '/usr/bin/qemu-arm' })] },
      kernel: { interpreters: [file('/usr/bin/qemu-arm', elf('amd64'))] },
      more: arm64,
    }),
  ],
  [
    'rule-too-wide',
    'a mask without e_machine takes native programs',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      log: 'qemu-aarch64: /app/run: Invalid ELF image for this architecture',
      binfmt: { rules: [rule('arm64', { mask: 'ffffffffffffff00fffffffffffffffffeff0000' })] },
      kernel: { interpreters: [file(emulator, changed(elf('amd64'), 4, 1))] },
    }),
  ],
  // At run time.
  [
    'emulated-crash',
    'it hangs after SIGSEGV',
    made({
      files: [run(elf('arm64'))],
      stage: 'running',
      log: 'qemu: uncaught target signal 11 (Segmentation fault) - core dumped',
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'emulated-crash',
    'with --init it ends with 139',
    made({
      files: [run(elf('arm64'))],
      stage: 'program',
      exitCode: 139,
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'emulated-illegal-instruction',
    'SIGILL',
    made({
      files: [run(elf('arm64'))],
      stage: 'running',
      log: 'qemu: uncaught target signal 4 (Illegal instruction) - core dumped',
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'cpu-level-too-low',
    'glibc says so',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 127,
      log: 'Fatal glibc error: CPU does not support x86-64-v2',
    }),
  ],
  [
    'kernel-too-old',
    'QEMU_UNAME fakes an old one',
    made({
      files: [run(elf('arm64'))],
      stage: 'running',
      log: 'FATAL: kernel too old\nqemu: uncaught target signal 6 (Aborted) - core dumped',
      config: { runtimeEnv: { QEMU_UNAME: '2.6.32' } },
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'ptrace-under-emulation',
    'strace',
    made({
      files: [run(elf('arm64'))],
      stage: 'program',
      exitCode: 1,
      log: 'strace: test_ptrace_get_syscall_info: PTRACE_TRACEME: Function not implemented',
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  // Architectures.
  [
    'wrong-architecture',
    'an arm64 program in an amd64 image',
    made({ files: [run(elf('arm64'))], log: enoexec }),
  ],
  [
    'wrong-architecture',
    'an arm program in an arm64 image',
    made({ files: [run(elf('arm'))], log: enoexec, more: arm64 }),
  ],
  [
    'image-mislabelled',
    'index and image differ',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      more: {
        image: {
          reference: 'app:1',
          indexPlatform: 'linux/amd64',
          configPlatform: 'linux/arm64',
          history: ['COPY'],
        },
      },
    }),
  ],
  [
    'image-mislabelled',
    'docker import',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      more: { image: { reference: 'app:1', configPlatform: 'linux/amd64', history: [''] } },
    }),
  ],
  [
    'platform-pinned',
    'a build says so, and its program does not run',
    logged(
      '#1 WARN: FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/arm64" (line 1)\n.buildkit_qemu_emulator: exec',
    ),
  ],
  [
    'rule-too-wide',
    "the engine's kernel refuses a shim that this machine runs",
    {
      ...logged(`failed to start shim: fork/exec ${shim}: exec format error`),
      client: {
        architecture: 'amd64',
        programs: made({ start: [shim], files: [file(shim, elf('amd64'))] }).traces.map(
          (trace) => ({ role: 'runtime' as const, trace }),
        ),
      },
    },
  ],
  [
    'default-platform-set',
    'the variable asks for arm64',
    made({
      files: [run(elf('arm64'))],
      log: enoexec,
      more: {
        ...arm64,
        client: { architecture: 'amd64', defaultPlatform: 'linux/arm64', programs: [] },
      },
    }),
  ],
  [
    'platform-not-in-image',
    'no manifest',
    logged('no matching manifest for linux/amd64 in the manifest list entries'),
  ],
  [
    'variant-mismatch',
    'v6 is there, v7 is wanted',
    made({
      stage: 'pull',
      more: {
        image: {
          reference: 'app:1',
          configPlatform: 'linux/arm/v6',
          askedPlatform: 'linux/arm/v7',
          refusal:
            'image with reference app:1 was found but does not provide the specified platform (linux/arm/v7)',
          history: [],
        },
      },
    }),
  ],
  [
    'attestation-not-image',
    'a digest of unknown/unknown',
    made({
      stage: 'create',
      log: 'no command specified',
      more: {
        platform: 'unknown/unknown',
        image: { reference: 'app@sha256:1', configPlatform: 'unknown/unknown', history: [] },
      },
    }),
  ],
  ['x32-program', 'ELFCLASS32 with x86-64', made({ files: [run(elf('x32'))], log: enoexec })],
  [
    'host-program-foreign',
    'a CLI plugin',
    logged(
      'failed to fetch metadata: fork/exec /root/.docker/cli-plugins/docker-buildx: exec format error',
    ),
  ],
  // Scripts.
  ['script-without-shebang', 'text', made({ files: [run('echo hi\n')], log: enoexec })],
  [
    'shebang-crlf',
    'Windows line ends',
    made({ files: [run('#!/bin/sh\r\necho\r\n'), ...sh], log: enoent }),
  ],
  [
    'shebang-crlf',
    'env with Windows line ends',
    made({
      files: [run('#!/bin/env sh\r\n'), file('/bin/env', elf('amd64')), ...sh],
      stage: 'program',
      exitCode: 127,
      log: "env: can't execute 'sh\r': No such file or directory",
    }),
  ],
  [
    'shebang-not-first',
    'a byte order mark',
    made({ files: [run('\u00ef\u00bb\u00bf#!/bin/sh\n'), ...sh], log: enoexec }),
  ],
  [
    'shebang-not-first',
    'an empty line',
    made({ files: [run('\n#!/bin/sh\necho\n'), ...sh], log: enoexec }),
  ],
  [
    'shebang-interpreter-missing',
    'no bash',
    made({ files: [run('#!/bin/bash\n'), ...sh], log: enoent }),
  ],
  [
    'shebang-interpreter-not-executable',
    'bash without x',
    made({
      files: [run('#!/bin/bash\n'), file('/bin/bash', elf('amd64'), 0o644)],
      log: 'exec /app/run: permission denied',
    }),
  ],
  [
    'shebang-relative',
    'a relative path',
    made({ files: [run('#!bin/sh\n'), ...sh], log: enoent, config: { workingDir: '/app' } }),
  ],
  [
    'shebang-too-long',
    'no end in 256 bytes',
    made({ files: [run(`#!/${'x'.repeat(300)}\n`)], log: enoexec }),
  ],
  ['shebang-empty', 'nothing behind #!', made({ files: [run('#!\necho\n')], log: enoexec })],
  [
    'shebang-loop',
    'itself',
    made({ files: [run('#!/app/run\n')], log: 'exec /app/run: too many levels of symbolic links' }),
  ],
  // No program.
  ['empty-file', 'no bytes', made({ files: [run('')], log: enoexec })],
  ['failed-download', 'HTML', made({ files: [run('<!DOCTYPE html>\n')], log: enoexec })],
  ['failed-download', 'JSON', made({ files: [run('{"message": "Not Found"}')], log: enoexec })],
  ['compressed-file', 'gzip', made({ files: [run('\u001f\u008b\u0008\0\0')], log: enoexec })],
  ['archive-file', 'zip', made({ files: [run('PK\u0003\u0004\0\0')], log: enoexec })],
  [
    'git-lfs-pointer',
    'LFS',
    made({ files: [run('version https://git-lfs.github.com/spec/v1\n')], log: enoexec }),
  ],
  [
    'java-program',
    'a jar',
    made({
      start: ['/app/app.jar'],
      files: [file('/app/app.jar', 'PK\u0003\u0004\0\0META-INF/')],
      log: 'exec /app/app.jar: exec format error',
    }),
  ],
  [
    'macos-program',
    'Mach-O',
    made({ files: [run('\u00cf\u00fa\u00ed\u00fe\u0007\0\0\u0001')], log: enoexec }),
  ],
  ['windows-program', 'PE', made({ files: [run('MZ\u0090\0')], log: enoexec })],
  ['wasm-module', 'WebAssembly', made({ files: [run('\0asm\u0001\0\0\0')], log: enoexec })],
  ['static-library', 'ar', made({ files: [run('!<arch>\nhello.o/')], log: enoexec })],
  ['object-file', 'ET_REL', made({ files: [run(changed(elf('amd64'), 16, 1))], log: enoexec })],
  ['core-dump', 'ET_CORE', made({ files: [run(changed(elf('amd64'), 16, 4))], log: enoexec })],
  [
    'shared-library-as-program',
    'ET_DYN without a start',
    made({ files: [run(elf('amd64', 'dyn'))], stage: 'program', exitCode: 139 }),
  ],
  [
    'elf-truncated',
    'half a header',
    made({ files: [run(elf('amd64').slice(0, 40))], log: enoexec }),
  ],
  [
    'elf-truncated',
    'half a program',
    made({ files: [{ ...run(elf('amd64')), size: 100 }], stage: 'program', exitCode: 135 }),
  ],
  [
    'not-a-program',
    'random bytes',
    made({ files: [run('\u0001\u0002\u0003\u0000\u0099')], log: enoexec }),
  ],
  // Loaders.
  [
    'loader-missing',
    'a scratch image',
    made({ files: [run(dynamic('/lib64/ld-linux-x86-64.so.2'))], log: enoent }),
  ],
  [
    'loader-missing',
    'the guest of an emulator',
    made({
      files: [run(dynamic('/lib/ld-linux-aarch64.so.1', 'arm64'))],
      stage: 'program',
      log: "aarch64-binfmt-P: Could not open '/lib/ld-linux-aarch64.so.1': No such file or directory",
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'libc-mismatch',
    'glibc in Alpine',
    made({
      files: [
        run(dynamic('/lib64/ld-linux-x86-64.so.2')),
        directory('/lib'),
        file('/lib/ld-musl-x86_64.so.1', elf('amd64')),
      ],
      log: enoent,
    }),
  ],
  [
    'loader-wrong-architecture',
    'the loader of another stage',
    made({
      files: [
        run(dynamic('/lib/ld.so')),
        directory('/lib'),
        file('/lib/ld.so', elf('arm64', 'dyn')),
      ],
      log: 'exec /app/run: accessing a corrupted shared library',
    }),
  ],
  [
    'loader-not-executable',
    'a loader without x',
    made({
      files: [
        run(dynamic('/lib/ld.so')),
        directory('/lib'),
        file('/lib/ld.so', elf('amd64', 'dyn'), 0o644),
      ],
      log: 'exec /app/run: permission denied',
    }),
  ],
  [
    'loader-damaged',
    'a loader that is text',
    made({
      files: [run(dynamic('/lib/ld.so')), directory('/lib'), file('/lib/ld.so', 'no loader')],
      log: 'exec /app/run: input/output error',
    }),
  ],
  [
    'library-missing',
    'no libpq',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 127,
      log: '/app/run: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory',
    }),
  ],
  [
    'library-missing',
    'no libpq, by musl',
    logged(
      'Error loading shared library libpq.so.5: No such file or directory (needed by /app/run)',
    ),
  ],
  [
    'library-wrong-architecture',
    'a 32-bit one',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 127,
      log: '/app/run: error while loading shared libraries: libf.so: wrong ELF class: ELFCLASS32',
    }),
  ],
  [
    'library-wrong-architecture',
    'an arm64 one, by its bytes',
    made({
      files: [run(elf('amd64')), directory('/lib'), file('/lib/libf.so', elf('arm64', 'dyn'))],
      stage: 'program',
      exitCode: 127,
      log: '/app/run: error while loading shared libraries: libf.so: cannot open shared object file: No such file or directory',
    }),
  ],
  [
    'library-damaged',
    'an empty one',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 127,
      log: '/app/run: error while loading shared libraries: libf.so: file too short',
    }),
  ],
  [
    'glibc-too-old',
    'GLIBC_2.38',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 1,
      log: "/app/run: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app/run)",
    }),
  ],
  // Paths.
  [
    'command-not-found',
    'no such path',
    made({
      stage: 'runtime',
      exitCode: 127,
      log: 'exec: "/app/run": stat /app/run: no such file or directory',
    }),
  ],
  [
    'command-not-found',
    'in no folder of PATH',
    made({
      start: ['nginx'],
      stage: 'runtime',
      exitCode: 127,
      log: 'exec: "nginx": executable file not found in $PATH',
    }),
  ],
  [
    'command-in-one-string',
    'npm start',
    made({
      start: ['npm start'],
      stage: 'runtime',
      exitCode: 127,
      log: 'exec: "npm start": executable file not found in $PATH',
    }),
  ],
  [
    'single-quoted-exec-form',
    'single quotes',
    made({
      start: ['/bin/sh', '-c', "['npm', 'start']"],
      files: sh,
      stage: 'program',
      exitCode: 127,
      log: '/bin/sh: [npm,: not found',
    }),
  ],
  [
    'dangling-symlink',
    'a link to nothing',
    made({
      files: [link('/app/run', '/opt/run')],
      stage: 'runtime',
      exitCode: 127,
      log: 'exec: "/app/run": stat /app/run: no such file or directory',
    }),
  ],
  [
    'symlink-loop',
    'a link to itself',
    made({
      files: [link('/app/run', '/app/run')],
      stage: 'runtime',
      exitCode: 125,
      log: 'exec: "/app/run": stat /app/run: too many levels of symbolic links',
    }),
  ],
  [
    'not-executable',
    'mode 644',
    made({
      files: [run(elf('amd64'), 0o644)],
      stage: 'runtime',
      exitCode: 126,
      log: 'exec: "/app/run": permission denied',
    }),
  ],
  [
    'not-executable',
    'a healthcheck without x',
    made({
      files: [run(elf('amd64')), file('/app/check', elf('amd64'), 0o644)],
      stage: 'running',
      config: { healthcheck: ['CMD', '/app/check'] },
      log: 'OCI runtime exec failed: exec failed: exec: "/app/check": permission denied: unknown',
    }),
  ],
  [
    'entrypoint-is-directory',
    '/app',
    made({
      start: ['/app'],
      stage: 'runtime',
      exitCode: 126,
      log: 'exec: "/app": is a directory: permission denied',
    }),
  ],
  [
    'directory-not-searchable',
    'a folder of root',
    made({
      start: ['/bin/sh', '-c', '/r/run'],
      files: [...sh, directory('/r', 0o700), file('/r/run', elf('amd64'))],
      config: { user: '1000' },
      stage: 'program',
      exitCode: 126,
      log: '/bin/sh: /r/run: Permission denied',
    }),
  ],
  [
    'noexec-mount',
    'a tmpfs',
    made({
      files: [run(elf('amd64'))],
      mounts: [{ type: 'tmpfs', options: ['noexec'] }],
      stage: 'runtime',
      exitCode: 126,
      log: 'exec: "/app/run": permission denied',
    }),
  ],
  [
    'noexec-mount',
    'a program that was put on a tmpfs',
    made({
      start: ['/bin/sh', '-c', 'cp /app/run /t/run; /t/run'],
      files: [...sh, directory('/t')],
      mounts: [{ type: 'tmpfs', source: '', destination: '/t', options: ['noexec'] }],
      stage: 'program',
      exitCode: 126,
      log: '/bin/sh: /t/run: Permission denied',
    }),
  ],
  [
    'mount-hides-program',
    'a bind mount',
    made({
      mounts: [{ entries: 0 }],
      stage: 'runtime',
      exitCode: 127,
      log: 'exec: "/app/run": stat /app/run: no such file or directory',
      more: { hiddenFiles: [run(elf('amd64'))] },
    }),
  ],
  [
    'mount-created-directory',
    '-v of nothing',
    made({
      start: ['/entry.sh'],
      files: [directory('/entry.sh')],
      mounts: [{ destination: '/entry.sh' }],
      stage: 'runtime',
      exitCode: 126,
      log: 'exec: "/entry.sh": is a directory: permission denied',
    }),
  ],
  [
    'text-file-busy',
    'it is being written',
    made({
      start: ['/bin/sh', '-c', '/app/run'],
      files: [...sh, run(elf('amd64'))],
      stage: 'program',
      exitCode: 126,
      log: '/bin/sh: /app/run: Text file busy',
    }),
  ],
  // Security.
  [
    'seccomp-denies-execve',
    'a profile of its own',
    made({
      files: [run(elf('amd64'))],
      log: 'exec /app/run: operation not permitted',
      host: { seccomp: { profile: 'custom', execve: 'SCMP_ACT_ERRNO' } },
    }),
  ],
  [
    'seccomp-architecture',
    'a 386 program',
    made({
      files: [run(elf('386'))],
      stage: 'program',
      exitCode: 159,
      host: { seccomp: { profile: 'custom', architectures: ['SCMP_ARCH_X86_64'] } },
    }),
  ],
  [
    'no-new-privileges',
    'su',
    made({
      start: ['/bin/su'],
      files: [file('/bin/su', elf('amd64'), 0o4755)],
      stage: 'program',
      exitCode: 1,
      log: 'su: must be suid to work properly',
      host: { noNewPrivileges: true },
    }),
  ],
  [
    'rule-without-credentials',
    'sudo under a rule without C',
    made({
      start: ['/bin/sudo'],
      files: [file('/bin/sudo', elf('arm64'), 0o4755)],
      stage: 'program',
      exitCode: 1,
      log: "sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set?",
      binfmt: { rules: [rule('arm64', { flags: 'F' })] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'shebang-not-first',
    'a byte order mark that a shell complains about, and goes on',
    made({
      start: ['/bin/sh', '-c', '/app/run'],
      files: [...sh, run('\u00ef\u00bb\u00bf#!/bin/sh\necho hi\n')],
      stage: 'ended',
      exitCode: 0,
      log: '/app/run: line 1: \uFEFF#!/bin/sh: not found\nhi',
    }),
  ],
  [
    'setuid-bit-lost',
    'su without its bit',
    made({
      start: ['/bin/su'],
      files: [file('/bin/su', elf('amd64'), 0o755)],
      stage: 'program',
      exitCode: 1,
      log: 'su: must be suid to work properly',
    }),
  ],
  [
    'setuid-bit-lost',
    'su without its bit, in an image that was not started',
    neverStarted(
      made({
        start: ['/bin/busybox', 'su', '-c', 'id'],
        config: { user: '1000' },
        files: [file('/bin/busybox', elf('amd64'), 0o755)],
      }),
    ),
  ],
];

describe('each cause, in a sentence', () => {
  it.each(sentences)('%s: %s', (id, _, facts, where) => {
    const { cause, others } = diagnose(facts, causes);
    const found = [cause, ...others].map((one) => one?.id);
    expect(where === 'other' ? found : found.slice(0, 1)).toContain(id);
  });

  it('none is without one', () => {
    const told = new Set(sentences.map(([id]) => id));
    expect(causes.map(({ id }) => id).filter((id) => !told.has(id))).toEqual([]);
  });

  it.each(sentences)('%s: %s, and says what to do', (_, __, facts) => {
    const { cause } = diagnose(facts, causes);
    expect(cause?.fix.text ?? '').toMatch(/\S/);
    expect(cause?.message ?? '').not.toMatch(/undefined|NaN|\.$/);
  });
});

/** Facts of an image that nobody started. */
function neverStarted(facts: DiagnosisFacts): DiagnosisFacts {
  const { container: _container, ...rest } = facts;
  const surface = { stage: 'never' as const, exitCode: null, lines: [], cut: false };
  return traced({ ...rest, target: { kind: 'image', name: 'app:1' }, surface });
}

const controls: [sentence: string, facts: DiagnosisFacts][] = [
  [
    'a program that ends with 1 of its own',
    made({ files: [run(elf('amd64'))], stage: 'program', exitCode: 1, log: 'Error: no database' }),
  ],
  [
    'a program that cannot find a file of its own',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 2,
      log: 'open /etc/app.conf: no such file or directory',
    }),
  ],
  [
    'a native program that crashes',
    made({ files: [run(elf('amd64'))], stage: 'program', exitCode: 139 }),
  ],
  [
    'a running container with the warning',
    made({
      files: [run(elf('arm64'))],
      stage: 'running',
      log: "WARNING: The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v4) and no specific platform was requested",
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'an emulated program that ends with 1',
    made({
      files: [run(elf('arm64'))],
      stage: 'program',
      exitCode: 1,
      log: 'usage: run',
      binfmt: { rules: [rule('arm64')] },
      kernel: held,
      more: arm64,
    }),
  ],
  [
    'a shell that tries a program that is not there, and goes on',
    made({
      start: ['/bin/sh', '-c', 'missing || true; /app/run'],
      files: [...sh, run(elf('amd64'))],
      stage: 'program',
      exitCode: 1,
      log: 'boom',
    }),
  ],
  [
    'a custom seccomp profile that allows execve',
    made({
      files: [run(elf('amd64'))],
      stage: 'program',
      exitCode: 1,
      host: { seccomp: { profile: 'custom', execve: 'SCMP_ACT_ALLOW' } },
    }),
  ],
  [
    'a log of a program of its own',
    logged(
      '2026-11-22 ERROR cannot connect: connection refused\nTraceback (most recent call last):',
    ),
  ],
  [
    'an image whose shell reads a script without #!',
    neverStarted(made({ start: ['/bin/sh', '-c', '/app/run'], files: [...sh, run('echo hi\n')] })),
  ],
  [
    'a shell that finds its script in PATH',
    made({
      start: ['/bin/bash', 'start'],
      files: [
        file('/bin/bash', elf('amd64')),
        absent('/start'),
        directory('/usr'),
        directory('/usr/bin'),
        file('/usr/bin/start', 'true\n', 0o644),
      ],
      stage: 'program',
      exitCode: 1,
      log: 'boom',
    }),
  ],
  [
    'a shell that makes the script that it starts',
    neverStarted(
      made({
        start: ['/bin/sh', '-c', 'wget -O /tmp/x.sh http://a/x && sh /tmp/x.sh'],
        files: [...sh, file('/bin/wget', elf('amd64')), absent('/tmp/x.sh')],
      }),
    ),
  ],
  [
    'an emulator that is started with options',
    neverStarted(
      made({
        start: ['/qemu-s390x-static', '-cpu', 'max', '-L', '/none', '/app/run'],
        files: [file('/qemu-s390x-static', elf('amd64')), run(elf('s390x'))],
        more: { platform: 'linux/s390x' },
      }),
    ),
  ],
  [
    'su without its bit, for root',
    neverStarted(made({ start: ['/bin/su'], files: [file('/bin/su', elf('amd64'))] })),
  ],
  [
    'su with its bit',
    neverStarted(
      made({
        start: ['/bin/su'],
        config: { user: '1000' },
        files: [file('/bin/su', elf('amd64'), 0o4755)],
      }),
    ),
  ],
  ['an image that runs', neverStarted(made({ files: [run(elf('amd64'))] }))],
];

describe('nothing to accuse', () => {
  it.each(controls)('%s', (_, facts) => {
    expect(diagnose(facts, causes).cause?.id).toBeUndefined();
  });
});

describe('names that bite', () => {
  const bad = "/app/it's $(reboot)`x`";
  const biting: [string, DiagnosisFacts][] = [
    ['a script', made({ start: [bad], files: [file(bad, 'echo hi\n')], log: enoexec })],
    [
      'a script with CRLF',
      made({ start: [bad], files: [file(bad, '#!/bin/sh\r\n')], log: enoent }),
    ],
    ['an archive', made({ start: [bad], files: [file(bad, 'PK\u0003\u0004')], log: enoexec })],
    ['a file without x', made({ start: [bad], files: [file(bad, elf('amd64'), 0o644)] })],
    ['an interpreter', made({ files: [run(`#!${bad.slice(1)}\n`)], log: enoent })],
  ];

  it.each(biting)('%s: is quoted in commands for a shell', (_, facts) => {
    const { cause } = diagnose(facts, causes);
    const commands = cause?.fix.commands.filter(
      (command) => !/^(?:ENTRYPOINT|COPY) /.test(command),
    );
    expect(commands?.length).toBeGreaterThan(0);
    // Outside of quotes there is nothing that a shell would expand.
    const open = commands?.map((command) => command.replaceAll(/'[^']*'|\\'/g, ''));
    expect(open?.filter((command) => /reboot|`/.test(command))).toEqual([]);
  });
});
