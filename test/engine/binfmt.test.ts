// Reads rules where they really are: of engines, and of a binfmt_misc of this test's own.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RuleRow } from '../../src/binfmt/list.ts';
import type { MatchReport } from '../../src/binfmt/match.ts';
import type { RuleView } from '../../src/binfmt/show.ts';
import { ensureBusybox } from '../lab/images.mjs';
import { startEngine, type Lab, type LabOptions } from '../lab/lab.mjs';
import { qemuRule } from '../lab/rules.mjs';
import { tinyElf } from '../model/tiny-elf.ts';
import { CLI, contentsOf, reason, skipped, xbuild, type Ended } from './xbuild.ts';

interface Document {
  ok: boolean;
  mount: string;
  noRules?: { reason: string };
  rules: RuleRow[];
  rule: RuleView;
  match: MatchReport;
}

const documentOf = ({ stdout }: Pick<Ended, 'stdout'>) => JSON.parse(stdout) as Document;

const engines: LabOptions[] = [
  { version: '20.10' },
  { version: '20.10', usernsRemap: true },
  { version: '28.5', store: 'containerd' },
];

describe.skipIf(reason).each(engines)(`the rules of an engine %o${skipped}`, (options) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'binfmt', ...options });
    await lab.register(':wine:M::MZ::/bin/none:');
    await lab.register(
      qemuRule('riscv64', { name: 'first', interpreter: '/bin/none' }).replace(/OPF$/, ''),
    );
    await lab.register(':script:M::12345678::/bin/sh:P');
    await lab.writeRule('qemu-s390x', '0');
  });
  afterAll(() => lab.stop());

  test('are listed in match order, with what they do', async () => {
    const before = await contentsOf(lab);
    const ended = await xbuild(lab, ['binfmt', '--json']);
    expect([ended.status, ended.stderr]).toEqual([0, '']);
    const { rules } = documentOf(ended);
    expect(rules.map(({ name }) => name)).toEqual(
      (await lab.table()).rules.map(({ name }) => name),
    );
    const states = new Map(rules.map(({ name, health }) => [name, health]));
    expect(states.get('qemu-aarch64')).toMatchObject({ state: 'works', known: 'ran' });
    expect(states.get('first')).toMatchObject({ state: 'broken', known: 'ran' });
    expect(states.get('qemu-riscv64')).toMatchObject({ state: 'shadowed' });
    expect(states.get('qemu-s390x')).toMatchObject({ state: 'off' });
    expect(states.get('wine')).toMatchObject({ state: 'broken', known: 'files' });
    expect(states.get('script')).toMatchObject({ state: 'works', known: 'files' });
    expect(await contentsOf(lab)).toEqual(before);
    const text = (await xbuild(lab, ['binfmt', 'list'])).stdout;
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test('one rule is shown in words', async () => {
    const { stdout, status } = await xbuild(lab, ['binfmt', 'show', 'qemu-aarch64']);
    expect(status).toBe(0);
    expect(stdout).toContain('open binary (not "offset")');
    expect(stdout).toMatch(/18-19 +e_machine +b7 00 +all +arm64/);
    const missing = await xbuild(lab, ['binfmt', 'show', 'qemu-arm64']);
    expect([missing.status, missing.stderr]).toEqual([2, expect.stringContaining('Did you mean')]);
  });

  test('say what takes a file of this machine', async () => {
    const busybox = await ensureBusybox('arm64');
    const { match } = documentOf(await xbuild(lab, ['binfmt', 'match', '--json', busybox, 'id']));
    const interpreter = '/usr/libexec/qemu-binfmt/aarch64-binfmt-P';
    expect(match.end).toMatchObject({ ok: true, argv: [interpreter, busybox, busybox, 'id'] });
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-match-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'test.txt');
    writeFileSync(file, '12345678', { mode: 0o755 });
    const script = documentOf(await xbuild(lab, ['binfmt', 'match', '--json', file, 'hello']));
    expect(script.match.end).toMatchObject({ argv: ['/bin/sh', file, file, 'hello'] });
  });
});

/** Runs a shell script beside a binfmt_misc of its own, at $BM; it is gone when the script ends. */
function inNamespace(folder: string, script: string) {
  const start = 'mount -t tmpfs none /mnt && mkdir /mnt/bm && mount -t binfmt_misc none /mnt/bm';
  const whole = `${start} && BM=/mnt/bm && register() { perl -e 'open(my $f, ">", "/mnt/bm/register") or die; syswrite($f, $ARGV[0]) or die "$!"' "$1"; } && xbuild() { "${process.execPath}" "${CLI}" "$@"; }\n${script}`;
  const words = ['--user', '--map-root-user', '--mount', 'sh', '-ec', whole];
  const env = { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1' };
  const { stdout, stderr, status } = spawnSync('unshare', words, { cwd: folder, env });
  if (status !== 0) throw new Error(`${stderr.toString()}${stdout.toString()}`);
  return stdout.toString();
}

function statesIn(stdout: string): string[] {
  return documentOf({ stdout }).rules.map(({ health }) => health.state);
}

function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-local-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'bin'));
  const print = Buffer.from(tinyElf({ status: 0 }), 'base64');
  for (const [name, bytes] of [
    ['runner', print],
    ['a.txt', '12345678'],
    ['a.own', 'x'],
    ['wine', `#!${folder}/runner -e x\n`],
    ['a.exe', 'MZ'],
    ['self', 'SELF'],
    ['plain', 'plain'],
  ] as const)
    writeFileSync(join(folder, name), bytes, { mode: 0o755 });
  return folder;
}

