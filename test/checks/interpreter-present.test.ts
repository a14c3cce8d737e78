import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/interpreter-present.ts';
import { emulated, only, program, rule } from './facts.ts';

const path = '/usr/bin/qemu-aarch64';
const gone = { path, errno: 'ENOENT' };

describe('interpreter-present', () => {
  it.each([
    ['there', 'F', [program(path)], 'pass'],
    ['gone, without F', '', [gone], 'fail'],
    ['gone, and held by F', 'F', [gone], 'warn'],
    ['not looked at', 'F', [], 'unknown'],
  ])('%s', (_, flags, interpreters, status) => {
    const rules = [rule('arm64', { flags })];
    const setting = { platforms: ['linux/arm64'], rules, interpreters };
    expect(only(check, setting).status).toBe(status);
  });

  it('knows that a container registers a file of its own', () => {
    const runs = { 'linux/arm64': emulated(path) };
    const setting = {
      platforms: ['linux/arm64'],
      rules: [rule('arm64')],
      interpreters: [gone],
      runs,
    };
    const finding = only(check, setting);
    expect(finding.status).toBe('pass');
    expect(finding.message).toContain('that one works');
  });

  it('follows links, and says which', () => {
    const link = {
      path: '/usr/libexec/q/P',
      errno: 'ok',
      kind: 'symlink',
      target: '../../bin/q',
    } as const;
    const rules = [rule('arm64', { interpreter: link.path, flags: '' })];
    const interpreters = [link, { path: '/usr/bin/q', errno: 'ENOENT' }];
    const { evidence } = only(check, { platforms: ['linux/arm64'], rules, interpreters });
    expect(evidence).toContain('/usr/libexec/q/P is a symbolic link to ../../bin/q');
    expect(evidence).toContain('/usr/bin/q: ENOENT');
  });
});
