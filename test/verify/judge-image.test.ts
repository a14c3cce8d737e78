import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FileFacts } from '../../src/model/facts.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { ImageFacts } from '../../src/verify/image-facts.ts';
import { judgeImage } from '../../src/verify/judge-image.ts';
import { guestRan, madeFacts, noUname, ownUname, type Made } from './made-facts.ts';

/** What is not right, a line a finding: `fail entrypoint-architecture: …`. */
function complaints(made: Made): string[] {
  const { verification } = judgeImage(madeFacts(made));
  return verification.findings
    .filter(({ status }) => status !== 'pass')
    .map(({ status, id, message }) => `${status} ${id}: ${message}`);
}

function judged(made: Made) {
  return judgeImage(madeFacts(made)).verification;
}

const arm64 = { elf: { architecture: 'arm64' } };
const amd64 = { elf: { architecture: 'amd64' } };
const glibc = '/lib/ld-linux-aarch64.so.1';

describe('good images', () => {
  test.each<[string, Made]>([
    ['a static program', { config: { entrypoint: ['/app'] }, files: { '/app': arm64 } }],
    [
      'a name in the PATH, behind a link',
      {
        config: { cmd: ['sh'] },
        files: { '/bin/busybox': arm64, '/bin/sh': { link: 'busybox' } },
        absent: ['/usr/bin/sh'],
      },
    ],
    [
      'a dynamic program with its loader',
      {
        config: { entrypoint: ['/app'] },
        files: { '/app': { elf: { architecture: 'arm64', loader: glibc } }, [glibc]: arm64 },
      },
    ],
    [
      'a script for env',
      {
        config: { entrypoint: ['/run'] },
        files: {
          '/run': '#!/usr/bin/env node\n',
          '/usr/bin/env': arm64,
          '/usr/bin/node': arm64,
        },
      },
    ],
    [
      'a path relative to the working directory',
      {
        config: { entrypoint: ['./server'], workingDir: '/srv' },
        files: { '/srv/./server': arm64, '/srv/server': arm64 },
      },
    ],
    [
      'a shell command',
      {
        config: { cmd: ['/bin/sh', '-c', 'exec /app --port 80'] },
        files: { '/bin/sh': arm64, '/app': arm64 },
      },
    ],
    ['an image that starts nothing', {}],
    [
      '386 on a 64-bit kernel',
      {
        platform: 'linux/386',
        config: { entrypoint: ['/app'] },
        files: { '/app': { elf: { architecture: '386' } } },
        inside: { uname: ownUname('x86_64'), guest: null },
      },
    ],
    [
      'arm/v7 on arm64',
      {
        platform: 'linux/arm/v7',
        native: 'arm64',
        inside: { uname: ownUname('aarch64'), guest: null },
      },
    ],
    [
      'arm/v6 under qemu',
      { platform: 'linux/arm/v6', inside: { uname: ownUname('armv7l'), guest: null } },
    ],
  ])('%s', (_name, made) => {
    expect(complaints(made)).toEqual([]);
    expect(judged(made)).toMatchObject({ ok: true });
  });

  test('says that an image starts nothing', () => {
    expect(judged({}).findings.map(({ message }) => message)).toContain(
      'the image names no program to start: it has neither ENTRYPOINT nor CMD',
    );
  });

  test('an image without uname is checked by the probe', () => {
    const verification = judged({ inside: { uname: noUname, guest: guestRan('aarch64') } });
    expect(verification.uname).toEqual({ expected: ['aarch64'], actual: 'aarch64', by: 'probe' });
    expect(verification.ok).toBe(true);
  });

  test('lists the files that starting the image executes', () => {
    const verification = judged({
      config: { entrypoint: ['/run'] },
      files: {
        '/run': '#!/bin/sh -e\n',
        '/bin/sh': { elf: { architecture: 'arm64', loader: glibc } },
        [glibc]: arm64,
      },
    });
    expect(verification.entrypoint).toEqual([
      {
        path: '/run',
        role: 'entrypoint',
        description: 'script for /bin/sh -e',
        architecture: null,
      },
      {
        path: '/bin/sh',
        role: 'script-interpreter',
        description: 'arm64 program, dynamically linked',
        architecture: 'arm64',
      },
      {
        path: glibc,
        role: 'loader',
        description: 'arm64 program, statically linked',
        architecture: 'arm64',
      },
    ]);
  });
});

