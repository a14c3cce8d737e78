// Changes of the rule table on real engines: shown, made, checked, and undone when they do not help.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startEngine, type Lab, type LabOptions } from '../lab/lab.mjs';
import { qemuRule } from '../lab/rules.mjs';
import { startRegistry } from '../lab/servers.mjs';
import { CLI, connect, contentsOf, reason, skipped, xbuild, type Ended } from './xbuild.ts';

const QEMU = '/usr/bin/qemu-aarch64-static';
/** A static native program that is no emulator: it runs, and does not run what it is given. */
const NO_EMULATOR = new URL('../../src/probe/bin/guest-amd64', import.meta.url).pathname;

interface ChangeJson {
  ok: boolean;
  result: string;
  reason?: string;
  checks: { what: string; ok: boolean }[];
  plan: { writes: { shell: string }[]; undo: { shell: string }[] };
  undone: { shell: string; errno: string }[];
}

const document = (ended: Ended): ChangeJson => JSON.parse(ended.stdout) as ChangeJson;

function program(from: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-emulator-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'emulator');
  copyFileSync(from, path);
  spawnSync('chmod', ['755', folder, path]);
  return path;
}

const engines: LabOptions[] = [
  { version: '28.5', store: 'containerd' },
  { version: '20.10', usernsRemap: true },
];

/** How `preflight --fix` ended for arm64. */
async function fixed(lab: Lab) {
  const words = ['preflight', '--platform', 'linux/arm64', '--fix', '--yes', '--json'];
  const ended = await xbuild(lab, words);
  return { status: ended.status, platforms: ended.json.platforms };
}

const green = { status: 0, platforms: [{ support: 'emulated' }] };

