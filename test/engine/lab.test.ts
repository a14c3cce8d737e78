import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { busyboxBase, ensureBusybox, loadBusybox } from '../lab/images.mjs';
import { startEngine, sweep, whyNoLab, type Lab, type LabOptions } from '../lab/lab.mjs';
import { isAlive, startTime } from '../lab/processes.mjs';
import { startRegistry, startSshd } from '../lab/servers.mjs';
import { qemuRule, RULE_ARCHES, ruleName } from '../lab/rules.mjs';

const reason = whyNoLab();
const PAIRS = [
  ['20.10', 'classic'],
  ['26.1', 'classic'],
  ['26.1', 'containerd'],
  ['28.5', 'classic'],
  ['28.5', 'containerd'],
] as const;

const machineRules = () =>
  readdirSync('/proc/sys/fs/binfmt_misc').map((name) => {
    const path = join('/proc/sys/fs/binfmt_misc', name);
    return name === 'register' ? name : `${name} ${readFileSync(path, 'utf8')}`;
  });

const start = async (options: LabOptions): Promise<Lab> => {
  const lab = await startEngine(options);
  onTestFinished(() => lab.stop());
  return lab;
};

/** Processes that mention the lab's directory, and mounts below it, as the machine sees them. */
const traces = (dir: string): string[] => {
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .filter((line) => line.includes(dir));
  const processes = execFileSync('ps', ['-eo', 'args=']).toString().split('\n');
  return [...mounts, ...processes.filter((line) => line.includes(dir))];
};

const cgroups = (dir: string): string =>
  execFileSync('find', ['/sys/fs/cgroup', '-name', dir.split('/').at(-1) ?? '']).toString();