const starts = (path: string) => ({ config: { entrypoint: [path] } });

describe('what starting an image executes', () => {
  test.each<[string, Made, string[]]>([
    [
      'another architecture',
      { ...starts('/app/server'), files: { '/app/server': amd64 } },
      [
        'fail entrypoint-architecture: /app/server is an amd64 program, and the image is for linux/arm64',
      ],
    ],
    [
      'another architecture, which this engine runs natively',
      { ...starts('/app'), files: { '/app': amd64 }, native: 'amd64' },
      ['fail entrypoint-architecture: /app is an amd64 program, and the image is for linux/arm64'],
    ],
    [
      'another architecture in the PATH',
      { ...starts('app'), files: { '/bin/app': amd64 }, absent: ['/usr/bin/app'] },
      [
        'fail entrypoint-architecture: /bin/app is an amd64 program, and the image is for linux/arm64',
      ],
    ],
    [
      'a script for another architecture',
      { ...starts('/run'), files: { '/run': '#!/bin/sh\n', '/bin/sh': amd64 } },
      [
        'fail entrypoint-script: /run is a script, and its interpreter /bin/sh is an amd64 program, and the image is for linux/arm64',
      ],
    ],
    [
      'a script without its interpreter',
      { ...starts('/run'), files: { '/run': '#!/bin/bash\n' }, absent: ['/bin/bash'] },
      ['fail entrypoint-script: /run is a script for /bin/bash, and the image has no such file'],
    ],
    [
      'a script with the line ends of Windows',
      { ...starts('/run'), files: { '/run': '#!/bin/sh\r\n' }, absent: ['/bin/sh\r'] },
      [
        'fail entrypoint-script: the #! line of /run ends in a carriage return, so the kernel looks for "/bin/sh\r"',
      ],
    ],
    [
      'a script for env, of a program that is not there',
      {
        ...starts('/run'),
        files: { '/run': '#!/usr/bin/env python3\n', '/usr/bin/env': arm64 },
        absent: ['/usr/bin/python3', '/bin/python3'],
      },
      [
        'fail entrypoint-script: /run is started by env: the image is to start "python3", and no folder of its PATH has such a program',
      ],
    ],
    [
      'text without #!',
      { ...starts('/run'), files: { '/run': 'echo hello\n' } },
      ['fail entrypoint-format: /run cannot be executed: it is text without a #! line'],
    ],
    [
      'a loader that is not there',
      {
        ...starts('/app'),
        files: { '/app': { elf: { architecture: 'arm64', loader: glibc } } },
        absent: [glibc],
      },
      [`fail entrypoint-loader: /app needs the loader ${glibc}, and the image has no such file`],
    ],
    [
      'a loader of another architecture',
      {
        ...starts('/app'),
        files: { '/app': { elf: { architecture: 'arm64', loader: glibc } }, [glibc]: amd64 },
      },
      [
        `fail entrypoint-loader: /app is started by the loader ${glibc}, which is an amd64 program, statically linked`,
      ],
    ],
    [
      'no such file',
      { ...starts('/app'), absent: ['/app'] },
      ['fail entrypoint-missing: the image is to start /app, and it has no such file'],
    ],
    [
      'no such name',
      { ...starts('app'), absent: ['/usr/bin/app', '/bin/app'] },
      [
        'fail entrypoint-missing: the image is to start "app", and no folder of its PATH has such a program',
      ],
    ],
    [
      'no permission',
      { ...starts('/app'), files: { '/app': { ...arm64, mode: 0o644 } } },
      ['fail entrypoint-not-executable: /app is not executable for root'],
    ],
    [
      "no permission for the image's user",
      {
        config: { entrypoint: ['/app'], user: '1000' },
        files: { '/app': { ...arm64, mode: 0o700 } },
        absent: ['/etc/passwd', '/etc/group'],
      },
      ['warn entrypoint-not-executable: /app is not executable for user 1000'],
    ],
    [
      "a script that the image's user may not read",
      {
        config: { entrypoint: ['/app'], user: '1000' },
        files: { '/app': { text: '#!/bin/sh\n', mode: 0o711 }, '/bin/sh': arm64 },
        absent: ['/etc/passwd', '/etc/group'],
      },
      [
        'fail entrypoint-script: /app is a script that user 1000 may not read, and its interpreter has to',
      ],
    ],
    [
      'a user that the image does not know',
      {
        config: { entrypoint: ['/app'], user: 'app' },
        files: { '/app': arm64, '/etc/passwd': 'root:x:0:0::/:/bin/sh\n' },
        absent: ['/etc/group'],
      },
      [
        'fail entrypoint-user: the image is to run as "app", and its /etc/passwd knows no user "app"',
      ],
    ],
    [
      'a 386 program in an amd64 image',
      {
        platform: 'linux/amd64',
        ...starts('/app'),
        files: { '/app': { elf: { architecture: '386' } } },
        inside: { uname: ownUname('x86_64'), guest: null },
      },
      ['warn entrypoint-architecture: /app is a 32-bit 386 program in an image for linux/amd64'],
    ],
    [
      'an amd64 program in a 386 image',
      {
        platform: 'linux/386',
        ...starts('/app'),
        files: { '/app': amd64 },
        inside: { uname: ownUname('x86_64'), guest: null },
      },
      ['fail entrypoint-architecture: /app is an amd64 program, and the image is for linux/386'],
    ],
    [
      'a newer level of x86-64 than the image says',
      {
        platform: 'linux/amd64/v2',
        ...starts('/app'),
        files: { '/app': { elf: { architecture: 'amd64', level: 3 } } },
        inside: { uname: ownUname('x86_64'), guest: null },
      },
      [
        'fail wrong-variant: /app says that it needs x86-64-v3, and the image is for linux/amd64/v2',
      ],
    ],
    [
      'hard floats in an ARMv5 image',
      {
        platform: 'linux/arm/v5',
        ...starts('/app'),
        files: { '/app': { elf: { architecture: 'arm', flags: 0x5000400 } } },
        inside: { uname: ownUname('armv7l'), guest: null },
      },
      [
        'fail wrong-variant: /app passes floating-point values in VFP registers, and the image is for linux/arm/v5',
      ],
    ],
    [
      "a shell command's program",
      {
        config: { cmd: ['/bin/sh', '-c', '/app --port 80'] },
        files: { '/bin/sh': arm64, '/app': amd64 },
      },
      ['fail entrypoint-architecture: /app is an amd64 program, and the image is for linux/arm64'],
    ],
    [
      'the program that an entrypoint script is given',
      {
        config: { entrypoint: ['/entry.sh'], cmd: ['nginx', '-g', 'daemon off;'] },
        files: { '/entry.sh': '#!/bin/sh\n', '/bin/sh': arm64, '/usr/bin/nginx': amd64 },
      },
      [
        'fail entrypoint-architecture: /usr/bin/nginx is an amd64 program, and the image is for linux/arm64',
      ],
    ],
    [
      'the program that tini is given',
      {
        config: { entrypoint: ['/bin/tini', '--', '/app', '/etc/app.conf'] },
        files: { '/bin/tini': arm64, '/app': amd64, '/etc/app.conf': 'port=80\n' },
      },
      ['fail entrypoint-architecture: /app is an amd64 program, and the image is for linux/arm64'],
    ],
    [
      'what an emulator is given is foreign on purpose',
      {
        config: { entrypoint: ['/bin/qemu-x86_64', '/app'] },
        files: { '/bin/qemu-x86_64': arm64, '/app': amd64 },
      },
      [],
    ],
  ])('%s', (_name, made, expected) => {
    expect(complaints(made)).toEqual(expected);
    expect(judged(made).ok).toBe(!expected.some((line) => line.startsWith('fail')));
  });

  test('names both architectures and the instruction', () => {
    const finding = judged({ ...starts('/app'), files: { '/app': amd64 } }).findings.find(
      ({ status }) => status === 'fail',
    );
    expect(finding?.evidence).toEqual([
      'ENTRYPOINT ["/app"] of app:1',
      '/app: an ELF program for amd64',
      'found amd64, expected arm64',
    ]);
  });

  test('asks for the files that it was not given, and proves nothing without them', () => {
    const facts = madeFacts({ ...starts('/app') });
    const { verification, needs } = judgeImage(facts);
    expect(needs).toEqual(['/app']);
    expect(verification.ok).toBe(false);
    expect(verification.findings.at(-1)).toMatchObject({ status: 'unknown' });
  });
});