describe.skipIf(reason).each(engines)(`the rules of an engine %o${skipped}`, (options) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'change', rules: 'none', ...options });
  });
  afterAll(() => lab.stop());
  beforeEach(async () => {
    await lab.status('-1');
    await lab.status('1');
  });

  const change = (...words: string[]) => xbuild(lab, ['binfmt', ...words]);
  const names = async () => (await lab.table()).rules.map(({ name }) => name);

  test('add: an emulator is found, registered, proven, and nothing is left behind', async () => {
    const ended = await change('add', 'arm64', '--yes', '--json');
    expect(ended).toMatchObject({ status: 0, left: [] });
    const said = document(ended);
    expect(said).toMatchObject({ ok: true, result: 'applied', plan: { undo: [{}] } });
    expect(said.checks.map(({ ok }) => ok)).not.toContain(false);
    expect((await lab.table()).rules).toMatchObject([
      { name: 'qemu-aarch64', enabled: true, interpreter: QEMU, flags: 'POCF' },
    ]);
    const { containers, volumes } = await contentsOf(lab);
    expect({ containers, volumes }).toEqual({ containers: [], volumes: [] });
    expect((await change('add', 'aarch64')).stdout).toMatch(/^Nothing to do: arm64 runs/);
  });

  test('add: without a terminal and without --yes nothing is changed, and the writes are shown', async () => {
    const ended = await change('add', 'arm64');
    expect(ended.status).toBe(2);
    expect(ended.stdout).toContain(' > /proc/sys/fs/binfmt_misc/register');
    expect(ended.stderr).toContain('--yes');
    expect((await change('add', 'arm64', '--dry-run')).status).toBe(0);
    expect(await names()).toEqual([]);
  });

  test('add: a file of this machine is sent to the engine, which keeps it open', async () => {
    const path = program(QEMU);
    const ended = await change('add', 'arm64', '--yes', '--json', '--from-file', path);
    expect(ended.status).toBe(0);
    rmSync(path);
    const ran = await xbuild(lab, ['preflight', '--platform', 'linux/arm64']);
    expect(ran.status).toBe(0);
    expect((await lab.table()).rules).toMatchObject([{ interpreter: path }]);
  });

  test('add: an emulator out of an image', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-image-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    mkdirSync(join(folder, 'usr/bin'), { recursive: true });
    copyFileSync(QEMU, join(folder, 'usr/bin/qemu-aarch64'));
    spawnSync('tar', ['-C', folder, '-cf', join(folder, 'image.tar'), 'usr']);
    await lab.docker(['import', join(folder, 'image.tar'), 'emulators:1']);
    const ended = await change('add', 'arm64', '--yes', '--json', '--image', 'emulators:1');
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect((await lab.table()).rules).toMatchObject([{ interpreter: '/usr/bin/qemu-aarch64' }]);
    await connect(lab).getImage('emulators:1').remove({ force: true });
    expect((await xbuild(lab, ['preflight', '--platform', 'linux/arm64'])).status).toBe(0);
    const unknown = await change('add', 's390x', '--yes', '--image', 'nobody/knows:this');
    expect(unknown).toMatchObject({ status: 2, stderr: expect.stringContaining('@sha256:') });
  });

  test('add: an interpreter that does not emulate is taken back, order included', async () => {
    for (const arch of ['arm64', 's390x', 'arm'] as const) await lab.register(qemuRule(arch));
    const before = await lab.table();
    const words = ['--replace', '--from-file', program(NO_EMULATOR), '--yes', '--json'];
    const ended = await change('add', 's390x', ...words);
    expect(ended.status).toBe(1);
    expect(document(ended)).toMatchObject({ ok: false, result: 'rolled-back' });
    expect(document(ended).reason).toMatch(/a program for s390x runs/);
    expect(await lab.table()).toEqual(before);
  });

  test('add: what takes native programs is refused, and taken back at once where it is forced', async () => {
    await lab.register(qemuRule('arm64'));
    const before = await lab.table();
    const words = ['add', 'wide', '--magic', String.raw`\x7fELF`, '--interpreter', NO_EMULATOR];
    const refused = await change(...words, '--yes');
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('would take') });
    const forced = await change(...words, '--yes', '--force', '--json');
    expect(forced.status).toBe(1);
    expect(document(forced)).toMatchObject({ result: 'rolled-back' });
    expect(await lab.table()).toEqual(before);
  });

  test('add: a rule that is there is compared, and replaced only when asked', async () => {
    await lab.register(qemuRule('arm64', { flags: 'P' }));
    const refused = await change('add', 'arm64', '--yes');
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /is a rule qemu-aarch64 already, and it is another one[^]*--replace/,
      ),
    });
    expect((await change('add', 'arm64', '--yes', '--replace')).status).toBe(0);
    expect((await lab.table()).rules).toMatchObject([{ name: 'qemu-aarch64', flags: 'POCF' }]);
  });

  test('remove, disable, enable, off and on do what they say, and leave other rules alone', async () => {
    await lab.register(':rosetta:E::rosetta::/mnt/rosetta:');
    await lab.register(qemuRule('arm64'));
    await lab.register(':jar:E::jar::/usr/bin/java:');
    expect((await change('disable', 'arm64', '-y')).status).toBe(0);
    expect((await lab.table()).rules.map(({ enabled }) => enabled)).toEqual([true, false, true]);
    expect((await change('disable', 'arm64', '-y')).stdout).toMatch(/^Nothing to do/);
    expect((await change('enable', 'qemu-aarch64', '-y')).status).toBe(0);
    expect((await change('off', '-y')).status).toBe(0);
    expect((await lab.table()).enabled).toBe(false);
    expect((await change('on', '-y')).status).toBe(0);
    expect((await lab.table()).enabled).toBe(true);
    expect((await change('remove', 'arm64', '-y')).status).toBe(0);
    expect(await names()).toEqual(['jar', 'rosetta']);
    expect(await change('remove', 'arm64', '-y')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('there are: jar, rosetta'),
    });
    expect((await change('remove', 'rosetta', '-y')).status).toBe(0);
    expect(await names()).toEqual(['jar']);
  });

  test('enable: a rule whose interpreter cannot start in containers is switched off again', async () => {
    await lab.register(qemuRule('arm64', { flags: '' }));
    await lab.writeRule('qemu-aarch64', '0');
    const ended = await change('enable', 'arm64', '--yes', '--json');
    expect(ended.status).toBe(1);
    expect(document(ended)).toMatchObject({ result: 'rolled-back', undone: [{ errno: 'ok' }] });
    expect((await lab.table()).rules).toMatchObject([{ enabled: false }]);
  });

  test('restore: a hostile table comes back byte for byte, order and switches included', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'xbuild-snapshot-')), 'rules.json');
    onTestFinished(() => rmSync(join(file, '..'), { recursive: true, force: true }));
    await lab.register(`:long:M::A::/${'x'.repeat(1880)}:`);
    await lab.register('|two words\n\u001b[31m|E||a b||/with\nflags: F\nblank |P');
    await lab.register(qemuRule('arm64'));
    await lab.register(':-1:E::x::/minus:');
    await lab.writeRule('-1', '0');
    const before = await lab.table();
    expect((await change('snapshot', file)).status).toBe(0);
    expect(await change('diff', file)).toMatchObject({ status: 0 });
    await lab.status('-1');
    await lab.register(':stranger:E::y::/y:');
    await lab.status('0');
    const diff = await change('diff', file);
    expect(diff).toMatchObject({ status: 1, stdout: expect.not.stringContaining('\u001b') });
    expect(diff.stdout).toMatch(/^\+ stranger/m);
    const ended = await change('restore', file, '--yes', '--json');
    expect(ended.status).toBe(0);
    expect(await lab.table()).toEqual(before);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ kind: 'binfmt-snapshot' });
    expect((await change('remove', 'long', '-y')).status).toBe(0);
    expect(await names()).not.toContain('long');
  });

  describe('preflight --fix', () => {
    test('from no rules to green', async () => {
      expect(await fixed(lab)).toMatchObject(green);
    });

    test('from a rule and a table that are off to green, with no new rule', async () => {
      await lab.register(qemuRule('arm64'));
      await lab.writeRule('qemu-aarch64', '0');
      await lab.status('0');
      expect(await fixed(lab)).toMatchObject(green);
      expect((await lab.table()).rules).toMatchObject([{ flags: 'POF', enabled: true }]);
    });

    test('from a rule without flag F to green', async () => {
      await lab.register(qemuRule('arm64', { flags: 'P' }));
      expect(await fixed(lab)).toMatchObject(green);
    });

    test('from a rule that another one hides to green', async () => {
      await lab.register(qemuRule('arm64'));
      await lab.register(
        qemuRule('arm64', { name: 'foreign', interpreter: '/nowhere', flags: '' }),
      );
      expect(await fixed(lab)).toMatchObject(green);
    });

    test('asks first: without a terminal and without --yes nothing is changed', async () => {
      const ended = await xbuild(lab, ['preflight', '--platform', 'linux/arm64', '--fix']);
      expect(ended.status).toBe(2);
      expect(await names()).toEqual([]);
    });
  });
});

