import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-enabled.ts';
import { only, rule } from './facts.ts';

const off = rule('arm64', { state: 'disabled' });

describe('rule-enabled', () => {
  it.each([
    ['on', [rule('arm64')], 'pass'],
    ['off', [off], 'fail'],
    ['off, with another one that is on', [off, rule('arm64', { name: 'other' })], 'pass'],
    ['none at all (rule-present speaks)', [], 'pass'],
  ])('%s', (_, rules, status) => {
    expect(only(check, { platforms: ['linux/arm64'], rules }).status).toBe(status);
  });

  it('switches that very rule on', () => {
    const rules = [rule('arm64', { state: 'disabled', name: 'it is mine' })];
    expect(only(check, { platforms: ['linux/arm64'], rules }).fix?.commands).toEqual([
      `sudo sh -c 'echo 1 > '\\''/proc/sys/fs/binfmt_misc/it is mine'\\'''`,
    ]);
  });
});
