/** What a tool says, and the cause that is named of such a line alone. */
export type Said = readonly [tool: string, text: string, cause: string];

const warned =
  "WARNING: The requested image's platform (linux/arm64) does not match the detected host platform (linux/amd64/v3) and no specific platform was requested\n";

const events = (message: string) =>
  `Events:\n  Type     Reason     Age                From     Message\n  ----     ------     ----               ----     -------\n  Normal   Pulled     8s (x3 over 27s)   kubelet  Container image "app:1" already present on machine\n  Warning  Failed     8s (x3 over 27s)   kubelet  Error: ${message}\n  Warning  BackOff    3s (x4 over 26s)   kubelet  Back-off restarting failed container app in pod app-7d4_default(1b2c)\n`;

const created =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

export const engines: readonly Said[] = [
  ['docker run', `${warned}exec /bin/sh: exec format error`, 'no-rule'],
  [
    'docker run, old',
    `${warned}standard_init_linux.go:228: exec user process caused: exec format error`,
    'no-rule',
  ],
  [
    'podman run',
    'WARNING: image platform (linux/arm64) does not match the expected platform (linux/amd64)\n{"msg":"exec container process `/bin/sh`: Exec format error","level":"error","time":"2026-11-22T10:00:00Z"}',
    'no-rule',
  ],
  [
    'nerdctl run',
    'time="2026-11-22" level=warning msg="Platform \\"linux/arm64\\" seems incompatible with the host platform \\"linux/amd64\\". If you see \\"exec format error\\", install emulators"\nexec /bin/sh: exec format error',
    'no-rule',
  ],
  [
    'a check of BuildKit',
    '#2 WARN: InvalidBaseImagePlatform: Base image base was pulled with platform "linux/arm64", expected "linux/amd64" for current build\n#5 0.121 exec /bin/sh: exec format error',
    'no-rule',
  ],
  [
    'BuildKit, plain',
    '#6 [linux/arm64 2/2] RUN uname -m\n#6 0.115 exec /bin/sh: exec format error\n#6 ERROR: process "/bin/sh -c uname -m" did not complete successfully: exit code: 255',
    'no-rule',
  ],
  [
    'kaniko',
    'error building image: error building stage: failed to execute command: starting command: fork/exec /bin/sh: exec format error',
    'wrong-architecture',
  ],
  [
    'buildah',
    'STEP 2/2: RUN uname -m\nexec container process `/bin/sh`: Exec format error\nError: building at STEP "RUN uname -m": while running runtime: exit status 1',
    'wrong-architecture',
  ],
  [
    'Docker 1.8',
    'Error response from daemon: Cannot start container 1b2c: [8] System error: exec format error',
    'wrong-architecture',
  ],
  ['Kubernetes, a log', 'exec /app/server: exec format error', 'wrong-architecture'],
  [
    'Kubernetes, no program',
    events(`${created}exec: "serve": executable file not found in $PATH: unknown`),
    'command-not-found',
  ],
  [
    'Kubernetes, not executable',
    events(`${created}exec: "/start": permission denied: unknown`),
    'not-executable',
  ],
  [
    'runc, a command in one string',
    'starting container process caused: exec: "/bin/sh -c ls": stat /bin/sh -c ls: no such file or directory',
    'command-in-one-string',
  ],
  [
    'runc, a mount',
    'error mounting "/home/me/app.sh" to rootfs at "/app.sh": mount /home/me/app.sh:/app.sh: not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?',
    'mount-created-directory',
  ],
  [
    'Kubernetes, JSON',
    '"message": "failed to create containerd task: OCI runtime create failed: exec: \\"serve\\": executable file not found in $PATH: unknown",',
    'command-not-found',
  ],
  [
    'Kubernetes, no platform',
    events(
      'Failed to pull image "app:1": rpc error: code = NotFound desc = failed to pull and unpack image "app:1": no match for platform in manifest: not found',
    ),
    'platform-not-in-image',
  ],
  [
    'CRI-O',
    'Error: container create failed: executable file `serve` not found in $PATH: No such file or directory',
    'command-not-found',
  ],
  [
    'podman, a folder',
    'Error: crun: the path `/app` is not a regular file: Operation not permitted: OCI permission denied',
    'entrypoint-is-directory',
  ],
  ['crun in Docker, docker exec', 'exec: Exec format error', 'wrong-architecture'],
  [
    'crun in Docker, a folder',
    'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: open executable: Operation not permitted: unknown.',
    'entrypoint-is-directory',
  ],
  [
    'crun in Docker, not executable',
    'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: open executable: Permission denied: unknown.',
    'not-executable',
  ],
  [
    'podman, no platform',
    'Error: choosing an image from manifest list docker://app: no image found in image index for architecture "riscv64", variant "", OS linux',
    'platform-not-in-image',
  ],
  ['crane', 'Error: no child with platform linux/s390x in index app:1', 'platform-not-in-image'],
  [
    'a Windows image',
    'image operating system "windows" cannot be used on this platform',
    'platform-not-in-image',
  ],
  [
    'gVisor',
    'running container: starting container: starting root container: failed to load /app/server: exec format error',
    'wrong-architecture',
  ],
  [
    'gVisor, no program',
    'creating container: starting container: error finding executable "serve" in PATH [/bin]: no such file or directory',
    'command-not-found',
  ],
  [
    'youki',
    'ERROR libcontainer::workload::default: failed to execvp: ENOEXEC',
    'wrong-architecture',
  ],
  [
    'youki, no program',
    "failed to create container: executable 'serve' not found in $PATH",
    'command-not-found',
  ],
  [
    'youki, not executable',
    "executable '/start' does not have the correct permission set",
    'not-executable',
  ],
  ['lxc', 'lxc-start: box: Exec format error - Failed to exec "/sbin/init"', 'wrong-architecture'],
  [
    'the OCI runtime itself',
    'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: unable to retrieve OCI runtime error (open /run/log.json: no such file or directory): fork/exec /usr/local/bin/kata: exec format error: unknown.',
    'host-program-foreign',
  ],
  [
    'a shim of containerd',
    'failed to start shim: start failed: : fork/exec /usr/bin/containerd-shim-runc-v2: exec format error',
    'host-program-foreign',
  ],
  [
    "macOS, Docker's command",
    'zsh: bad CPU type in executable: /usr/local/bin/docker',
    'host-program-foreign',
  ],
  [
    'a digest of provenance',
    'unsupported media type application/vnd.in-toto+json',
    'attestation-not-image',
  ],
];

