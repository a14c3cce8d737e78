import { describe, expect, it } from 'vitest';
import { linesOfLog } from '../../src/causes/log-lines.ts';
import { signatures, signsOfLog, type Sign } from '../../src/causes/log-signatures.ts';
import { said } from './said.ts';

type Line = [says: string, line: string, sign: Partial<Sign>];

const lines: Line[] = [
  [
    'runc',
    'exec /app/run: exec format error',
    { kind: 'exec', path: '/app/run', errno: 'ENOEXEC' },
  ],
  [
    'runc, of a path with blanks and colons',
    'exec /my app/::error::x: exec format error',
    { kind: 'exec', path: '/my app/::error::x', errno: 'ENOEXEC' },
  ],
  [
    'runc, old',
    'standard_init_linux.go:228: exec user process caused: exec format error',
    { kind: 'exec', errno: 'ENOEXEC' },
  ],
  [
    'runc, older',
    'standard_init_linux.go:190: exec user process caused "no such file or directory"',
    { kind: 'exec', errno: 'ENOENT' },
  ],
  [
    'runc, looking up',
    'OCI runtime create failed: runc create failed: unable to start container process: exec: "/app": stat /app: no such file or directory: unknown',
    { kind: 'lookup', path: '/app', errno: 'ENOENT' },
  ],
  [
    'crun',
    '{"msg":"exec container process `\\/app\\/run`: Exec format error","level":"error"}',
    { kind: 'exec', path: '/app/run', errno: 'ENOEXEC' },
  ],
  [
    'crun, newer',
    'exec container process (missing dynamic library?) `/app/run`: No such file or directory',
    { kind: 'exec', path: '/app/run', errno: 'ENOENT' },
  ],
  [
    'crun, looking up',
    'the path `/app/run` exists but it is not executable',
    { kind: 'lookup', path: '/app/run', errno: 'EACCES' },
  ],
  [
    'crun, of a folder',
    'the path `/app` is not a regular file: Operation not permitted',
    { kind: 'lookup', errno: 'EISDIR' },
  ],
  [
    'podman',
    'Error: crun: executable file `nginx` not found in $PATH: No such file or directory',
    { kind: 'lookup', path: 'nginx', errno: 'ENOENT' },
  ],
  ['compose', 'web-1  | exec /app/run: exec format error', { kind: 'exec', path: '/app/run' }],
  [
    'compose in colours',
    '\u001B[36mweb-1  |\u001B[0m exec /app/run: exec format error',
    { kind: 'exec', path: '/app/run' },
  ],
  ['BuildKit', '#5 0.283 exec /bin/sh: exec format error', { kind: 'exec', path: '/bin/sh' }],
  [
    'BuildKit, rawjson',
    `{"logs":[{"vertex":"sha256:1","data":"${btoa('exec /bin/sh: exec format error\n')}"}]}`,
    { kind: 'exec', path: '/bin/sh', errno: 'ENOEXEC' },
  ],
  [
    "BuildKit's own emulator",
    'process "/dev/.buildkit_qemu_emulator /bin/sh -c true" did not complete successfully: exit code: 1',
    { kind: 'buildkit-emulator' },
  ],
  [
    'old BuildKit',
    'failed to load LLB: runtime execution on platform linux/arm64 not supported',
    { kind: 'exec', asked: 'linux/arm64', errno: 'ENOEXEC' },
  ],
  [
    'buildah',
    'process failed to start with error: fork/exec /bin/sh: exec format error',
    { kind: 'exec', path: '/bin/sh' },
  ],
  [
    'Kubernetes',
    '  Warning  Failed  Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app": permission denied: unknown',
    { kind: 'lookup', path: '/app', errno: 'EACCES' },
  ],
  [
    "docker's json-file",
    '{"log":"exec /app/run: exec format error\\n","stream":"stderr","time":"2026"}',
    { kind: 'exec', path: '/app/run' },
  ],
  [
    'tini',
    '[FATAL tini (7)] exec /app/run failed: Exec format error',
    { kind: 'exec', path: '/app/run' },
  ],
  ["busybox's env", "/usr/bin/env: invalid option -- 'S'", { kind: 'env-option', word: 'S' }],
  ['dumb-init', '[dumb-init] /app/run: Exec format error', { kind: 'exec', path: '/app/run' }],
  ['su-exec', 'su-exec: /app/run: Exec format error', { kind: 'exec', path: '/app/run' }],
  [
    'Python',
    "OSError: [Errno 8] Exec format error: '/app/run'",
    { kind: 'exec', path: '/app/run' },
  ],
  ['Node', 'Error: spawn /app/run ENOEXEC', { kind: 'exec', path: '/app/run', errno: 'ENOEXEC' }],
  [
    'Java',
    'java.io.IOException: Cannot run program "/app/run": error=8, Exec format error',
    { kind: 'exec', path: '/app/run' },
  ],
  [
    'dpkg',
    'dpkg (subprocess): unable to execute installed package post-installation script (/var/lib/dpkg/info/x.postinst): Exec format error',
    { kind: 'exec', errno: 'ENOEXEC' },
  ],
  [
    'bash',
    './run: cannot execute binary file: Exec format error',
    { kind: 'shell', path: './run', errno: 'ENOEXEC' },
  ],
  [
    'bash 5.2',
    'bash: line 1: /app/run: cannot execute: required file not found',
    { kind: 'shell', path: '/app/run', errno: 'ENOENT' },
  ],
  [
    'dash',
    '/bin/sh: 1: /app/run: Exec format error',
    { kind: 'shell', path: '/app/run', errno: 'ENOEXEC' },
  ],
  [
    'dash, a name',
    '/bin/sh: 1: nginx: not found',
    { kind: 'shell', path: 'nginx', errno: 'ENOENT' },
  ],
  ['busybox', 'sh: /bin/busybox: Exec format error', { kind: 'shell', path: '/bin/busybox' }],
  [
    'busybox, reading a program',
    '/app/run: line 1: syntax error: unexpected word (expecting ")")',
    { kind: 'shell-read', path: '/app/run', errno: 'ENOEXEC' },
  ],
  [
    'dash, reading a program',
    '/app/run: 1: Syntax error: "(" unexpected',
    { kind: 'shell-read', path: '/app/run' },
  ],
  [
    'a shell, reading an answer',
    '/app/run: line 1: Not: not found',
    { kind: 'shell-read', word: 'Not' },
  ],
  [
    'env',
    "/usr/bin/env: 'bash\\r': No such file or directory",
    { kind: 'env', word: 'bash\\r', errno: 'ENOENT' },
  ],
  [
    'env of busybox',
    "env: can't execute 'bash': No such file or directory",
    { kind: 'env', word: 'bash', errno: 'ENOENT' },
  ],
  [
    'bad interpreter',
    '/start.sh: /bin/bash^M: bad interpreter: No such file or directory',
    { kind: 'bad-interpreter', path: '/start.sh', word: '/bin/bash^M' },
  ],
  [
    'qemu',
    "qemu-x86_64: Could not open '/lib64/ld-linux-x86-64.so.2': No such file or directory",
    { kind: 'emulator-loader', path: '/lib64/ld-linux-x86-64.so.2' },
  ],
  [
    'qemu, of dpkg',
    'Error while loading /usr/sbin/dpkg-split: No such file or directory',
    { kind: 'emulator-loader', path: '/usr/sbin/dpkg-split' },
  ],
  [
    'rosetta',
    'rosetta error: failed to open elf at /lib64/ld-linux-x86-64.so.2',
    { kind: 'emulator-loader', path: '/lib64/ld-linux-x86-64.so.2' },
  ],
  [
    'qemu, refusing',
    'qemu-arm: /bin/busybox: Invalid ELF image for this architecture',
    { kind: 'emulator-refuses', path: '/bin/busybox' },
  ],
  [
    'qemu, a signal',
    'qemu: uncaught target signal 11 (Segmentation fault) - core dumped',
    { kind: 'emulator-signal', signal: 11 },
  ],
  ['glibc, its kernel', 'FATAL: kernel too old', { kind: 'kernel-too-old' }],
  [
    'glibc, its CPU',
    'Fatal glibc error: CPU does not support x86-64-v2',
    { kind: 'cpu-level', word: 'x86-64-v2' },
  ],
  ['ld.so, its CPU', '/app/run: CPU ISA level is lower than required', { kind: 'cpu-level' }],
  [
    'Go, its CPU',
    'This program can only be run on AMD64 processors with v3 microarchitecture support.',
    { kind: 'cpu-level', word: 'v3' },
  ],
  ['strace', 'strace: ptrace(PTRACE_TRACEME, ...): Function not implemented', { kind: 'ptrace' }],
  [
    'glibc',
    '/app/run: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory',
    { kind: 'library', path: '/app/run' },
  ],
  [
    'glibc, a version',
    "/app/run: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /app/run)",
    { kind: 'library-version', word: 'GLIBC_2.38' },
  ],
  [
    'musl',
    'Error loading shared library libpq.so.5: No such file or directory (needed by /app/run)',
    { kind: 'library', path: '/app/run' },
  ],
  [
    'musl, a symbol',
    'Error relocating /app/run: __printf_chk: symbol not found',
    { kind: 'library-symbol', word: '__printf_chk' },
  ],
  [
    'sudo',
    "sudo: effective uid is not 0, is /usr/bin/sudo on a file system with the 'nosuid' option set",
    { kind: 'set-uid', path: 'sudo' },
  ],
  [
    'sudo, no new privileges',
    'sudo: The "no new privileges" flag is set, which prevents sudo from running as root.',
    { kind: 'no-new-privileges' },
  ],
  ['a shell, SIGSYS', 'Bad system call (core dumped)', { kind: 'bad-system-call' }],
  [
    "Docker's warning",
    "WARNING: The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v4) and no specific platform was requested",
    { kind: 'platform-warning', actual: 'linux/arm64', host: 'linux/amd64/v4' },
  ],
  [
    'a registry',
    'no matching manifest for linux/amd64 in the manifest list entries',
    { kind: 'platform-missing', asked: 'linux/amd64' },
  ],
  [
    'an engine',
    'image with reference x was found but its platform (linux/arm64) does not match the specified platform (linux/amd64)',
    { kind: 'platform-missing', asked: 'linux/amd64', actual: 'linux/arm64' },
  ],
  [
    'a newer engine',
    'image with reference x was found but does not provide the specified platform (linux/arm/v7)',
    { kind: 'platform-missing', asked: 'linux/arm/v7' },
  ],
  [
    'an old engine',
    'image with reference x was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
    { kind: 'platform-missing', asked: 'linux/arm64', actual: 'linux/amd64' },
  ],
  ['push', 'image does not provide any platform', { kind: 'platform-missing' }],
  [
    'a check of BuildKit',
    '#1 WARN: FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/arm64" (line 1)',
    { kind: 'platform-pinned', asked: 'linux/arm64' },
  ],
  [
    'an attestation',
    'docker: Error response from daemon: no command specified',
    { kind: 'no-command' },
  ],
  [
    'a CLI plugin',
    'failed to fetch metadata: fork/exec /root/.docker/cli-plugins/docker-buildx: exec format error',
    { kind: 'host-program', path: '/root/.docker/cli-plugins/docker-buildx' },
  ],
  ['a missing plugin', "docker: 'buildx' is not a docker command.", { kind: 'host-program' }],
  [
    'no buildx',
    'ERROR: BuildKit is enabled but the buildx component is missing or broken.',
    { kind: 'host-program' },
  ],
  [
    'multiarch',
    'cannot mount binfmt_misc filesystem at /proc/sys/fs/binfmt_misc',
    { kind: 'binfmt-not-mounted' },
  ],
  ['a registration', 'sh: write error: File exists', { kind: 'rule-exists' }],
  [
    'crun, opening',
    'crun: open executable: Permission denied: OCI permission denied',
    { kind: 'lookup', errno: 'EACCES' },
  ],
];

describe('what tools print is read', () => {
  it.each(lines)('%s: %s', (_, line, sign) => {
    expect(signsOfLog(line)[0]).toMatchObject(sign);
  });

  it('every row of the table has a line here', () => {
    const unused = signatures.filter(
      ({ pattern }) =>
        ![...lines, ...said].some(([, line]) => linesOfLog(line).some((one) => pattern.test(one))),
    );
    expect(unused.map(({ pattern }) => pattern.source)).toEqual([]);
  });

  const innocent = [
    '2026-11-22 10:00:01 INFO listening on :8080',
    'GET /exec HTTP/1.1 404 not found',
    'open /etc/app.conf: no such file or directory',
    'error: package "foo" not found',
    'the lawyer said: exec committee: permission denied to all',
    'FAIL test/exec.test.ts > exec format',
    'npm warn exec The following package was not found and will be installed: x@1',
    'ERROR 1045 (28000): Access denied for user root',
  ];

  it.each(innocent)('%s: says nothing', (line) => {
    expect(signsOfLog(line)).toEqual([]);
  });

  it('what is said again counts once', () => {
    expect(
      signsOfLog('#5 0.2 exec /a: exec format error\n0.2 exec /a: exec format error'),
    ).toHaveLength(1);
  });
});
