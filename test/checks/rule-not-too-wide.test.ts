import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-not-too-wide.ts';
import { emulated, only, rule } from './facts.ts';

const wide = '00'.repeat(20);
const elfOnly = `ffffffff${'00'.repeat(16)}`;

describe('rule-not-too-wide', () => {
  it.each([
    ['qemu rules', [rule('arm64'), rule('386'), rule('ppc64le')], 'pass'],
    ['a rule for the engine itself', [rule('amd64')], 'fail'],
    ['a mask of zeros', [rule('arm64', { mask: wide })], 'fail'],
    ['every ELF file', [rule('arm64', { mask: elfOnly })], 'fail'],
    ['one that is off', [rule('arm64', { mask: wide, state: 'disabled' })], 'pass'],
  ])('%s', (_, rules, status) => {
    expect(only(check, { platforms: ['linux/arm64'], rules }).status).toBe(status);
  });

  it.each([
    ['P', 'ELOOP'],
    ['POC', 'ENOEXEC'],
  ])('with flags %s the interpreter that it takes itself ends in %s', (flags, errno) => {
    const rules = [rule('amd64', { flags })];
    expect(only(check, { platforms: ['linux/arm64'], rules }).why).toContain(errno);
  });

  it('minds a rule that takes several foreign CPUs', () => {
    const mask = `${'ff'.repeat(7)}00${'ff'.repeat(8)}feff0000`;
    const { message } = only(check, {
      platforms: ['linux/arm64'],
      rules: [rule('arm64', { mask, name: 'r' })],
      engine: { architecture: 's390x' },
    });
    expect(message).toContain('takes those of other CPUs too: amd64, arm64,');
  });

  it('warns where everything ran', () => {
    const runs = { 'linux/arm64': emulated('/q') };
    const rules = [rule('amd64')];
    expect(only(check, { platforms: ['linux/arm64'], rules, runs }).status).toBe('warn');
  });
});