export const programs: readonly Said[] = [
  [
    'tini, a name',
    '[FATAL tini (7)] exec serve failed: No such file or directory',
    'command-not-found',
  ],
  ['dumb-init, a name', '[dumb-init] serve: No such file or directory', 'command-not-found'],
  [
    'catatonit',
    'ERROR (catatonit:2): failed to exec pid1: Exec format error',
    'wrong-architecture',
  ],
  ['gosu', 'error: exec format error', 'wrong-architecture'],
  [
    's6',
    's6-supervise app: warning: unable to spawn ./run: Exec format error',
    'wrong-architecture',
  ],
  ['execline', 'exec: fatal: unable to exec serve: No such file or directory', 'command-not-found'],
  [
    'systemd',
    'app.service: Failed at step EXEC spawning /opt/app/server: Exec format error',
    'wrong-architecture',
  ],
  [
    'systemd, no program',
    'app.service: Failed to locate executable /opt/server: No such file or directory',
    'command-not-found',
  ],
  [
    'coreutils',
    'chroot: failed to run command ‘/bin/true’: Exec format error',
    'wrong-architecture',
  ],
  ['make', 'make: execvp: ./gen: Exec format error', 'wrong-architecture'],
  ['make, a name', 'make: protoc: No such file or directory', 'command-not-found'],
  [
    'Perl',
    'Can\'t exec "protoc": No such file or directory at gen.pl line 3.',
    'command-not-found',
  ],
  ['Python', "OSError: [Errno 8] Exec format error: './run.sh'", 'script-without-shebang'],
  ['Python, no name', 'OSError: [Errno 8] Exec format error', 'wrong-architecture'],
  ['Node, a file that is written', 'Error: spawn /tmp/tool ETXTBSY', 'text-file-busy'],
  ['supervisord', "couldn't exec /app/server: ENOEXEC", 'wrong-architecture'],
  ['supervisord, permission', "couldn't exec /app/server: EACCES", 'loader-not-executable'],
  ['supervisord, no program', "spawnerr: can't find command 'serve'", 'command-not-found'],
  ['runit', 'runsv app: fatal: unable to start ./run: exec format error', 'wrong-architecture'],
  ['Node, a name', 'Error: spawn git ENOENT', 'command-not-found'],
  ['Node, permission', 'Error: spawn /app/tool EACCES', 'loader-not-executable'],
  ['Node, old', 'Error: spawn Unknown system error -8', 'wrong-architecture'],
  [
    'Rust',
    'Error: Os { code: 8, kind: Uncategorized, message: "Exec format error" }',
    'wrong-architecture',
  ],
  [
    'Ruby',
    "kernel.rb:1:in `spawn': Errno::ENOEXEC: Exec format error - /app/tool",
    'wrong-architecture',
  ],
  [
    'Java',
    'java.io.IOException: Cannot run program "protoc": error=2, No such file or directory',
    'command-not-found',
  ],
  [
    'Java 21',
    'java.io.IOException: Exec failed, error: 8 (Exec format error)',
    'wrong-architecture',
  ],
];

