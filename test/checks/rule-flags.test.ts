import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-flags.ts';
import { emulated, only, rule } from './facts.ts';

const arm64 = { platforms: ['linux/arm64'], runs: { 'linux/arm64': emulated('/q') } };

describe('rule-flags', () => {
  it.each([
    ['POCF', 'pass'],
    ['OCF', 'pass'],
    ['POF', 'warn'],
    ['F', 'warn'],
    ['P', 'pass'],
  ])('flags %s: %s', (flags, status) => {
    expect(only(check, { ...arm64, rules: [rule('arm64', { flags })] }).status).toBe(status);
  });

  it('ties C to set-uid programs', () => {
    const finding = only(check, { ...arm64, rules: [rule('arm64', { flags: 'F' })] });
    expect(finding.why).toContain('sudo, su, ping, mount');
  });

  it('puts the flags in words; O is the opened binary', () => {
    const { evidence } = only(check, { ...arm64, rules: [rule('arm64')] });
    expect(evidence?.map((line) => line.slice(0, 2))).toEqual(['P:', 'O:', 'C:']);
    expect(evidence?.join()).toContain('the kernel opens the program');
  });
});
