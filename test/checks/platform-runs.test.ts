import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/platform-runs.ts';
import { emulated, facts, only, program, rule, said } from './facts.ts';

const arm64 = ['linux/arm64'];

describe('platform-runs believes the kernel', () => {
  it.each([
    [{ outcome: 'ran', machine: 'aarch64' }, 'pass', 'linux/arm64 ran natively.'],
    [emulated('/q'), 'pass', 'linux/arm64 ran, executed by qemu-aarch64 version 8.2.2.'],
    [emulated('/q', '', 'armv7l'), 'warn', 'It calls its machine armv7l; expected is aarch64.'],
    [{ outcome: 'errno', errno: 'ENOEXEC' }, 'fail', 'ended in ENOEXEC'],
    [{ outcome: 'signal', signal: 11 }, 'fail', 'was killed by SIGSEGV'],
    [{ outcome: 'exit', exitStatus: 255 }, 'fail', 'left with status 255'],
    [{ outcome: 'timeout' }, 'fail', 'did not end in time'],
  ] as const)('%o: %s', (run, status, words) => {
    const finding = only(check, { platforms: arm64, runs: { 'linux/arm64': run } });
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(words);
  });

  it.each([
    [2, 'linux/amd64/v3', 'fail'],
    [3, 'linux/amd64/v3', 'pass'],
    [4, 'linux/amd64/v2', 'pass'],
    [1, 'linux/amd64', 'pass'],
    [undefined, 'linux/amd64/v2', 'unknown'],
  ])('level %s for %s: %s', (level, platform, status) => {
    const run = { outcome: 'ran', machine: 'x86_64', ...(level && { level }) } as const;
    expect(only(check, { platforms: [platform], runs: { [platform]: run } }).status).toBe(status);
  });

  it('tells ARM versions apart by the program of each', () => {
    const ran = { outcome: 'ran', machine: 'armv7l', emulator: { path: '/q' } } as const;
    const illegal = { outcome: 'signal', signal: 4 } as const;
    const runs = { 'linux/arm/v6': ran, 'linux/arm/v7': illegal };
    expect(said(check, { platforms: ['linux/arm/v6', 'linux/arm/v7'], runs })).toEqual([
      'pass linux/arm/v6: linux/arm/v6 ran, executed by /q.',
      "fail linux/arm/v7: linux/arm/v7 does not run here. The probe's program was killed by SIGILL.",
    ]);
  });

  it('does not demand what nobody named', () => {
    expect(only(check, { platforms: arm64, named: false }).status).toBe('warn');
  });

  it('gives commands only where no rule explains it', () => {
    const rules = [rule('arm64')];
    const interpreters = [program('/usr/bin/qemu-aarch64')];
    const runs = { 'linux/arm64': { outcome: 'signal', signal: 11 } } as const;
    const setting = { platforms: arm64, rules, interpreters, runs };
    expect(only(check, { platforms: arm64 }).fix).toBeUndefined();
    const { fix, evidence } = only(check, setting);
    expect(fix?.commands.join()).toBe('xbuild binfmt add arm64 --replace');
    expect(evidence?.join()).toContain('by its rule alone it ought to run');
  });

  it('shows theory and practice where they disagree', () => {
    const runs = { 'linux/arm64': emulated('/q') };
    expect(only(check, { platforms: arm64, runs }).evidence?.at(-1)).toBe(
      'by the rules it ends in ENOEXEC (exec format error: no rule took it, and the kernel cannot run it itself), for no enabled rule takes it; what the kernel did counts',
    );
  });

  it.each([
    [
      'without F',
      rule('arm64', { flags: 'PO' }),
      program('/usr/bin/qemu-aarch64'),
      'ENOENT',
      'the container has no /usr/bin/qemu-aarch64',
    ],
    [
      'dynamic',
      rule('arm64'),
      program('/usr/bin/qemu-aarch64', 'amd64', { interpreter: '/lib64/l' }),
      'ENOENT',
      'for /usr/bin/qemu-aarch64',
    ],
  ])('explains a failure by the walk of execve: %s', (_, one, file, errno, words) => {
    const setting = {
      platforms: arm64,
      rules: [one],
      interpreters: [file],
      runs: { 'linux/arm64': { outcome: 'errno', errno } } as const,
    };
    const { evidence } = only(check, setting);
    expect(evidence?.at(-1)).toContain(words);
  });

  it('knows that Windows programs do not run on Linux', () => {
    expect(only(check, { platforms: ['windows/amd64'] }).status).toBe('fail');
  });

  it('names the missing fact', () => {
    const findings = check.run(
      facts({ platforms: ['linux/arm64', 'linux/amd64'], kernel: 'unknown' }),
    );
    expect(findings.map(({ status, message }) => [status, message])).toEqual([
      ['unknown', "The engine's kernel was not read: the engine refused to start the probe."],
      ['unknown', "linux/amd64 is the engine's own platform; that it runs was not proven."],
    ]);
  });
});
