import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/rule-fix-binary.ts';
import { facts, emulated, only, rule } from './facts.ts';

describe('rule-fix-binary', () => {
  it.each([
    ['POCF', 'pass'],
    ['F', 'pass'],
    ['POC', 'fail'],
    ['', 'fail'],
  ])('flags "%s": %s', (flags, status) => {
    const rules = [rule('arm64', { flags })];
    expect(only(check, { platforms: ['linux/arm64'], rules }).status).toBe(status);
  });

  it('warns where the program ran all the same', () => {
    const setting = {
      platforms: ['linux/arm64'],
      rules: [rule('arm64', { flags: '' })],
      runs: { 'linux/arm64': emulated('/q') },
    };
    expect(only(check, setting).status).toBe('warn');
  });

  it('replaces all of them at once, since a name cannot be registered twice', () => {
    const rules = [rule('arm64', { flags: '' }), rule('s390x', { flags: '' })];
    const findings = check.run(facts({ platforms: ['linux/arm64', 'linux/s390x'], rules }));
    const commands = ['xbuild binfmt add arm64 s390x --replace'];
    const instead = [
      `sudo sh -c 'for rule in qemu-aarch64 qemu-s390x; do echo -1 > "/proc/sys/fs/binfmt_misc/$rule"; done'`,
      'docker run --privileged --rm tonistiigi/binfmt --install arm64,s390x',
    ];
    expect(findings.map(({ fix }) => fix)).toMatchObject([
      { commands, instead },
      { commands, instead },
    ]);
  });
});