export const shells: readonly Said[] = [
  ['busybox, a script', '/start.sh: exec: line 3: gunicorn: not found', 'command-not-found'],
  ['dash, a script', '/start.sh: 3: gunicorn: not found', 'command-not-found'],
  ['bash, a script', '/start.sh: line 3: gunicorn: command not found', 'command-not-found'],
  ['dash, a program', '/start.sh: 3: /app/tool: Exec format error', 'wrong-architecture'],
  [
    'bash, a program',
    '/start.sh: line 3: /app/tool: cannot execute binary file: Exec format error',
    'wrong-architecture',
  ],
  [
    'busybox, its script',
    "sh: can't open '/start.sh': No such file or directory",
    'command-not-found',
  ],
  ['dash, its script', 'sh: 0: cannot open /start.sh: No such file', 'command-not-found'],
  [
    'busybox, its script, permission',
    "sh: can't open '/start.sh': Permission denied",
    'script-not-readable',
  ],
  ['zsh, its script', "zsh: can't open input file: /start.sh", 'command-not-found'],
  ['zsh', 'zsh: exec format error: ./tool', 'wrong-architecture'],
  ['zsh, a name', 'zsh: command not found: npm', 'command-not-found'],
  ['ksh', 'ksh: /app/tool: cannot execute [Exec format error]', 'wrong-architecture'],
  ['tcsh', './tool: Exec format error. Wrong Architecture.', 'wrong-architecture'],
  ['bash, carriage returns', "/start.sh: line 2: $'\\r': command not found", 'shebang-crlf'],
  ['dash, carriage returns', '/start.sh: 2: set: Illegal option -\\r', 'shebang-crlf'],
  ['busybox, an option', '/start.sh: set: line 2: illegal option -', 'shebang-crlf'],
  ['bash, an option', "/start.sh: line 2: set: pipefail\\r': invalid option name", 'shebang-crlf'],
  ['what a carriage return leaves', ': not found', 'shebang-crlf'],
  [
    'busybox, a page of a server',
    '/usr/local/bin/kind: line 1: syntax error: unexpected newline',
    'failed-download',
  ],
  ['bash, a page of a server', "./yq: line 1: `<!DOCTYPE html>'", 'failed-download'],
  ['bash, an answer', '/usr/bin/kind: line 1: Not: command not found', 'failed-download'],
  ['busybox, a number', '/app/run: line 1: 404:: not found', 'failed-download'],
  ['busybox, bytes', '/app/Main.class: line 1: \ufffd\ufffd: not found', 'java-program'],
  ['bash, a folder', '/opt/app: /opt/app: Is a directory', 'entrypoint-is-directory'],
  ['bash, Git LFS', '/app/model: line 1: version: command not found', 'git-lfs-pointer'],
  ['bash, Python', './run.py: line 1: from: command not found', 'script-without-shebang'],
  [
    'bash, a byte order mark',
    '/run.sh: line 1: \ufeff#!/bin/bash: No such file or directory',
    'shebang-not-first',
  ],
  [
    'old dash, a program',
    '/opt/node: 1: /opt/node: Syntax error: "(" unexpected',
    'wrong-architecture',
  ],
  [
    'zsh, an interpreter',
    'zsh: ./run.py: bad interpreter: /usr/bin/python: no such file or directory',
    'shebang-interpreter-missing',
  ],
  [
    'zsh, carriage returns',
    'zsh: ./run.sh: bad interpreter: /bin/bash^M: no such file or directory',
    'shebang-crlf',
  ],
  [
    'a shell that registers rules',
    "sh: can't create /proc/sys/fs/binfmt_misc/register: nonexistent directory",
    'binfmt-not-mounted',
  ],
  ['SIGSYS', 'Bad system call (core dumped)', 'seccomp-architecture'],
  ['compose, SIGSYS', 'app-1 exited with code 159', 'seccomp-architecture'],
  ['SIGILL', 'Illegal instruction (core dumped)', 'cpu-level-too-low'],
  [
    'SIGILL, emulated',
    `${warned}Illegal instruction (core dumped)`,
    'emulated-illegal-instruction',
  ],
  ['SIGSEGV, emulated', `${warned}Segmentation fault (core dumped)`, 'emulated-crash'],
  ['util-linux', 'su: cannot set groups: Operation not permitted', 'setuid-bit-lost'],
];

