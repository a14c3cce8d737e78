import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/binfmt-enabled.ts';
import { only, rule } from './facts.ts';

const arm64 = { platforms: ['linux/arm64'], rules: [rule('arm64')] };

describe('binfmt-enabled', () => {
  it.each([
    ['enabled', 'pass'],
    ['disabled', 'fail'],
    [null, 'unknown'],
  ] as const)('status %s: %s', (status, expected) => {
    expect(only(check, { ...arm64, binfmt: { status } }).status).toBe(expected);
  });

  it('switches it on', () => {
    expect(only(check, { ...arm64, binfmt: { status: 'disabled' } }).fix?.commands).toEqual([
      "sudo sh -c 'echo 1 > /proc/sys/fs/binfmt_misc/status'",
    ]);
  });

  it('does not mind where no wanted platform needs it', () => {
    const binfmt = { status: 'disabled' } as const;
    expect(only(check, { platforms: ['linux/amd64'], binfmt }).status).toBe('pass');
  });
});
