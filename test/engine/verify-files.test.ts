import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePlatform } from '../../src/model/platform.ts';
import type { ImageVerification } from '../../src/model/verification.ts';
import { ensureBusybox } from '../lab/images.mjs';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { cached, unpack } from '../lab/packages.mjs';
import {
  dockerArchive,
  ociArchive,
  type ImageFile,
  type MadeImage,
} from '../verify/image-archive.ts';
import { madeElf } from '../verify/made-elf.ts';
import { reason, skipped, xbuild } from './xbuild.ts';

/** The files of Debian packages, as their own archives have them. */
async function debian(arch: string, suite: string, ...packages: string[]): Promise<ImageFile[]> {
  const root = await cached(`verify-files/${suite}-${arch}-${packages.join('-')}`, async (into) => {
    await unpack({ suite, arch, packages, into });
  });
  return readdirSync(root, { recursive: true, encoding: 'latin1' })
    .toSorted()
    .filter((path) => !path.startsWith('usr/share'))
    .map((path) => {
      const stats = lstatSync(join(root, path));
      if (stats.isDirectory()) return { path: `${path}/` };
      if (stats.isSymbolicLink()) return { path, target: readlinkSync(join(root, path)) };
      return { path, mode: stats.mode & 0o7777, bytes: readFileSync(join(root, path)) };
    });
}

function only(files: readonly ImageFile[], ...ends: string[]): ImageFile[] {
  const found = files.filter(({ path }) => ends.some((end) => path.endsWith(end)));
  if (found.length === 0) throw new Error(`nothing ends in ${ends.join(', ')}`);
  return found;
}

const env = ['PATH=/usr/local/bin:/usr/bin:/bin'];

function image(
  platform: string,
  below: readonly ImageFile[],
  files: readonly ImageFile[],
  config: object = {},
): MadeImage {
  const { architecture, variant } = parsePlatform(platform);
  const variants = variant === undefined ? {} : { variant };
  return { architecture, ...variants, config: { Env: env, ...config }, below, files };
}

/** Elf files that a kernel would load, and no more. */
function file(
  path: string,
  architecture: string,
  more: { loader?: string; level?: number } = {},
): ImageFile {
  return { path, bytes: madeElf({ architecture, ...more }) };
}

interface Parts {
  busybox: Record<'amd64' | 'arm64' | 'armv7' | 'armv6', Buffer>;
  /** glibc and ls of Debian 12, and what ls needs. */
  arm64: ImageFile[];
  amd64: ImageFile[];
  /** dash of Debian 13. */
  newer: ImageFile[];
  musl: ImageFile[];
  cross: ImageFile[];
}

async function prepare(): Promise<Parts> {
  const names = ['amd64', 'arm64', 'armv7', 'armv6'] as const;
  const programs = await Promise.all(
    names.map(async (name) => [name, readFileSync(await ensureBusybox(name))] as const),
  );
  const ls = [
    'libc6',
    'coreutils',
    'libselinux1',
    'libpcre2-8-0',
    'libacl1',
    'libattr1',
    'libgmp10',
  ];
  return {
    busybox: Object.fromEntries(programs) as Parts['busybox'],
    arm64: await debian('arm64', 'bookworm', ...ls),
    amd64: await debian('amd64', 'bookworm', ...ls),
    newer: await debian('arm64', 'trixie', 'dash'),
    musl: await debian('arm64', 'bookworm', 'musl'),
    cross: await debian('amd64', 'bookworm', 'libc6-arm64-cross'),
  };
}

const shell = (bytes: Buffer): ImageFile[] => [
  { path: 'bin/' },
  { path: 'bin/busybox', bytes },
  ...['sh', 'uname', 'env'].map((applet) => ({ path: `bin/${applet}`, target: 'busybox' })),
];

const isLibrary = ({ path }: ImageFile) => path.endsWith('/libselinux.so.1');
const MUSL = '/lib/ld-musl-aarch64.so.1';