describe('uname', () => {
  const didNotRun = { ...guestRan('', false), outcome: 'errno' as const, errno: 'ENOEXEC' };
  test.each<[string, Made, string[]]>([
    [
      'another architecture answers',
      { inside: { uname: ownUname('x86_64'), guest: guestRan('aarch64') } },
      ['fail uname: uname -m says x86_64 inside the image; on linux/arm64 it says aarch64'],
    ],
    [
      'something else than a machine answers',
      { inside: { uname: ownUname('hello'), guest: guestRan('aarch64') } },
      [
        'warn uname: uname -m says "hello" inside the image, which xbuild does not know as a machine of linux/arm64',
      ],
    ],
    [
      'the platform does not run here: not the fault of the image',
      { inside: { uname: noUname, guest: didNotRun } },
      [
        'unknown uname: Nothing of the image was run: a program for linux/arm64 ended in ENOEXEC (exec format error: no rule took it, and the kernel cannot run it itself)',
      ],
    ],
    [
      'the platform does not run here, as preflight said',
      { inside: { uname: noUname, guest: didNotRun }, noSupport: 'No rule takes arm64 programs.' },
      ['unknown uname: Nothing of the image was run: No rule takes arm64 programs.'],
    ],
    [
      'no container may run',
      { inside: { unknown: 'the engine refused' } },
      ['unknown uname: Nothing of the image was run: the engine refused'],
    ],
    [
      "the image's uname does not start, though the platform runs",
      {
        inside: {
          uname: { path: '/bin/uname', outcome: 'errno', errno: 'ENOENT', output: '' },
          guest: guestRan('aarch64'),
        },
      },
      [
        'fail uname: /bin/uname of the image ended in ENOENT (no such file or directory: its interpreter, or what that one loads, is not there)',
      ],
    ],
    [
      "the image's uname crashes under emulation",
      {
        inside: {
          uname: { path: '/bin/uname', outcome: 'signal', signal: 11, output: '' },
          guest: guestRan('aarch64'),
        },
      },
      ['warn uname: /bin/uname of the image was killed by SIGSEGV'],
    ],
    [
      'xbuild has no program for it',
      { platform: 'linux/riscv64', inside: { uname: noUname, guest: null } },
      [
        'unknown uname: Nothing of the image was run: it has no uname, and xbuild has no program of its own for linux/riscv64',
      ],
    ],
  ])('%s', (_name, made, expected) => {
    expect(complaints(made)).toEqual(expected);
  });
});

