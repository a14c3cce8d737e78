import { describe, expect, test } from 'vitest';
import type { Rule } from '../../src/model/binfmt-rule.ts';
import type { BinfmtTable } from '../../src/model/binfmt-table.ts';
import { base64OfBytes } from '../../src/model/bytes.ts';
import { headFor, findArchitecture } from '../../src/model/architecture.ts';
import type { FileFacts, RunFacts } from '../../src/model/facts.ts';
import { planAdd, type Situation } from '../../src/changes/plan/add.ts';
import { chooseRules } from '../../src/changes/plan/choose.ts';
import { emulatorPackage, usualFlags } from '../../src/changes/plan/emulator.ts';
import { emulatorRule, ruleOfWords } from '../../src/changes/plan/new-rule.ts';
import { planRemove, planStatus, planSwitch } from '../../src/changes/plan/switch.ts';
import { shellLine } from '../../src/changes/plan/write.ts';

const QEMU = '/usr/bin/qemu-aarch64-static';
const arm64 = emulatorRule('arm64', { interpreter: QEMU, flags: 'OCF' });
const s390x = emulatorRule('s390x', { interpreter: '/usr/bin/qemu-s390x-static', flags: 'OCF' });
const jar = ruleOfWords({ name: 'jar', extension: 'jar', interpreter: '/usr/bin/java', flags: '' });
const rosetta: Rule = { ...arm64, name: 'rosetta', interpreter: '/mnt/rosetta' };
const wide = ruleOfWords({
  name: 'wide',
  magic: String.raw`\x7fELF`,
  interpreter: '/i',
  flags: '',
});

const ran = (program: string, emulated = false): RunFacts => ({
  program,
  head: '',
  outcome: 'ran',
  ...(emulated ? { emulator: { path: QEMU } } : {}),
});
const failed = (program: string): RunFacts => ({
  program,
  head: '',
  outcome: 'errno',
  errno: 'ENOEXEC',
});

function situation(
  rules: Rule[],
  options: Partial<Situation> & { enabled?: boolean } = {},
): Situation {
  const table: BinfmtTable = { enabled: options.enabled ?? true, rules };
  const arm = rules.some((rule) => rule.name === 'qemu-aarch64' && rule.enabled);
  const runs = [
    ran('amd64'),
    ran('386'),
    arm ? ran('arm64', true) : failed('arm64'),
    failed('s390x'),
  ];
  return { table, runs, native: ['amd64', '386'], ...options };
}

const row = (name: string) => findArchitecture(name)!;
const file = (parts: Partial<FileFacts> = {}): FileFacts => ({
  path: QEMU,
  errno: 'ok',
  kind: 'file',
  mode: 0o755,
  head: base64OfBytes(headFor(row('amd64'))),
  ...parts,
});
const no = { replace: false, force: false };
const there = { from: 'there' } as const;
const lines = (plan: { writes: Parameters<typeof shellLine>[0][] } | undefined) =>
  plan?.writes.map((write) => shellLine(write, '/b').replace(/'.*'/, '…'));