describe.skipIf(reason)(`binfmt_misc that is not mounted${skipped}`, () => {
  test('mount: mounts it where the engine’s machine has it, and --fix does too', async () => {
    await using lab = await startEngine({ name: 'mount', version: '28.5', rules: 'none' });
    await lab.umountBinfmt();
    expect(await xbuild(lab, ['binfmt', 'add', 'arm64', '-y'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('xbuild binfmt mount'),
    });
    expect((await xbuild(lab, ['binfmt', 'mount'])).status).toBe(2);
    expect((await xbuild(lab, ['binfmt', 'mount', '--yes'])).status).toBe(0);
    expect(await lab.table()).toMatchObject({ mounted: true, rules: [] });
    await lab.umountBinfmt();
    expect(await fixed(lab)).toMatchObject(green);
  });
});

describe.skipIf(reason)(`an emulator out of a registry${skipped}`, () => {
  test('add: an image by its digest is pulled on consent; a dynamic one, and none at all, are refused', async () => {
    const registry = await startRegistry();
    onTestFinished(() => registry.stop());
    await using lab = await startEngine({
      name: 'pull',
      version: '20.10',
      rules: 'none',
      net: true,
    });
    await lab.reach(registry.port);
    // As the usual image has them: /usr/bin/qemu-ARCH and nothing else.
    const publish = async (tag: string, emulator: string) => {
      const folder = mkdtempSync(join(tmpdir(), 'xbuild-image-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      mkdirSync(join(folder, 'usr/bin'), { recursive: true });
      copyFileSync(emulator, join(folder, 'usr/bin/qemu-aarch64'));
      spawnSync('tar', ['-C', folder, '-cf', join(folder, 'image.tar'), 'usr']);
      const name = `${registry.host}/binfmt:${tag}`;
      await lab.docker(['import', join(folder, 'image.tar'), name]);
      await lab.docker(['push', '--quiet', name]);
      const said = await lab.docker(['inspect', '--format', '{{index .RepoDigests 0}}', name]);
      await lab.docker(['rmi', name]);
      return said.stdout.trim();
    };
    const good = await publish('good', QEMU);
    const dynamic = await publish('dynamic', '/bin/true');
    const add = (...words: string[]) => xbuild(lab, ['binfmt', 'add', 'arm64', ...words]);

    const asked = await add('--image', good);
    expect(asked).toMatchObject({
      status: 2,
      stderr: expect.stringContaining(`docker pull ${good}`),
    });
    expect(await add('--image', good, '--dry-run')).toMatchObject({ status: 2 });
    expect((await contentsOf(lab)).untagged).toEqual([]);

    expect(await add('--image', dynamic, '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('dynamically linked'),
    });
    const missing = good.replace(/.{4}$/, (end) => (end === '0000' ? '1111' : '0000'));
    expect(await add('--image', missing, '--yes')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('could not pull'),
    });
    expect((await lab.table()).rules).toEqual([]);

    expect((await add('--image', good, '--yes', '--json')).status).toBe(0);
    expect((await lab.table()).rules).toMatchObject([{ interpreter: '/usr/bin/qemu-aarch64' }]);
  });
});

describe.skipIf(reason)(`this machine’s own table${skipped}`, () => {
  test('is changed in a user namespace of its own with --mount', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-mount-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const script = `mount -t tmpfs none ${folder} && mkdir ${folder}/b && mount -t binfmt_misc none ${folder}/b
      x="${process.execPath} ${CLI} binfmt"
      $x add arm64 s390x --mount ${folder}/b --yes --json && $x disable s390x --mount ${folder}/b -y > /dev/null &&
      $x add bad --magic ELF --offset 1 --interpreter ${NO_EMULATOR} --force --mount ${folder}/b -y > /dev/null; echo "status $?"
      head -1 ${folder}/b/qemu-*; ls ${folder}/b`;
    const { stdout } = spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', script],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toMatch(/"result": "applied"/);
    expect(stdout).toMatch(/status 1\n/);
    expect(stdout).toMatch(/qemu-aarch64 <==\nenabled\n[^]*qemu-s390x <==\ndisabled/);
    expect(stdout).not.toMatch(/^bad$/m);
  });

  test('add: the package is installed on consent, and rules that it registers itself are enough', () => {
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-package-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // Stands for a machine without the package: no file there is an emulator. Its apt-get brings
    // them back, and does what the package's scripts do where systemd-binfmt runs.
    const script = `mount -t tmpfs none ${folder} && mkdir ${folder}/b ${folder}/bin && mount -t binfmt_misc none ${folder}/b
      cd ${folder}
      echo '#!/bin/sh' > none
      printf '%s\\n' '#!/bin/sh' 'echo "apt-get $*"; while umount ${QEMU} 2> /dev/null; do :; done' '[ -z "$RULE" ] || printf %s "$RULE" > ${folder}/b/register' > bin/apt-get
      chmod 755 none bin/apt-get
      mount --bind none ${QEMU}
      for file in /usr/libexec/qemu-binfmt/aarch64-binfmt-P /usr/bin/qemu-aarch64; do [ ! -e $file ] || [ -L $file ] || mount --bind none $file; done
      export PATH="${folder}/bin:$PATH" RULE
      x="${process.execPath} ${CLI} binfmt add arm64 --mount ${folder}/b"
      $x 2>&1; echo "asked $?"
      RULE='${qemuRule('arm64', { interpreter: QEMU, flags: 'POF' })}'; $x --yes 2>&1; echo "own rules $?"; head -3 b/qemu-aarch64
      echo -1 > b/status; mount --bind none ${QEMU}
      RULE=; $x --yes 2>&1; echo "no rules $?"; head -3 b/qemu-aarch64
      echo -1 > b/status; printf '#!/bin/sh\\nexit 100\\n' > bin/apt-get; mount --bind none ${QEMU}; $x --yes 2>&1; echo "refused $?"; ls b`;
    const { stdout } = spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', script],
      { encoding: 'utf8' },
    );
    const line = 'apt-get install --yes --no-install-recommends qemu-user-static';
    const [asked = '', own = '', none = '', refused = ''] = stdout.split(
      /^(?=asked|own rules|no rules)/m,
    );
    expect(asked).toContain(`\n  ${line}\n`);
    expect(own).toMatch(
      /^asked 2\n[^]*\napt-get install[^]*The package registered rules of its own: arm64 runs/,
    );
    expect(none).toMatch(
      /^own rules 0\nenabled\ninterpreter \S+\nflags: POF\n[^]*Done: one write, checked/,
    );
    expect(refused).toMatch(/^no rules 0\nenabled\ninterpreter \S+\nflags: POCF\n/);
    expect(refused).toMatch(/apt-get ended with status 100[^]*refused 1\nregister\nstatus\n$/);
  });

  test('is not changed by an ordinary user, who is told what root has to type', async () => {
    const options = {
      wrapper: ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
    };
    const home = mkdtempSync(join(tmpdir(), 'xbuild-user-'));
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    writeFileSync(join(home, 'x'), '');
    const ended = await xbuild(undefined, ['binfmt', 'add', 'arm64', '--local', '--yes'], {
      ...options,
      env: { TMPDIR: '/tmp' },
    });
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('sudo xbuild binfmt add arm64 --local --yes');
  });
});