describe.skipIf(reason)(`the lab${reason ? `: ${reason}` : ''}`, () => {
  const before = reason ? [] : machineRules();

  it.each(PAIRS)(
    'starts Docker %s with the %s store, builds and runs arm64',
    async (version, store) => {
      const lab = await start({ version, store });
      const versions = await lab.docker([
        'version',
        '--format',
        '{{.Client.Version}} {{.Server.Version}}',
      ]);
      expect(versions.stdout.trim()).toBe(`${lab.version} ${lab.version}`);
      const info = await lab.docker(['info', '--format', '{{json .DriverStatus}}']);
      expect(info.stdout.includes('io.containerd.snapshotter.v1')).toBe(store === 'containerd');

      const context = join(lab.dir, 'context');
      mkdirSync(context);
      execFileSync('cp', [await ensureBusybox('arm64'), join(context, 'busybox')]);
      const run = 'RUN ["/busybox","sh","-c","/busybox uname -m > /machine"]';
      writeFileSync(join(context, 'Dockerfile'), `FROM scratch\nCOPY busybox /\n${run}\n`);
      const build = ['build', '--platform', 'linux/arm64', '-t', 'small', context];
      await lab.docker(build, { env: { DOCKER_BUILDKIT: '1' } });
      const cat = [
        'run',
        '--rm',
        '--platform',
        'linux/arm64',
        'small',
        '/busybox',
        'cat',
        '/machine',
      ];
      expect((await lab.docker(cat)).stdout).toBe('aarch64\n');

      await lab.docker([
        'run',
        '-d',
        '--platform',
        'linux/arm64',
        'small',
        '/busybox',
        'sleep',
        '60',
      ]);
      await lab.stop();
      expect(existsSync(lab.dir)).toBe(false);
      expect(traces(lab.dir)).toEqual([]);
      expect(cgroups(lab.dir)).toBe('');
    },
  );

  it('has its own rules, which can be registered, turned off and removed', async () => {
    const [lab, other] = await Promise.all([
      start({ rules: ['arm64'], name: 'one' }),
      start({ rules: 'none', name: 'two' }),
    ]);
    const busybox = await ensureBusybox('arm64');
    const echo = () => lab.exec([busybox, 'echo', 'hello'], { check: false });
    expect((await echo()).stdout).toBe('hello\n');

    await lab.register(qemuRule('arm64', { name: 'zebra', interpreter: '/bin/false', flags: 'P' }));
    await lab.register(qemuRule('arm64', { name: 'ant', interpreter: '/bin/true', flags: 'P' }));
    const names = (await lab.table()).rules.map((rule) => rule.name);
    expect(names).toEqual(['ant', 'zebra', 'qemu-aarch64']);
    // The order of table() is the one in which the kernel tries them: the newest wins.
    expect((await echo()).code).toBe(0);
    await lab.writeRule('ant', '-1');
    expect((await echo()).code).toBe(1);
    await lab.writeRule('zebra', '0');
    expect((await echo()).stdout).toBe('hello\n');

    await lab.status('0');
    expect((await lab.table()).enabled).toBe(false);
    expect((await echo()).code).not.toBe(0);
    expect(await other.table()).toEqual({ mounted: true, enabled: true, rules: [] });
    await lab.umountBinfmt();
    expect((await lab.table()).mounted).toBe(false);
    await expect(lab.register(qemuRule('arm'))).rejects.toThrow('register');
  });

  it('has the same rules as Debian’s package', () => {
    for (const arch of RULE_ARCHES) {
      const conf = readFileSync(`/usr/lib/binfmt.d/${ruleName(arch)}.conf`, 'utf8').trim();
      expect(qemuRule(arch)).toBe(conf.replace(String.raw`\x7fELF`, String.raw`\x7f\x45\x4c\x46`));
    }
  });

  it('gives one tag several platforms where the store can', async () => {
    const lab = await start({ version: '28.5', store: 'containerd' });
    await loadBusybox(lab, ['amd64', 'arm64', 's390x']);
    const machine = async (platform: string) => {
      const args = ['run', '--rm', '--platform', platform, 'busybox', 'uname', '-m'];
      return (await lab.docker(args)).stdout.trim();
    };
    expect(await machine('linux/arm64')).toBe('aarch64');
    expect(await machine('linux/s390x')).toBe('s390x');
  });

  it('remaps users when asked', async () => {
    const lab = await start({ usernsRemap: true });
    const info = await lab.docker(['info', '--format', '{{json .SecurityOptions}}']);
    expect(info.stdout).toContain('name=userns');
    await loadBusybox(lab, ['arm64']);
    const ids = ['run', '--rm', 'busybox:arm64', 'cat', '/proc/self/uid_map'];
    expect((await lab.docker(ids)).stdout).toContain('300000');
  });

  it('runs out of space when its disk is small, and can be killed', async () => {
    const lab = await start({ dataSize: '4m' });
    await expect(loadBusybox(lab, ['arm64', 's390x', 'riscv64'])).rejects.toThrow(/space/);
    process.kill(lab.pid, 'SIGKILL');
    await expect.poll(async () => (await lab.docker(['ps'], { check: false })).code).toBe(1);
  });

  it('can be taken away from another user', async () => {
    const lab = await start({ version: '28.5' });
    const nobody = await lab.docker(['ps'], { uid: 65534, gid: 65534, check: false });
    expect(nobody.stderr).toContain('permission denied');
    chmodSync(lab.socket, 0o666);
    expect((await lab.docker(['ps'], { uid: 65534, gid: 65534 })).code).toBe(0);
  });

  it('ends with the process that started it, and is swept away by the next', async () => {
    const script = `
      import { startEngine } from ${JSON.stringify(import.meta.resolve('../lab/lab.mjs'))};
      const lab = await startEngine();
      console.log(lab.pid + ' ' + lab.dir);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [pid = '', dir = ''] = String(line).trim().split(' ');
    const born = startTime(Number(pid));
    expect(isAlive(Number(pid))).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => isAlive(Number(pid)) && startTime(Number(pid)) === born).toBe(false);
    await sweep();
    expect(existsSync(dir)).toBe(false);
    expect(traces(dir)).toEqual([]);
  });

  it('pulls from a registry on loopback, and is reached through ssh', async () => {
    const registry = await startRegistry();
    onTestFinished(() => registry.stop());
    await registry.put('library/busybox:latest', [
      await busyboxBase('arm64'),
      await busyboxBase('s390x'),
    ]);
    const lab = await start({ mirror: registry });
    const server = await startSshd(lab);
    onTestFinished(() => server.stop());
    const args = ['run', '--rm', '--platform', 'linux/s390x', 'busybox', 'uname', '-m'];
    expect((await lab.docker(args, { env: server.env })).stdout).toBe('s390x\n');
  });

  // Last, because it looks back on all of the above.
  it('has left the machine’s own rules alone', () => {
    expect(machineRules()).toEqual(before);
  });
});