describe('adding a rule', () => {
  test('is one write, after which its programs run and those from before still do', () => {
    const plan = planAdd(situation([]), [{ rule: arm64, source: there, file: file() }], no);
    expect(lines(plan)).toEqual(['printf %s … > /b/register']);
    expect(plan).toMatchObject({ gained: ['arm64'], mustRun: ['amd64', '386', 'arm64'] });
  });

  test('is nothing where it is there already', () => {
    expect(planAdd(situation([arm64]), [{ rule: arm64, source: there }], no)).toBeUndefined();
  });

  test('switches it on where it is there and off', () => {
    const plan = planAdd(
      situation([{ ...arm64, enabled: false }]),
      [{ rule: arm64, source: there }],
      no,
    );
    expect(lines(plan)).toEqual(['echo 1 > /b/qemu-aarch64']);
  });

  test('does not replace another rule of its name unasked: EEXIST is no success', () => {
    const old = { ...arm64, flags: '' };
    expect(() => planAdd(situation([old]), [{ rule: arm64, source: there }], no)).toThrow(
      /there is a rule qemu-aarch64 already, and it is another one/,
    );
  });

  test('replaces one only once the new one has run beside it', () => {
    const plan = planAdd(
      situation([jar, { ...arm64, flags: '' }]),
      [{ rule: arm64, source: there, file: file() }],
      { ...no, replace: true },
    );
    expect(lines(plan)).toEqual([
      'printf %s … > /b/register',
      'echo -1 > /b/qemu-aarch64',
      'printf %s … > /b/register',
      'echo -1 > /b/xbuild-new-0',
    ]);
    expect(plan?.proveAfter).toBe(1);
    expect(plan?.after.rules).toEqual([arm64, jar]);
  });

  test.each([
    ['every ELF file', wide, /amd64 programs and 386 programs, which this machine runs itself/],
    [
      'scripts',
      ruleOfWords({ name: 's', magic: '#!', interpreter: '/i', flags: '' }),
      /#! scripts/,
    ],
    [
      'anything',
      ruleOfWords({ name: 'a', magic: 'x', mask: String.raw`\x00`, interpreter: '/i', flags: '' }),
      /#! scripts/,
    ],
  ])('refuses one that takes %s', (_what, rule, message) => {
    expect(() => planAdd(situation([]), [{ rule, source: there }], no)).toThrow(message);
    expect(planAdd(situation([]), [{ rule, source: there }], { ...no, force: true })).toBeDefined();
  });

  test.each([
    ['a script', { head: btoa('#!/bin/sh\n') }, /it is a script/],
    ['a dynamic program', { interpreter: '/lib64/ld-linux-x86-64.so.2' }, /dynamically linked/],
    ['a foreign one', { head: base64OfBytes(headFor(row('arm64'))) }, /a program for arm64/],
    ['one that is not there', { errno: 'ENOENT' }, /cannot be opened \(ENOENT\)/],
    ['one that may not be executed', { mode: 0o644 }, /nobody may execute it/],
    ['a folder', { kind: 'directory' as const }, /not a file/],
    ['text', { head: btoa('hello') }, /not an ELF program/],
  ])('refuses flag F with %s', (_what, parts, message) => {
    const addition = { rule: arm64, source: there, file: file(parts) };
    expect(() => planAdd(situation([]), [addition], no)).toThrow(message);
    const withoutF = { ...addition, rule: { ...arm64, flags: 'OC' } };
    expect(planAdd(situation([]), [withoutF], no)?.notes.join()).toMatch(/Without flag F/);
  });

  test('needs no file on that machine without flag F, which opens none', () => {
    const addition = { rule: jar, source: there, file: file({ errno: 'ENOENT' }) };
    expect(planAdd(situation([]), [addition], no)?.sources).toEqual({});
  });

  test.each([
    ['is not there', { errno: 'ENOENT' }, /is not to be found \(ENOENT\) on that machine now/],
    ['nobody may execute', { mode: 0o644 }, /is no file that may be executed/],
    ['is a folder', { kind: 'directory' as const }, /is no file that may be executed/],
    ['is well', {}, /^Without flag F/],
  ])('without flag F warns of an interpreter that %s', (_what, parts, note) => {
    const rule = { ...arm64, flags: 'OC' };
    const plan = planAdd(situation([]), [{ rule, source: there, file: file(parts) }], no);
    expect(plan?.notes[0]).toMatch(note);
  });
});