describe.skipIf(reason)(`the rules of this machine${skipped}`, () => {
  test('match says what the kernel then does', () => {
    const folder = testFolder();
    const output = inNamespace(
      folder,
      `register ':txt:M::12345678::${folder}/runner:P'
       register ':own:E::own::${folder}/runner:O'
       register ':DOSWin:M::MZ::${folder}/wine:'
       register ':self:M::SELF::${folder}/self:O'
       for file in ./a.txt "$PWD/a.own" ./a.exe ./self ./plain ./runner; do
         xbuild binfmt match --mount $BM --json $file hello "b c"
         echo; echo ====
         "$file" hello "b c" 2>&1 || true; echo; echo ====
       done`,
    );
    const parts = output.split('====\n').slice(0, -1);
    expect(parts.length).toBe(12);
    const said = parts
      .filter((_, at) => at % 2 === 0)
      .map((text) => documentOf({ stdout: text }).match);
    const done = parts.filter((_, at) => at % 2 === 1);
    const argv = said.map(({ end }) => (end.ok === true ? end.argv.join('\0') : undefined));
    expect(argv.slice(0, 3)).toEqual(done.slice(0, 3).map((text) => text.replace(/\0\n$/, '')));
    expect(said.slice(3, 5).map(({ end }) => end)).toMatchObject([
      { ok: false, errno: 'ENOEXEC', reason: 'interpreter-needs-interpreter' },
      { ok: false, errno: 'ENOEXEC', reason: 'no-rule-no-format' },
    ]);
    expect(argv[5]).toBe(done[5]?.replace(/\0\n$/, ''));
  });

  test('are listed newest first, whoever asks', () => {
    const folder = testFolder();
    const script = `register ':zebra:M::AB::${folder}/runner:F'
      register ':ant:E::own::${folder}/none:'
      register ':--help:M::CD::${folder}/runner:'
      xbuild binfmt --mount $BM
      unshare --user "${process.execPath}" "${CLI}" binfmt --mount $BM --json > json
      xbuild binfmt show --mount $BM -- --help | head -1`;
    const text = inNamespace(folder, script);
    expect(text).toMatch(/✔ +--help[^]*✖ +ant[^]*✔ +zebra[^]*✖ ant: the interpreter of rule ant/);
    expect(text).toContain('--help: rule 1 of 3, enabled, for files with "CD"');
    const { stdout } = spawnSync('cat', ['json'], { cwd: folder });
    const { rules, mount } = documentOf({ stdout: stdout.toString() });
    expect([mount, ...rules.map(({ name }) => name)]).toEqual([
      'binfmt_misc',
      '--help',
      'ant',
      'zebra',
    ]);
  });

  test('where they are not mounted, that is said, with status 0', () => {
    const folder = testFolder();
    const script = `umount $BM; xbuild binfmt --mount $BM --json; xbuild binfmt match --mount $BM ./plain
      xbuild binfmt --mount /no/such/folder; xbuild binfmt show --mount $BM x || echo status $?`;
    const text = inNamespace(folder, `{ ${script}; } 2>&1`);
    expect(text).toContain('"mount": "nothing"');
    expect(text).toContain('No rules: binfmt_misc is not mounted at /mnt/bm of this');
    expect(text).toContain('no rules: there is no directory /no/such/folder');
    expect(text).toContain('status 2');
  });

  test('one that is in the way of another, and one that is off', () => {
    const folder = testFolder();
    const script = `register ':late:M::AB::${folder}/runner:'
      register ':soon:M::A::${folder}/runner:'
      echo 0 > $BM/soon; xbuild binfmt --mount $BM --json; echo ====
      echo 1 > $BM/soon; xbuild binfmt --mount $BM --json; echo ====
      echo 0 > $BM/status; xbuild binfmt --mount $BM`;
    const [first = '', second = '', third = ''] = inNamespace(folder, script).split('====\n');
    expect(statesIn(first)).toEqual(['off', 'works']);
    expect(statesIn(second)).toEqual(['works', 'shadowed']);
    expect(third).toContain('OFF as a whole: none of its 2 rules');
  });
});
