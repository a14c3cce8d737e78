import { describe, expect, it } from 'vitest';
import { judge } from '../../src/checks/preflight.ts';
import { renderPreflight } from '../../src/reporters/preflight-text.ts';
import { emulated, facts, program, rule } from '../checks/facts.ts';
import type { Setting } from '../checks/facts.ts';

const path = '/usr/libexec/qemu-binfmt/aarch64-binfmt-P';

const colour = (_style: string, text: string): string => text;

function shown(setting: Setting, width = 80, unicode = true): string {
  return renderPreflight(judge(facts(setting)), { width, unicode, colour });
}

const noRules: Setting = { platforms: ['linux/amd64', 'linux/arm64', 'linux/riscv64'] };
const dynamic: Setting = {
  platforms: ['linux/arm64'],
  rules: [rule('arm64', { interpreter: path, flags: 'PO' })],
  runs: { 'linux/arm64': { outcome: 'errno', errno: 'ENOENT' } },
  interpreters: [program(path, 'amd64', { interpreter: '/lib64/ld-linux-x86-64.so.2' })],
};

describe('renderPreflight', () => {
  it('is short where all is green', () => {
    const runs = { 'linux/arm64': emulated('/usr/bin/qemu-aarch64') };
    const setting = { platforms: ['linux/amd64', 'linux/arm64'], rules: [rule('arm64')], runs };
    expect(shown(setting)).toBe(
      [
        '✔ linux/amd64  native',
        '✔ linux/arm64  emulated by qemu-aarch64 version 8.2.2',
        '',
        '23 checks passed.',
        '',
      ].join('\n'),
    );
  });

  it('counts warnings where something fails, so that the reason stays on the screen', () => {
    const runs = { 'linux/arm64': emulated('/usr/bin/qemu-aarch64') };
    const rules = [rule('arm64', { flags: 'OF' })];
    const warned = { platforms: ['linux/arm64'], rules, runs };
    expect(shown(warned)).toContain('has no flag C (credentials). [rule-flags]');
    const failed = shown({ ...warned, platforms: ['linux/arm64', 'linux/s390x'] });
    expect(failed).not.toContain('flag C');
    expect(failed).toMatch(/\n! 1 warning stops nothing \[rule-flags\]: .+\n\n.+ 1 failed: .+\n$/);
  });

  it('says that nothing can be built, and not only some platforms, without a builder', () => {
    const text = shown({
      ...noRules,
      client: { command: 'docker', version: '28.5.2', buildx: null },
    });
    expect(text.replaceAll('\n', ' ')).toContain(
      'failed: nothing can be built before that is put right.',
    );
  });

  it('tells one cause of several platforms once, with one remedy', () => {
    expect(shown(noRules)).toBe(
      `✔ linux/amd64    native
✖ linux/arm64    does not run: No rule takes programs for linux/arm64.
✖ linux/riscv64  does not run: No rule takes programs for linux/riscv64.

✖ No rule takes programs for linux/arm64. [rule-present]
✖ No rule takes programs for linux/riscv64. [rule-present]
  The CPU cannot run such programs itself, so each of them ends in "exec format
  error".
    rules there: none
    the probe's program for linux/arm64 ended in ENOEXEC (exec format error: no
      rule took it, and the kernel cannot run it itself)
    the probe's program for linux/riscv64 ended in ENOEXEC (exec format error:
      no rule took it, and the kernel cannot run it itself)
  → Register static emulators: each change is shown, asked for, proven, and
    undone where it does not help. The package alone does it too, and its rules
    come back at every boot.
      xbuild preflight --platform linux/arm64,linux/riscv64 --fix
    or, without xbuild:
      sudo apt-get install --reinstall --yes qemu-user-static

22 checks passed, 1 failed: linux/arm64, linux/riscv64 cannot be built here.
`,
    );
  });

  it('puts causes with the same remedy together', () => {
    const text = shown(dynamic);
    expect(text).toContain('[rule-fix-binary]');
    expect(text).toContain('[interpreter-static]');
    expect(text.match(/--install arm64/g)).toHaveLength(1);
    expect(text).toContain('2 failed: linux/arm64 cannot be built here.');
  });

  it('names the first of many checks that have nothing to look at', () => {
    const binfmt = { mount: 'autofs', status: null } as const;
    const text = shown({ platforms: ['linux/arm64'], binfmt }, 200);
    expect(text).toContain('no rules to look at. [binfmt-enabled and 11 more]');
  });

  it.each([60, 80, 120])('keeps all but commands within %i columns', (width) => {
    for (const setting of [noRules, dynamic, { ...noRules, kernel: 'unknown' as const }]) {
      const long = shown(setting, width)
        .split('\n')
        .filter((line) => line.length > width && !/^ {6}(?:sudo|xbuild|docker) /.test(line));
      expect(long).toEqual([]);
    }
  });

  it('never breaks a command', () => {
    const { checks } = judge(facts(dynamic));
    const commands = checks.flatMap(({ fix }) => fix?.commands ?? []);
    const lines = shown(dynamic, 30).split('\n');
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.every((command) => lines.includes(`      ${command}`))).toBe(true);
  });

  it('does without signs that a terminal may not have', () => {
    expect(
      shown(noRules, 80, false)
        .split('')
        .filter((sign) => sign > '~'),
    ).toEqual([]);
  });

  it('shows what a machine says, and does not obey it', () => {
    const rules = [rule('s390x', { name: 'a\u001B[2J\nb' })];
    const text = shown({ platforms: ['linux/arm64'], rules });
    expect(text).not.toContain('\u001B');
    expect(text).toContain(String.raw`a\e[2J\nb`);
  });
});
