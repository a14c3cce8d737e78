import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-not-shadowed.ts';
import { emulated, only, rule } from './facts.ts';

const bad = rule('arm64', { name: 'bad', flags: 'P' });
const good = rule('arm64', { name: 'good' });
const arm64 = { platforms: ['linux/arm64'], rules: [bad, good] };

describe('rule-not-shadowed', () => {
  it('fails where the first rule does not run what a later one takes too', () => {
    const finding = only(check, arm64);
    expect(finding.status).toBe('fail');
    expect(finding.message).toBe(
      'Rule bad takes the programs for linux/arm64 and does not run them; good would take them too, but the kernel never gets that far.',
    );
    expect(finding.fix?.commands).toEqual(["sudo sh -c 'echo 0 > /proc/sys/fs/binfmt_misc/bad'"]);
  });

  it.each([
    ['the first one works', { ...arm64, runs: { 'linux/arm64': emulated('/q') } }],
    [
      'the later one is off',
      { ...arm64, rules: [bad, rule('arm64', { name: 'g', state: 'disabled' })] },
    ],
    ['there is one rule', { ...arm64, rules: [bad] }],
  ])('does not mind where %s', (_, setting) => {
    expect(only(check, setting).status).toBe('pass');
  });
});
