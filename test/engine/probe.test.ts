// The probe on real engines: what it answers when all is well, when rules are broken in every way
// that is known, and inside images that have nothing of their own.
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KernelFacts, RunFacts } from '../../src/model/facts.ts';
import { makeImageProbe } from '../../src/probe/image-probe.ts';
import { LAUNCHERS, makeProbeImage, PROGRAMS } from '../../src/probe/image.ts';
import { probeKernel, removeProbeImage } from '../../src/probe/probe.ts';
import { ensureBusybox, loadBusybox } from '../lab/images.mjs';
import { runs386 } from '../probe/runs-386.ts';
import { startEngine, whyNoLab, type Lab, type LabOptions } from '../lab/lab.mjs';
import { ensureDynamicQemu, hostDebianArch } from '../lab/packages.mjs';
import { qemuRule } from '../lab/rules.mjs';

// The lab's engines are this machine's; the tests speak of amd64's foreign programs.
const reason = whyNoLab() ?? (hostDebianArch() === 'amd64' ? undefined : 'not an amd64 machine');

const connect = (lab: Lab) => new Docker({ socketPath: lab.socket });
const probe = (lab: Lab) => probeKernel(connect(lab), { architecture: 'amd64' });

function runOf(facts: KernelFacts, program: string): RunFacts | undefined {
  return facts.runs.find((run) => run.program === program);
}

/** Programs that did not run, though the lab has rules for all but 386, which is the kernel's own matter. */
function notRun({ runs }: KernelFacts): RunFacts[] {
  return runs.filter(({ program, outcome }) => outcome !== 'ran' && (program !== '386' || runs386));
}

/** The engine takes the probe's container away by itself, a moment later. */
async function expectNothingLeft(lab: Lab): Promise<void> {
  await expect.poll(() => countLeftovers(lab), { interval: 50, timeout: 60_000 }).toBe(0);
}

/** What is left of the probe in an engine, apart from its image. */
async function countLeftovers(lab: Lab): Promise<number> {
  const containers = await connect(lab).listContainers({ all: true });
  const { Volumes } = await connect(lab).listVolumes();
  return containers.length + (Volumes ?? []).length;
}

const engines: LabOptions[] = [
  { version: '20.10' },
  { version: '20.10', usernsRemap: true },
  { version: '26.1' },
  { version: '26.1', store: 'containerd' },
  { version: '28.5' },
  { version: '28.5', store: 'containerd' },
];

describe.skipIf(reason).each(engines)('on an engine %o', (options) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'probe', ...options });
  });
  afterAll(() => lab.stop());

  test('every program runs, and its emulator is named', async () => {
    const facts = await probe(lab);
    expect(facts.runs.map(({ program }) => program)).toEqual([...PROGRAMS]);
    expect(notRun(facts)).toEqual([]);
    expect(facts).toMatchObject({
      machine: 'x86_64',
      pageSize: 4096,
      interpreters: [],
      binfmt: { knownToKernel: true, mount: 'binfmt_misc', status: 'enabled' },
    });
    const { rules } = await lab.table();
    expect(facts.binfmt.rules.map(({ name }) => name)).toEqual(rules.map(({ name }) => name));
    expect(runOf(facts, 'amd64')?.level).toBeGreaterThan(0);
    expect(runOf(facts, 'amd64')?.emulator).toBeUndefined();
    expect(runOf(facts, 'arm64')).toMatchObject({
      machine: 'aarch64',
      emulator: {
        path: '/usr/bin/qemu-aarch64-static',
        version: expect.stringContaining('qemu-aarch64 version '),
        file: { errno: 'ok', kind: 'file', head: expect.stringMatching(/^f0VMRg/) },
      },
    });
    await expectNothingLeft(lab);
  });

  test('looks into an image that has no shell and names another user', async () => {
    const docker = connect(lab);
    await loadBusybox(lab, ['arm64']);
    const container = await docker.createContainer({
      Image: 'busybox:arm64',
      Entrypoint: ['/bin/sh'],
      User: '1000:1000',
    });
    await container.commit({ repo: 'other-user', tag: 'arm64', changes: 'USER 1000' });
    await container.remove();
    const image = await makeImageProbe(docker, { architecture: 'amd64' });
    const answer = await image.run({
      image: 'other-user:arm64',
      platform: 'linux/arm64',
      commands: [
        { do: 'look', path: '/bin/sh' },
        { do: 'look', path: '/bin/none' },
        { do: 'run', words: ['uname', '-m'] },
        { do: 'run', words: ['/bin/none'] },
        { do: 'guest', program: 'arm64' },
      ],
    });
    expect(answer.problem).toBeUndefined();
    expect(answer.runs).toMatchObject([
      { outcome: 'exit', exitStatus: 0, output: 'aarch64\n' },
      { outcome: 'errno', errno: 'ENOENT' },
    ]);
    expect(answer.guests).toMatchObject([{ program: 'arm64', outcome: 'ran' }]);
    expect(answer.files.find(({ path }) => path === '/bin/none')?.errno).toBe('ENOENT');
    expect(answer.files.find(({ path }) => path === '/bin/busybox')).toMatchObject({
      kind: 'file',
      head: expect.stringMatching(/^f0VMRg/),
    });
    await expect(image.run({ image: 'no-such:image', commands: [] })).rejects.toMatchObject({
      code: 'image-missing',
    });
    await expectNothingLeft(lab);
  });

  test('is removed without a trace', async () => {
    await probe(lab);
    const { tag } = await makeProbeImage('amd64');
    expect(await removeProbeImage(connect(lab))).toEqual([tag]);
    expect(await removeProbeImage(connect(lab))).toEqual([]);
  });
});