/** An image a fault, and how the fault is told: status, id and path. */
function planted({ busybox, arm64, amd64, newer }: Parts): Record<string, [MadeImage, string]> {
  const glibc = arm64.filter(({ path }) => !path.includes('bin/'));
  const ls = only(arm64, 'bin/ls');
  const base = shell(busybox.arm64);
  const prebuilds = Array.from({ length: 60 }, (_, index) =>
    file(`app/node_modules/m${index}/prebuilds/linux-x64/m.node`, 'amd64'),
  );
  const on = (below: readonly ImageFile[], files: readonly ImageFile[], config?: object) =>
    image('linux/arm64', below, files, config);
  return {
    path: [
      on(base, [file('usr/local/bin/tool', 'amd64')]),
      'fail wrong-architecture /usr/local/bin/tool',
    ],
    elsewhere: [
      on(base, [file('srv/testdata/hello', 's390x')]),
      'warn wrong-architecture /srv/testdata/hello',
    ],
    prebuilds: [
      on(base, prebuilds),
      'warn wrong-architecture /app/node_modules/m0/prebuilds/linux-x64/m.node',
    ],
    interpreter: [
      on(base, [{ path: 'usr/local/bin/run', bytes: '#!/usr/bin/python3\n' }]),
      'fail interpreter-missing /usr/local/bin/run',
    ],
    library: [
      on(
        glibc,
        only(amd64, 'libselinux.so.1')
          .map((one) => ({ ...one, path: 'lib/aarch64-linux-gnu/libselinux.so.1' }))
          .concat(ls),
      ),
      'fail wrong-architecture /lib/aarch64-linux-gnu/libselinux.so.1',
    ],
    lacking: [
      on(
        glibc.filter((one) => !isLibrary(one)),
        ls,
      ),
      'fail library-missing /bin/ls',
    ],
    uncached: [
      on(
        glibc.filter((one) => !isLibrary(one)),
        [
          ...ls,
          ...only(arm64, 'libselinux.so.1').map((one) => ({
            ...one,
            path: 'usr/local/lib/libselinux.so.1',
          })),
        ],
      ),
      'fail library-missing /bin/ls',
    ],
    version: [on(glibc, only(newer, 'bin/dash')), 'fail symbol-version-missing /usr/bin/dash'],
    loader: [on(base, ls), 'fail loader-missing /bin/ls'],
    musl: [
      on(glibc, [file('usr/local/bin/tool', 'arm64', { loader: MUSL })]),
      'fail loader-missing /usr/local/bin/tool',
    ],
    level: [
      image('linux/amd64', shell(busybox.amd64), [
        file('usr/local/bin/tool', 'amd64', { level: 3 }),
      ]),
      'fail wrong-variant /usr/local/bin/tool',
    ],
    variant: [
      image('linux/arm/v6', shell(busybox.armv6), [
        { path: 'usr/local/bin/tool', bytes: busybox.armv7 },
      ]),
      'fail wrong-variant /usr/local/bin/tool',
    ],
    health: [
      on(base, [file('check', 'amd64')], { Cmd: ['sh'], Healthcheck: { Test: ['CMD', '/check'] } }),
      'fail healthcheck-architecture /check',
    ],
    setuid: [
      on(base, [{ path: 'bin/su', mode: 0o4755, bytes: busybox.arm64 }], { Cmd: ['sh'] }),
      'warn setuid-needs-credentials /bin/su',
    ],
    start: [
      on(base, [file('app', 'amd64')], { Entrypoint: ['/app'] }),
      'fail entrypoint-architecture /app',
    ],
  };
}

function clean({ busybox, arm64, amd64, musl, cross }: Parts): Record<string, MadeImage> {
  const cmd = { Cmd: ['ls'] };
  return {
    'debian-amd64': image('linux/amd64', amd64, shell(busybox.amd64), cmd),
    'debian-arm64': image('linux/arm64', arm64, shell(busybox.arm64), cmd),
    'good-musl': image(
      'linux/arm64',
      musl,
      [...shell(busybox.arm64), file('usr/bin/tool', 'arm64', { loader: MUSL })],
      { Cmd: ['sh'] },
    ),
    cross: image('linux/amd64', cross, shell(busybox.amd64), { Cmd: ['sh'] }),
    testdata: image(
      'linux/amd64',
      shell(busybox.amd64),
      ['386', 'arm64', 's390x', 'mips64le'].map((name) =>
        file(`usr/local/go/src/debug/elf/testdata/gcc-${name}-exec`, name),
      ),
      { Cmd: ['sh'] },
    ),
  };
}

