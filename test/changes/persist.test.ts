import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { emulatorRule, ruleOfWords } from '../../src/changes/plan/new-rule.ts';
import {
  BOOT_SYSTEMS,
  detectBootSystem,
  hasMount,
  parseConf,
  persistedRules,
  planForgetting,
  planFstab,
  planPersistence,
  type BootSystem,
  type Persistence,
} from '../../src/changes/plan/persist.ts';
import {
  addBootCommand,
  bootCommand,
  bootScript,
  parseBootScript,
  removeBootCommand,
} from '../../src/changes/plan/wsl.ts';
import { readBelow, writeFiles } from '../../src/changes/persist-files.ts';

const arm64 = emulatorRule('arm64', { interpreter: '/usr/bin/qemu-aarch64-static', flags: 'POCF' });
const s390x = emulatorRule('s390x', { interpreter: '/usr/bin/qemu-s390x-static', flags: 'OCF' });
const jar = ruleOfWords({
  name: 'jar',
  extension: 'jar',
  interpreter: '/usr/bin/java',
  flags: 'P',
});
const hostile = ruleOfWords({
  name: "it's 100%\nodd",
  magic: '\u00ff%',
  interpreter: '/a b\\n',
  flags: '',
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'xbuild-persist-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Files in memory, as a plan leaves them. */
function disk(files: Record<string, string> = {}) {
  const all = new Map(Object.entries(files));
  const read = (path: string) => {
    if (!path.endsWith('/')) return all.get(path);
    const names = [...all.keys()].filter((one) => one.startsWith(path));
    return names.map((one) => one.slice(path.length)).join('\n');
  };
  const carryOut = (plan: Pick<Persistence, 'files'>) => {
    for (const { path, text } of plan.files)
      if (text === undefined) all.delete(path);
      else all.set(path, text);
  };
  return { all, read, carryOut };
}

describe.each(BOOT_SYSTEMS)('what comes back with %s', (system: BootSystem) => {
  test('is what was made permanent, in order, beside what was before; and goes again', () => {
    const { all, read, carryOut } = disk();
    carryOut(planPersistence(system, [arm64, jar], read));
    expect(persistedRules(system, read)).toEqual([arm64, jar]);
    carryOut(planPersistence(system, [s390x], read));
    expect(persistedRules(system, read)).toHaveLength(3);
    carryOut(planPersistence(system, [{ ...arm64, interpreter: '/other' }], read));
    expect(persistedRules(system, read)).toContainEqual({ ...arm64, interpreter: '/other' });
    expect(persistedRules(system, read)).toHaveLength(3);
    carryOut(planForgetting(system, ['jar'], read));
    expect(persistedRules(system, read).map(({ name }) => name)).not.toContain('jar');
    carryOut(planForgetting(system, [], read));
    expect(persistedRules(system, read)).toEqual([]);
    expect([...all.keys()]).toEqual([]);
  });
});

describe('a file of binfmt.d', () => {
  test('has the rule that is asked first last, and is read as systemd and OpenRC do', () => {
    const { read, carryOut, all } = disk();
    carryOut(planPersistence('systemd', [arm64, jar], read));
    const text = all.get('/etc/binfmt.d/xbuild.conf') ?? '';
    expect(parseConf(text).map((line) => line.slice(0, 8))).toEqual([':jar:E::', ':qemu-aa']);
    expect(parseConf('  # c\n;d\n\n :a:E::b::/i:  \n')).toEqual([':a:E::b::/i:']);
  });

  test('has no place for a line break', () => {
    expect(() => planPersistence('systemd', [hostile], disk().read)).toThrow(/a line break/);
  });
});

describe('WSL', () => {
  test('a shell writes what the script says, byte for byte', () => {
    const strings = [':a:E::b::/i:', ":it's 100%\n:M:0:\\xff\\x25::/a b\\n\u00ff:"];
    const file = join(folder(), 'out');
    const script = bootScript(strings).replaceAll('/proc/sys/fs/binfmt_misc/register', file);
    writeFileSync(`${file}.sh`, script.replaceAll("' > ", "' >> "));
    writeFileSync(file, '');
    expect(spawnSync('sh', [`${file}.sh`]).status).toBe(0);
    expect(readFileSync(file, 'latin1')).toBe(strings.join(''));
    expect(parseBootScript(bootScript(strings))).toEqual(strings);
  });

  test.each([
    ['', '[boot]\ncommand = /x\n'],
    ['[automount]\nenabled=true\n', '[automount]\nenabled=true\n[boot]\ncommand = /x\n'],
    ['[boot]\nsystemd=false\n', '[boot]\ncommand = /x\nsystemd=false\n'],
    ['[boot]\ncommand = service docker start\n', '[boot]\ncommand = service docker start; /x\n'],
    ['[boot]\ncommand = /x\n', '[boot]\ncommand = /x\n'],
    ['[user]\ncommand = /y\n', '[user]\ncommand = /y\n[boot]\ncommand = /x\n'],
  ])('adds to %j', (before, after) => {
    expect(addBootCommand(before, '/x')).toBe(after);
    expect(bootCommand(after)).toContain('/x');
    expect(bootCommand(removeBootCommand(after, '/x'))).not.toContain('/x');
  });

  test('leaves a quoted command alone', () => {
    expect(() => addBootCommand('[boot]\ncommand = "a; b"\n', '/x')).toThrow(/is quoted/);
  });
});

const there =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);

describe('the start of the machine', () => {
  test.each([
    ['systemd', there('/usr/lib/systemd/systemd-binfmt', '/usr/sbin/update-binfmts'), '6.1.0', ''],
    ['openrc', there('/sbin/openrc-run'), '6.12', ''],
    ['update-binfmts', there('/usr/sbin/update-binfmts'), '6.1', ''],
    ['wsl', there('/usr/lib/systemd/systemd-binfmt'), '5.15.167.4-microsoft-standard-WSL2', ''],
    ['systemd', there(), '5.15-microsoft-standard-WSL2', '[boot]\nsystemd=true\n'],
    [undefined, there(), '6.1', ''],
  ])('is %s', (system, exists, release, conf) => {
    expect(detectBootSystem(disk({ '/etc/wsl.conf': conf }).read, exists, release)).toBe(system);
  });
});

describe('/etc/fstab', () => {
  test('gets the mount once, and gives it back', () => {
    const before = 'UUID=1 / ext4 defaults 0 1';
    const { all, read, carryOut } = disk({ '/etc/fstab': before });
    const change = planFstab(read, true);
    carryOut({ files: change === undefined ? [] : [change] });
    expect(hasMount(all.get('/etc/fstab') ?? '')).toBe(true);
    expect(planFstab(read, true)).toBeUndefined();
    const back = planFstab(read, false);
    carryOut({ files: back === undefined ? [] : [back] });
    expect(all.get('/etc/fstab')?.trim()).toBe(before);
  });

  test('is left alone where somebody else’s line does it', () => {
    const { read } = disk({
      '/etc/fstab': 'none /proc/sys/fs/binfmt_misc binfmt_misc defaults 0 0\n',
    });
    expect(planFstab(read, true)).toBeUndefined();
    expect(planFstab(read, false)).toBeUndefined();
  });
});

describe('files on a disk', () => {
  test('are written whole, and undone when one of them cannot be', () => {
    const root = folder();
    writeFileSync(join(root, 'file'), '');
    const good = { path: '/etc/a/b.conf', before: undefined, text: 'x\u00ff\n' };
    expect(() =>
      writeFiles(root, [good, { path: '/file/c', before: undefined, text: 'y' }]),
    ).toThrow(/could not be written/);
    expect(readBelow(root)('/etc/a/b.conf')).toBeUndefined();
    writeFiles(root, [good]);
    expect(readBelow(root)('/etc/a/b.conf')).toBe('x\u00ff\n');
  });
});
