import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { gatherTarget, type Question } from '../../src/diagnose/find-target.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { openSession } from '../../src/diagnose/open-session.ts';
import type { Diagnosis } from '../../src/model/diagnosis.ts';
import { ensureBusybox } from '../lab/images.mjs';
import { startEngine, whyNoLab, type Lab } from '../lab/lab.mjs';
import { qemuRule } from '../lab/rules.mjs';
import { dockerArchive, type ImageFile, type MadeImage } from '../verify/image-archive.ts';
import { madeElf } from '../verify/made-elf.ts';
import { CLI } from './xbuild.ts';

const reason = whyNoLab();
const busybox = new Map<string, Buffer>();

function shell(name: string): ImageFile[] {
  const bytes = busybox.get(name) ?? Buffer.alloc(0);
  const applets = ['sh', 'env', 'uname', 'sleep', 'cat', 'true'];
  return [
    { path: 'bin/' },
    { path: 'bin/busybox', bytes },
    ...applets.map((applet) => ({ path: `bin/${applet}`, target: 'busybox' })),
  ];
}

interface Case {
  /** The cause's id; null where nothing is wrong. */
  want: string | null;
  config: Record<string, unknown>;
  files: () => ImageFile[];
  /** `amd64` where it is not said. */
  architecture?: string;
  flags?: readonly string[];
  command?: readonly string[];
  /** Of an engine with rules for arm64 and arm; puts its change back afterwards. */
  rules?: (lab: Lab) => Promise<() => Promise<void>>;
  /** What the image alone tells, where that is something else. */
  imageWants?: string | null;
}

const run = { Entrypoint: ['/app/run'] };
const app = (bytes: Uint8Array | string, mode = 0o755): ImageFile[] => [
  { path: 'app/' },
  { path: 'app/run', bytes, mode },
];
const native = (bytes: Uint8Array | string, mode?: number) => () => [
  ...shell('amd64'),
  ...app(bytes, mode),
];
const emulated = {
  architecture: 'arm64',
  config: { Entrypoint: ['/bin/busybox', 'uname'] },
  files: () => shell('arm64'),
};

/** Registers the rule for arm64 anew, with flags or an interpreter of its own. */
function replaced(parts: { flags?: string; interpreter?: string }) {
  return async (lab: Lab) => {
    await lab.writeRule('qemu-aarch64', '-1');
    await lab.register(qemuRule('arm64', parts));
    return async () => {
      await lab.writeRule('qemu-aarch64', '-1');
      await lab.register(qemuRule('arm64'));
    };
  };
}