describe('an architecture’s name', () => {
  const table: BinfmtTable = { enabled: true, rules: [rosetta, jar, arm64, s390x] };

  test('means the rules of qemu for its programs, and no other', () => {
    expect(chooseRules(table, ['arm64'])).toEqual([arm64]);
    expect(chooseRules(table, ['aarch64', 's390x'])).toEqual([arm64, s390x]);
  });

  test('never means a rule of somebody else’s, which is meant by its own name', () => {
    const foreign = { enabled: true, rules: [rosetta, jar] };
    expect(() => chooseRules(foreign, ['arm64'])).toThrow(/no rule of qemu's is for arm64/);
    expect(chooseRules(foreign, ['rosetta'])).toEqual([rosetta]);
    expect(chooseRules(foreign, ['jar'])).toEqual([jar]);
  });

  test('may be written as it is shown, where no keyboard has it', () => {
    const odd = { ...jar, name: 'jar\u00ff' };
    const names = { enabled: true, rules: [odd, arm64] };
    expect(chooseRules(names, [String.raw`jar\xff`])).toEqual([odd]);
    expect(() => chooseRules(names, ['jar'])).toThrow(String.raw`there are: jar\xff, qemu-aarch64`);
  });

  test('means a rule that takes the programs of every CPU by name only', () => {
    const rules = [{ ...wide, name: 'qemu-wide' }];
    expect(() => chooseRules({ enabled: true, rules }, ['arm64'])).toThrow(/no rule/);
  });

  test('that no rule is for is said with the names that there are', () => {
    expect(() => chooseRules(table, ['riscv64'])).toThrow(/there are: rosetta, jar, qemu-aarch64/);
    expect(() => chooseRules(table, ['qemu-arch64'])).toThrow(/there is no rule/);
  });
});

describe('switching', () => {
  test('a rule off that does nothing is nothing', () => {
    const off = { ...arm64, enabled: false };
    expect(planSwitch(situation([off]), [off], { on: false, force: false })).toBeUndefined();
  });

  test('a rule on means that its programs run', () => {
    const off = { ...arm64, enabled: false };
    const plan = planSwitch(situation([off]), [off], { on: true, force: false });
    expect(plan).toMatchObject({ gained: ['arm64'] });
  });

  test('on what takes native programs is refused', () => {
    const off = { ...wide, enabled: false };
    const one = situation([off]);
    expect(() => planSwitch(one, [off], { on: true, force: false })).toThrow(/would take/);
    const all = situation([wide], { enabled: false });
    expect(() => planStatus(all, { on: true, force: false })).toThrow(/would take/);
  });

  test('the table on does not ask of its rules that each of them works', () => {
    const plan = planStatus(situation([arm64], { enabled: false }), { on: true, force: false });
    expect(plan?.mustRun).toEqual(['amd64', '386']);
  });

  test('the table off says how many rules that stops', () => {
    const off = { on: false, force: false };
    expect(planStatus(situation([arm64]), off)?.purpose).toMatch(
      /one rule that is on stops counting, and stays as it is/,
    );
    expect(planStatus(situation([arm64, jar]), off)?.purpose).toMatch(
      /2 rules that are on stop counting, and stay as they are/,
    );
  });

  test('removing says what cannot be brought back', () => {
    expect(planRemove(situation([arm64]), [arm64], () => false).notes).toEqual([
      expect.stringMatching(/cannot be put back/),
    ]);
    expect(planRemove(situation([arm64]), [arm64], () => true)).toMatchObject({
      notes: [],
      mustRun: ['amd64', '386'],
    });
  });

  test('removing says of a rule that is none of qemu’s that others may count on it', () => {
    expect(planRemove(situation([jar, arm64]), [jar, arm64], () => true).notes).toEqual([
      expect.stringMatching(/^jar is no rule of qemu's/),
    ]);
  });
});

describe('a rule in words', () => {
  test.each([
    [{ magic: 'MZ' }, { magic: '4d5a' }],
    [
      { magic: '0x4d5a', mask: '0xff00' },
      { magic: '4d5a', mask: 'ff00' },
    ],
    [{ magic: String.raw`\x4d:` }, { magic: '4d3a' }],
    [{ extension: '.exe' }, { extension: 'exe' }],
  ])('%j is %j', (words, expected) => {
    expect(ruleOfWords({ name: 'n', interpreter: '/i', flags: 'c', ...words })).toMatchObject({
      ...expected,
      flags: 'OC',
    });
  });

  test.each([
    [{ magic: 'MZ', mask: 'x' }, /the mask has 1 bytes, the magic 2/],
    [{ magic: 'MZ', extension: 'exe' }, /give one of them/],
    [{}, /give one of them/],
    [{ magic: 'MZ', offset: '0x10' }, /the offset is no decimal number/],
    [{ magic: 'MZ', flags: 'X' }, /flags P, O, C and F/],
    [{ magic: 'MZ', name: 'a/b' }, /cannot be that of a file/],
    [{ magic: 'MZ', interpreter: 'i'.repeat(2000) }, /not 11 to 1920/],
  ])('%j is refused', (words, message) => {
    const all = { name: 'n', interpreter: '/i', flags: '', ...words };
    expect(() => ruleOfWords(all)).toThrow(message);
  });
});

describe('an emulator', () => {
  test.each([
    ['6.1.0-18-amd64', 'qemu-aarch64 version 7.2.22 (Debian …)', 'POCF'],
    ['6.1.0-18-amd64', 'qemu-aarch64 version 5.2.0', 'OCF'],
    ['5.10.0-28-amd64', 'qemu-aarch64 version 7.2.22', 'OCF'],
    ['6.18.44', undefined, 'OCF'],
  ])('on Linux %s, %s, gets flags %3$s', (release, version, flags) => {
    expect(usualFlags(release, version)).toBe(flags);
  });

  test.each([
    [
      'ID=debian\nVERSION_ID="12"',
      'apt-get install --yes --no-install-recommends qemu-user-static',
    ],
    ['ID=debian\nVERSION_ID="13"', 'apt-get install --yes --no-install-recommends qemu-user'],
    ['ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"', expect.stringMatching(/qemu-user-static$/)],
    ['ID=fedora\nVERSION_ID=42', 'dnf install -y qemu-user-static-aarch64'],
    ['ID=alpine\nVERSION_ID=3.22.1', 'apk add qemu-aarch64'],
    ['ID=arch', 'pacman -S --noconfirm qemu-user-static'],
    [
      'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"',
      expect.stringMatching(/zypper .* qemu-linux-user$/),
    ],
    ['ID=plan9', undefined],
  ])('of %j comes by %s', (release, command) => {
    expect(emulatorPackage(release, 'arm64')?.command.join(' ')).toEqual(command);
  });
});