/** What is not right, one line a finding. That nothing could be run is the engine's. */
function told({ findings }: ImageVerification): string[] {
  return findings
    .filter(({ status, id }) => status !== 'pass' && id !== 'uname')
    .map(({ status, id, location }) => `${status} ${id} ${location?.path ?? ''}`.trim());
}

describe.skipIf(reason)(`verify looks at every file${skipped}`, () => {
  let lab: Lab;
  let folder: string;
  let parts: Parts;

  beforeAll(async () => {
    parts = await prepare();
    folder = await mkdtemp(join(tmpdir(), 'xbuild-verify-'));
    lab = await startEngine({ version: '28.5', store: 'containerd' });
    const faulty = Object.entries(planted(parts)).map(
      ([name, [made]]) => [`${name}:1`, made] as const,
    );
    const good = Object.entries(clean(parts)).map(([name, made]) => [`${name}:1`, made] as const);
    await load('single.tar', dockerArchive(Object.fromEntries([...faulty, ...good])));
    const both = ['linux/amd64', 'linux/arm64'].map((platform) =>
      image(platform, [], shell(parts.busybox.amd64), { Cmd: ['sh'] }),
    );
    await load('both.tar', ociArchive('both:1', both));
  });

  afterAll(async () => {
    await lab.stop();
    await rm(folder, { recursive: true });
  });

  async function load(name: string, archive: Buffer): Promise<void> {
    const path = join(folder, name);
    await writeFile(path, archive);
    await lab.docker(['load', '-i', path]);
  }

  async function verify(...words: string[]): Promise<ImageVerification[]> {
    const { json, stderr } = await xbuild(lab, ['verify', '--json', ...words]);
    if (json.images === undefined) throw new Error(stderr);
    return json.images as unknown as ImageVerification[];
  }

  test('and finds every planted fault, its path and its layer', async () => {
    const wanted = Object.entries(planted(parts));
    const images = await verify(...wanted.map(([name]) => `${name}:1`));
    const lines = images.map((one) => [one.reference, told(one)]);
    expect(lines).toEqual(wanted.map(([name, [, line]]) => [`${name}:1`, [line]]));
    const layers = images.map(
      (one) =>
        one.findings.find(
          ({ status, id }) => (status === 'fail' || status === 'warn') && id !== 'uname',
        )?.location?.layer,
    );
    // How a rule is registered is no layer's fault.
    const makers = wanted.map(([name]) => (name === 'setuid' ? undefined : 'COPY a test'));
    expect(layers.map((layer) => layer?.createdBy)).toEqual(makers);
  });

  test('and finds no fault in clean images', async () => {
    const images = await verify(...Object.keys(clean(parts)).map((name) => `${name}:1`));
    const wrong = images.flatMap((one) => told(one).filter((line) => !line.startsWith('warn')));
    expect(wrong).toEqual([]);
    expect(images.every(({ ok }) => ok)).toBe(true);
  });

  test('and finds the same in an archive, which needs no engine', async () => {
    const wanted = Object.entries(planted(parts));
    const { json } = await xbuild(undefined, ['verify', '--json', join(folder, 'single.tar')]);
    const images = json.images as unknown as ImageVerification[];
    const found = new Set(images.flatMap(told));
    // Of an archive neither the loader's cache is read, nor has an engine any rule.
    const lines = wanted
      .filter(([name]) => !['uncached', 'setuid'].includes(name))
      .map(([, [, line]]) => line);
    expect(lines.filter((line) => !found.has(line))).toEqual([]);
  });

  test('what is allowed passes; an allowance for nothing is told; a platform can be required', async () => {
    const { status, json } = await xbuild(lab, [
      'verify',
      '--json',
      '--allow',
      'tool=made for the other machine',
      '--allow',
      '/nothing=nothing',
      '--require',
      'linux/riscv64',
      'path:1',
    ]);
    const images = json.images as unknown as ImageVerification[];
    expect(images.map(told)).toEqual([['warn allow-unused'], ['fail platform-missing']]);
    expect(status).toBe(4);
  });

  test('two platforms with the same bytes are told so', async () => {
    const images = await verify('both:1');
    expect(images.map(({ ok }) => ok)).toEqual([true, false]);
    expect(images[1]?.findings.map(({ id }) => id)).toContain('same-bytes');
  });
});