describe.skipIf(reason)('with rules that do not work', () => {
  let folder: string;
  let lab: Lab;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xbuild-probe-'));
    chmodSync(folder, 0o755);
    const install = (from: string, name: string, mode = 0o755) => {
      copyFileSync(from, join(folder, name));
      chmodSync(join(folder, name), mode);
    };
    install('/usr/bin/qemu-aarch64-static', 'plain', 0o644);
    install('/usr/bin/qemu-aarch64-static', 'sp ace\u00e9');
    install(new URL('../../src/probe/bin/guest-arm64', import.meta.url).pathname, 'foreign');
    install(await ensureBusybox('amd64'), 'busybox');
    symlinkSync('busybox', join(folder, 'yes'));
    symlinkSync('loop', join(folder, 'loop'));
    mkdirSync(join(folder, 'folder'));
    lab = await startEngine({ name: 'probe', rules: 'none' });
  });
  afterEach(() => lab.status('-1'));
  afterAll(async () => {
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('no rules: nothing to look at', async () => {
    const facts = await probe(lab);
    expect(facts.binfmt.rules).toEqual([]);
    expect(facts.interpreters).toEqual([]);
    expect(runOf(facts, '386')?.outcome).toBe(runs386 ? 'ran' : 'errno');
    expect(runOf(facts, 's390x')).toMatchObject({ outcome: 'errno', errno: 'ENOEXEC' });
  });

  test('a disabled rule, and a disabled table', async () => {
    await lab.register(qemuRule('arm64'));
    await lab.register(qemuRule('arm'));
    await lab.writeRule('qemu-aarch64', '0');
    const one = await probe(lab);
    expect(runOf(one, 'arm64')).toMatchObject({ outcome: 'errno', errno: 'ENOEXEC' });
    expect(runOf(one, 'arm-v7')?.outcome).toBe('ran');
    expect(one.interpreters.map(({ path }) => path)).toEqual([
      '/usr/libexec/qemu-binfmt/aarch64-binfmt-P',
    ]);
    await lab.status('0');
    const none = await probe(lab);
    expect(none.binfmt.status).toBe('disabled');
    expect(none.interpreters).toHaveLength(2);
    await lab.status('1');
  });

  // What is registered, with which flags, what execve answers, and what the interpreter is.
  test.each([
    ['usr/bin/qemu-aarch64-static', 'OP', 'ENOENT', { errno: 'ok', kind: 'file' }],
    ['none', '', 'ENOENT', { errno: 'ENOENT' }],
    ['loop', '', 'ENOENT', { errno: 'ELOOP' }],
    ['busybox/x', '', 'ENOENT', { errno: 'ENOTDIR' }],
    ['folder', '', 'ENOENT', { errno: 'ok', kind: 'directory' }],
    ['plain', '', 'ENOENT', { errno: 'ok', mode: 0o644 }],
    ['foreign', 'F', 'ELOOP', { errno: 'ok', size: expect.any(Number) }],
    ['foreign', 'OPF', 'ENOEXEC', { errno: 'ok', size: expect.any(Number) }],
  ])('interpreter "%s" with flags "%s": %s', async (name, flags, errno, file) => {
    const interpreter = name.startsWith('usr') ? `/${name}` : join(folder, name);
    await lab.register(qemuRule('arm64', { interpreter, flags }));
    const facts = await probe(lab);
    expect(runOf(facts, 'arm64')).toMatchObject({ outcome: 'errno', errno });
    expect(facts.interpreters).toMatchObject([{ path: interpreter, ...file }]);
  });

  test('a dynamically linked interpreter with flag F', async () => {
    const interpreter = join(await ensureDynamicQemu(), 'qemu-aarch64');
    await lab.register(qemuRule('arm64', { interpreter }));
    const facts = await probe(lab);
    expect(runOf(facts, 'arm64')).toMatchObject({ outcome: 'errno', errno: 'ENOENT' });
    expect(facts.interpreters).toMatchObject([
      { path: interpreter, interpreter: '/lib64/ld-linux-x86-64.so.2' },
    ]);
  });

  test('several interpreters at once, some of them missing', async () => {
    await lab.register(qemuRule('arm64', { interpreter: '/no/1', flags: '' }));
    await lab.register(qemuRule('riscv64', { interpreter: join(folder, 'folder'), flags: '' }));
    await lab.register(qemuRule('s390x', { interpreter: '/no/12', flags: '' }));
    await lab.register(qemuRule('ppc64le', { interpreter: 'relative', flags: '' }));
    const facts = await probe(lab);
    expect(Object.fromEntries(facts.interpreters.map(({ path, errno }) => [path, errno]))).toEqual({
      '/no/1': 'ENOENT',
      '/no/12': 'ENOENT',
      [join(folder, 'folder')]: 'ok',
    });
  });

  test('names and paths of any bytes', async () => {
    const line = (name: string, interpreter: string, arch: 'arm64' | 'arm', flags: string) =>
      lab.register(Buffer.from(qemuRule(arch, { name, interpreter, flags }), 'latin1'));
    await line('a b\xff\n$', `${folder}/sp ace\xc3\xa9`, 'arm64', 'F');
    await line('\x01', `${folder}/\xff`, 'arm', '');
    const facts = await probe(lab);
    expect(facts.binfmt.rules.map(({ name }) => name)).toEqual(['\x01', 'a b\xff\n$']);
    expect(runOf(facts, 'arm64')).toMatchObject({
      outcome: 'ran',
      emulator: { path: `${folder}/sp ace\xc3\xa9` },
    });
    expect(runOf(facts, 'arm-v5')).toMatchObject({ outcome: 'errno', errno: 'ENOENT' });
  });

  test('an emulator that writes without end', async () => {
    await lab.register(qemuRule('arm64', { interpreter: join(folder, 'yes'), flags: 'F' }));
    const facts = await probe(lab);
    expect(runOf(facts, 'arm64')).toMatchObject({
      outcome: 'timeout',
      output: expect.stringContaining('/.xbuild/guest/arm64\n'),
      emulator: { path: join(folder, 'busybox') },
    });
    expect(runOf(facts, 'amd64')?.outcome).toBe('ran');
    await expectNothingLeft(lab);
  });

  test('a rule that takes native 32-bit programs', async () => {
    const magic = String.raw`\x7fELF\x01\x01`;
    await lab.register(`:wide:M::${magic}::/usr/bin/qemu-arm-static:F`);
    const facts = await probe(lab);
    expect(runOf(facts, '386')).toMatchObject({
      outcome: 'exit',
      emulator: { path: '/usr/bin/qemu-arm-static' },
      output: expect.stringContaining('Invalid ELF image'),
    });
    expect(facts.interpreters.map(({ path }) => path)).toEqual(['/usr/bin/qemu-arm-static']);
  });

  test('a rule that takes every native program: the engine cannot start anything', async () => {
    await probe(lab);
    await lab.register(String.raw`:wide:M::\x7fELF::/usr/bin/qemu-arm-static:F`);
    await expect(probe(lab)).rejects.toMatchObject({
      code: 'probe-failed',
      hint: expect.stringContaining('binfmt_misc'),
    });
    await lab.status('-1');
    await expectNothingLeft(lab);
  });

  test('an abort leaves nothing behind', async () => {
    await lab.register(qemuRule('arm64', { interpreter: join(folder, 'yes'), flags: 'F' }));
    for (const after of [0, 30, 100, 400]) {
      const signal = AbortSignal.timeout(after);
      await expect(
        probeKernel(connect(lab), { architecture: 'amd64', signal }),
      ).rejects.toMatchObject({ name: 'TimeoutError' });
      await expectNothingLeft(lab);
    }
  });

  test('only the programs that were asked for', async () => {
    const facts = await probeKernel(connect(lab), {
      architecture: 'amd64',
      programs: ['386', 'amd64', 'unheard-of'],
    });
    expect(facts.runs.map(({ program }) => program)).toEqual(['386', 'amd64']);
  });
});