describe('what the image says it is for', () => {
  const v7 = { os: 'linux', architecture: 'arm', variant: 'v7' };
  const inside = { uname: ownUname('armv7l'), guest: null };
  test.each<[string, Made, string[]]>([
    [
      'its configuration says another platform',
      { declared: { config: { os: 'linux', architecture: 'amd64' } } },
      [
        'fail platform-declared: its configuration says linux/amd64, and the image was asked for as linux/arm64',
      ],
    ],
    [
      'its index says another platform',
      {
        declared: {
          index: { os: 'linux', architecture: 'arm64' },
          config: { os: 'linux', architecture: 'amd64' },
        },
      },
      [
        'fail platform-declared: its configuration says linux/amd64, and the image was asked for as linux/arm64',
      ],
    ],
    [
      'its variant is another one',
      { platform: 'linux/arm/v6', inside, declared: { config: v7 } },
      [
        'fail platform-declared: its configuration says linux/arm/v7, and the image was asked for as linux/arm/v6',
      ],
    ],
    [
      'its variant is left out',
      {
        platform: 'linux/arm/v6',
        inside,
        declared: { config: { os: 'linux', architecture: 'arm' } },
      },
      [
        'warn platform-declared: its configuration names no variant, which reads as linux/arm/v7, and the image is for linux/arm/v6',
      ],
    ],
    [
      'arm64 is arm64/v8',
      { declared: { config: { os: 'linux', architecture: 'arm64', variant: 'v8' } } },
      [],
    ],
    [
      'it has no such platform',
      { declared: { offered: [v7] } },
      [
        "fail platform-declared: app:1 has no image for linux/arm64 in the engine's store; it has linux/arm/v7",
      ],
    ],
  ])('%s', (_name, made, expected) => {
    expect(complaints(made)).toEqual(expected);
    expect(judged(made).ok).toBe(!expected.some((line) => line.startsWith('fail')));
  });
});