const cases: Record<string, Case> = {
  'runs natively': { want: null, config: { Cmd: ['uname'] }, files: () => shell('amd64') },
  'runs emulated': { want: null, ...emulated },
  'a script with a #! line': { want: null, config: run, files: native('#! /bin/sh\necho hi\n') },
  'no shebang': {
    want: 'script-without-shebang',
    config: run,
    files: native('echo hi\n'),
  },
  'Windows line ends': {
    want: 'shebang-crlf',
    config: run,
    files: native('#!/bin/sh\r\necho\r\n'),
  },
  'Windows line ends behind env': {
    want: 'shebang-crlf',
    config: run,
    files: native('#!/bin/env sh\r\necho\r\n'),
  },
  'no bash': {
    want: 'shebang-interpreter-missing',
    config: run,
    files: native('#!/bin/bash\necho\n'),
  },
  'a script that starts itself': {
    want: 'shebang-loop',
    config: run,
    files: native('#!/app/run\n'),
  },
  empty: { want: 'empty-file', config: run, files: native('') },
  'a web page': {
    want: 'failed-download',
    config: run,
    files: native('<!DOCTYPE html><html><body>404</body></html>'),
  },
  'a Git LFS pointer': {
    want: 'git-lfs-pointer',
    config: run,
    files: native('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
  },
  'a Windows program': { want: 'windows-program', config: run, files: native('MZ\u0090\0') },
  'a zip': { want: 'archive-file', config: run, files: native('PK\u0003\u0004\u0014\0') },
  wasm: { want: 'wasm-module', config: run, files: native('\0asm\u0001\0\0\0') },
  'another architecture': {
    want: 'wrong-architecture',
    config: run,
    files: () => [...shell('amd64'), ...app(madeElf({ architecture: 'riscv64' }))],
  },
  'another architecture behind a shell': {
    want: 'wrong-architecture',
    config: { Cmd: ['/bin/sh', '-c', '/app/run --version'] },
    files: () => [...shell('amd64'), ...app(madeElf({ architecture: 's390x' }))],
  },
  'no loader': {
    want: 'loader-missing',
    config: run,
    files: () => app(madeElf({ architecture: 'amd64', loader: '/lib64/ld-linux-x86-64.so.2' })),
  },
  'not executable': {
    want: 'not-executable',
    config: run,
    files: native('#!/bin/sh\n', 0o644),
  },
  'no such command': {
    want: 'command-not-found',
    config: { Cmd: ['serve'] },
    files: () => shell('amd64'),
  },
  'a directory': {
    want: 'entrypoint-is-directory',
    config: { Entrypoint: ['/app'] },
    files: native(''),
  },
  'a link in a circle': {
    want: 'symlink-loop',
    config: { Entrypoint: ['/app/a'] },
    files: () => [
      ...shell('amd64'),
      { path: 'app/' },
      { path: 'app/a', target: 'b' },
      { path: 'app/b', target: 'a' },
    ],
  },
  'a link out of the root': {
    want: 'not-executable',
    config: { Entrypoint: ['/app/run'] },
    files: () => [
      ...shell('amd64'),
      { path: 'etc/' },
      { path: 'etc/passwd', bytes: 'root:x:0:0::/:/bin/sh\n', mode: 0o644 },
      { path: 'app/' },
      { path: 'app/run', target: '../../../../../etc/passwd' },
    ],
  },
  'a script that its user may not read': {
    want: 'script-not-readable',
    config: { ...run, User: '1000' },
    files: native('#!/bin/sh\necho hi\n', 0o711),
  },
  'a name with a newline in it': {
    want: 'shebang-interpreter-missing',
    config: { Entrypoint: ['/r\nun'] },
    files: () => [...shell('amd64'), { path: 'r\nun', bytes: '#!/bin/bash\n' }],
  },
  'a folder for its owner only': {
    want: 'directory-not-searchable',
    config: { ...run, User: '1000' },
    files: () => [
      ...shell('amd64'),
      { path: 'app/', mode: 0o700 },
      { path: 'app/run', bytes: '#!/bin/sh\n' },
    ],
  },
  'a mount that hides it': {
    want: 'mount-hides-program',
    config: run,
    files: native('#!/bin/sh\n'),
    flags: ['--volume', '/xbuild-empty:/app'],
    imageWants: null,
  },
  'no rule': {
    want: 'no-rule',
    ...emulated,
    rules: async (lab) => {
      await lab.writeRule('qemu-aarch64', '-1');
      return () => lab.register(qemuRule('arm64'));
    },
  },
  'a rule that is off': {
    want: 'rule-disabled',
    ...emulated,
    rules: async (lab) => {
      await lab.writeRule('qemu-aarch64', '0');
      return () => lab.writeRule('qemu-aarch64', '1');
    },
  },
  'binfmt_misc that is off': {
    want: 'binfmt-disabled',
    ...emulated,
    rules: async (lab) => {
      await lab.status('0');
      return () => lab.status('1');
    },
  },
  'a rule without flag F': {
    want: 'rule-without-fix-binary',
    ...emulated,
    rules: replaced({ flags: 'PO' }),
  },
};

function imageOf({ architecture = 'amd64', config, files }: Case): MadeImage {
  return { architecture, config: { Env: ['PATH=/usr/bin:/bin'], ...config }, files: files() };
}

/** The machine of these tests may have rules, which the lab does not share. */
const readOwnRules = async () => ({
  knownToKernel: true,
  mount: 'nothing' as const,
  status: null,
  rules: [],
});

const nameOf = (text: string) => `case:${text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

beforeAll(async () => {
  if (reason !== undefined) return;
  for (const name of ['amd64', 'arm64'] as const) {
    busybox.set(name, await readFile(await ensureBusybox(name)));
  }
});

describe.skipIf(reason !== undefined).each([
  { version: '20.10', store: 'classic' },
  { version: '28.5', store: 'containerd' },
] as const)('Docker $version, $store store', (engine) => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await startEngine({ ...engine, rules: ['arm64', 'arm'], name: 'diagnose' });
    const images = Object.entries(cases).map(
      ([text, one]) => [nameOf(text), imageOf(one)] as const,
    );
    const archive = Readable.from([dockerArchive(Object.fromEntries(images))]);
    const session = await open();
    const loading = await session.engine.docker.loadImage(archive);
    loading.resume();
    await new Promise((resolve) => {
      loading.once('end', resolve);
    });
  });

  afterAll(async () => {
    await lab.stop();
  });

  function open() {
    const { signal } = new AbortController();
    return openSession({ host: lab.dockerHost }, { env: {}, signal, readOwnRules });
  }

  async function ask(question: Omit<Question, 'stdin'>): Promise<Diagnosis> {
    const { facts } = await gatherTarget({ stdin: process.stdin, ...question }, open);
    return diagnose(facts, causes);
  }

  test.each(Object.entries(cases))('%s', async (text, { want, rules, flags = [], ...rest }) => {
    const image = nameOf(text);
    const container = image.replace(':', '-');
    const restore = await rules?.(lab);
    try {
      const words = ['--name', container, '--network', 'none', '--pull', 'never', ...flags];
      await lab.docker(['run', ...words, image], { check: false });
      const found = await ask({ name: container });
      expect(found.cause?.id ?? null).toBe(want);
      expect(found.missing).toEqual([]);
      const alone = await ask({ name: image });
      expect(alone.cause?.id ?? null).toBe(rest.imageWants === undefined ? want : rest.imageWants);
    } finally {
      await restore?.();
      await lab.docker(['rm', '-f', container], { check: false });
    }
  });

  test('a rule that the machine has and the engine has not', async () => {
    const image = nameOf('no rule');
    const restore = await cases['no rule']?.rules?.(lab);
    const rules = '/proc/sys/fs/binfmt_misc';
    const script = `mount -t binfmt_misc none ${rules} && printf %s "$RULE" > ${rules}/register && exec "$0" "$@"`;
    const words = ['--user', '--map-root-user', '--mount', 'sh', '-ec', script, process.execPath];
    const env = { ...process.env, DOCKER_HOST: lab.dockerHost, RULE: qemuRule('arm64') };
    const { stdout } = spawnSync('unshare', [...words, CLI, 'diagnose', '--json', image], { env });
    await restore?.();
    const { cause, others } = JSON.parse(stdout.toString()) as Record<string, unknown>;
    expect(cause).toMatchObject({ id: 'rules-in-another-namespace', confidence: 'certain' });
    expect(others).toMatchObject([{ id: 'no-rule', confidence: 'likely' }]);
  });

  /** Gives back how to wait for an event of a container; what comes from now on counts. */
  async function watchFor(name: string, event: string): Promise<() => Promise<void>> {
    const { engine: asked } = await open();
    const filters = { container: [name], event: [event.replace(/:.*/, '')] };
    const stream = (await asked.docker.getEvents({ filters })) as Readable;
    return async () => {
      let text = '';
      for await (const chunk of stream) {
        text += String(chunk);
        if (text.includes(`"${event}"`)) break;
      }
    };
  }

  test('a command for a container that runs', async () => {
    const words = ['-d', '--name', 'running', '--network', 'none', nameOf('another architecture')];
    await lab.docker([
      'run',
      ...words.slice(0, -1),
      '--entrypoint',
      'sleep',
      ...words.slice(-1),
      '60',
    ]);
    const fine = await ask({ name: 'running' });
    expect([fine.answer, fine.cause]).toEqual(['fine', null]);
    const exec = await ask({ name: 'running', exec: ['/app/run'] });
    expect(exec.cause?.id).toBe('wrong-architecture');
    const file = await ask({ name: 'running:/app/run' });
    expect(file.cause?.id).toBe('wrong-architecture');
    await lab.docker(['rm', '-f', 'running']);
  });

  test('a healthcheck that cannot run', async () => {
    const health = ['--health-cmd', '/app/run', '--health-interval', '1s', '--health-retries', '1'];
    const image = nameOf('another architecture behind a shell');
    const words = ['run', '-d', '--name', 'sick', '--network', 'none', ...health];
    const unhealthy = await watchFor('sick', 'health_status: unhealthy');
    await lab.docker([...words, '--entrypoint', 'sleep', image, '600']);
    await unhealthy();
    const found = await ask({ name: 'sick' });
    expect(found.cause?.id).toBe('wrong-architecture');
    await lab.docker(['rm', '-f', 'sick']);
  });

  test('a file in an image, and a name that is nothing', async () => {
    const found = await ask({ name: `${nameOf('a zip')}:/app/run` });
    expect(found.cause?.id).toBe('archive-file');
    await expect(ask({ name: 'no-such-thing' })).rejects.toThrow(/no container and no image/);
  });

  test('a log alone, with the rules of the engine', async () => {
    const file = join(lab.dir, 'a.log');
    await mkdir(lab.dir, { recursive: true });
    await writeFile(
      file,
      "WARNING: The requested image's platform (linux/s390x) does not match the detected host platform (linux/amd64/v4) and no specific platform was requested\nexec /bin/busybox: exec format error\n",
    );
    const found = await ask({ name: file, kind: 'log' });
    expect(found.cause?.id).toBe('no-rule');
  });
});