describe.skipIf(reason)('on other hosts', () => {
  // Under emulation a launcher is a program like any other: this is the nearest to a machine of its own.
  test.each(LAUNCHERS.filter((architecture) => architecture !== '386' || runs386))(
    'the launcher for %s answers as the native one does',
    async (architecture) => {
      const lab = await startEngine({ name: 'probe' });
      try {
        const facts = await probeKernel(connect(lab), { architecture });
        expect(notRun(facts)).toEqual([]);
        expect(facts.binfmt).toMatchObject({ mount: 'binfmt_misc', status: 'enabled' });
        expect(facts.binfmt.rules).toHaveLength(7);
        expect(runOf(facts, 'riscv64')?.emulator?.version).toContain('qemu-riscv64 version');
        expect(facts.pageSize).toBeGreaterThanOrEqual(4096);
      } finally {
        await lab.stop();
      }
    },
  );
});

describe.skipIf(reason)('where binfmt_misc is not mounted', () => {
  test('says so', async () => {
    const lab = await startEngine({ name: 'probe', rules: 'none' });
    try {
      await lab.umountBinfmt();
      const { binfmt } = await probe(lab);
      expect(binfmt).toEqual({ knownToKernel: true, mount: 'nothing', status: null, rules: [] });
    } finally {
      await lab.stop();
    }
  });
});
