import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/binfmt-known.ts';
import { only } from './facts.ts';

const unknown = { knownToKernel: false, mount: 'absent', status: null } as const;

describe('binfmt-known', () => {
  it.each([
    ['known', {}, ['linux/arm64'], true, 'pass'],
    ['not known, and needed', unknown, ['linux/arm64'], true, 'fail'],
    ['not known, and not named', unknown, ['linux/arm64'], false, 'warn'],
    ['not known, and not needed', unknown, ['linux/amd64'], true, 'pass'],
  ])('%s', (_, binfmt, platforms, named, status) => {
    expect(only(check, { binfmt, platforms, named }).status).toBe(status);
  });

  it('loads the module, mounts, and registers', () => {
    const { fix } = only(check, { binfmt: unknown, platforms: ['linux/arm64'] });
    expect(fix?.commands[0]).toBe('sudo modprobe binfmt_misc');
    expect(fix?.commands).toContain(
      'sudo mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc',
    );
    expect(fix?.commands.at(-1)).toBe('xbuild preflight --platform linux/arm64 --fix');
  });
});