const word = fc.oneof(
  fc.string(),
  fc.constantFrom('', '/', '/a', 'a', './a', '..', '/bin/sh', '-c', '--', '/a/', '/usr/bin/env'),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .constantFrom('#!/a', '#!', '#!/usr/bin/env -S a b\n', '#! /bin/sh\r\n', '\u007fELF')
    .map((text) => Buffer.from(text, 'latin1')),
  fc
    .uint8Array({ maxLength: 100 })
    .map((rest) => Buffer.concat([Buffer.from('\u007fELF\u0002\u0001\u0001', 'latin1'), rest])),
);
const paths = [
  '/',
  '/a',
  '/bin',
  '/bin/sh',
  '/bin/a',
  '/usr',
  '/usr/bin',
  '/usr/bin/env',
  '/etc',
  '/etc/passwd',
  '/etc/group',
];
const file: fc.Arbitrary<FileFacts> = fc.record(
  {
    path: fc.constantFrom(...paths),
    errno: fc.constantFrom('ok', 'ok', 'ok', 'ENOENT', 'EACCES', 'unreadable'),
    kind: fc.constantFrom(
      'file' as const,
      'directory' as const,
      'symlink' as const,
      'other' as const,
    ),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.nat(2),
    gid: fc.nat(2),
    size: fc.nat(),
    target: word,
    head: bytes.map((head) => Buffer.from(head).toString('base64')),
    interpreter: word,
  },
  { requiredKeys: ['path', 'errno'] },
);

function isReason({ status }: Finding): boolean {
  return status === 'fail' || status === 'unknown';
}

test('never throws, whatever the facts, and fails only with a reason', () => {
  const facts = fc.record({
    entrypoint: fc.array(word, { maxLength: 4 }),
    cmd: fc.array(word, { maxLength: 4 }),
    user: fc.oneof(word, fc.constantFrom('1', '1:1', 'a:b', ':')),
    env: fc.array(
      fc.oneof(
        fc.string(),
        fc.string().map((list) => `PATH=${list}`),
      ),
      { maxLength: 2 },
    ),
    workingDir: word,
    files: fc.array(file, { maxLength: 12 }),
    output: fc.string(),
    platform: fc.constantFrom(
      'linux/amd64',
      'linux/386',
      'linux/arm/v6',
      'linux/s390x',
      'windows/amd64',
    ),
  });
  fc.assert(
    fc.property(facts, ({ files, output, platform, ...config }) => {
      const inside: ImageFacts['inside'] = { uname: ownUname(output), guest: guestRan(output) };
      const made = { ...madeFacts({ platform, config, inside }), files };
      const { verification, needs } = judgeImage(made);
      const reasons = verification.findings.filter(isReason);
      expect(verification.ok || reasons.length > 0 || needs.length > 0).toBe(true);
      expect(verification.findings.every(({ message }) => message.length > 0)).toBe(true);
      expect(JSON.parse(JSON.stringify(verification))).toEqual(verification);
    }),
  );
});