export const loaders: readonly Said[] = [
  [
    'glibc, a symbol',
    '/app/tool: symbol lookup error: /app/tool: undefined symbol: fstat64, version GLIBC_2.33',
    'glibc-too-old',
  ],
  [
    'Python, a library',
    'ImportError: libGL.so.1: cannot open shared object file: No such file or directory',
    'library-missing',
  ],
  [
    'Python, a class',
    'ImportError: /app/fast.so: wrong ELF class: ELFCLASS32',
    'library-wrong-architecture',
  ],
  [
    'Node, a module of a Mac',
    'Error: /app/node_modules/bcrypt/bcrypt_lib.node: invalid ELF header',
    'library-wrong-architecture',
  ],
  [
    'Java',
    "java.lang.UnsatisfiedLinkError: /tmp/libnet.so: cannot open shared object file: No such file or directory (Possible cause: can't load AMD 64-bit .so on a AARCH64-bit platform)",
    'library-wrong-architecture',
  ],
  ['qemu 10', "qemu-x86_64: Could not open '/lib64/ld-linux-x86-64.so.2'", 'loader-missing'],
  [
    'Node, a module of another Mac',
    "Error: dlopen(/app/bcrypt.node, 0x0001): tried: '/app/bcrypt.node' (mach-o file, but is an incompatible architecture (have 'x86_64', need 'arm64'))",
    'library-wrong-architecture',
  ],
  [
    'esbuild',
    "You installed esbuild for another platform than the one you're currently using.",
    'library-wrong-architecture',
  ],
  [
    'sharp',
    'Error: Could not load the "sharp" module using the linuxmusl-arm64 runtime',
    'library-wrong-architecture',
  ],
  ['rosetta', 'rosetta error: thread_suspend failed', 'emulated-crash'],
  [
    'qemu, addresses',
    'qemu-arm: Unable to reserve 0xffff0000 bytes of virtual address space',
    'emulated-crash',
  ],
  [
    'glibc on s390x',
    'Fatal glibc error: CPU lacks VXE support (z14 or later required)',
    'cpu-level-too-low',
  ],
  [
    'numpy',
    "RuntimeError: NumPy was built with baseline optimizations: (X86_V2) but your machine doesn't support: (X86_V2).",
    'cpu-level-too-low',
  ],
  ['MongoDB', 'WARNING: MongoDB 5.0+ requires a CPU with AVX support', 'cpu-level-too-low'],
  ['gdb', "Couldn't get CS register: Input/output error.", 'ptrace-under-emulation'],
  [
    'strace',
    'strace: test_ptrace_get_syscall_info: PTRACE_TRACEME: Function not implemented',
    'ptrace-under-emulation',
  ],
  [
    'delve',
    'could not launch process: fork/exec /app/tool: function not implemented',
    'ptrace-under-emulation',
  ],
];

export const said: readonly Said[] = [...engines, ...programs, ...shells, ...loaders];
