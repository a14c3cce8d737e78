import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/interpreter-executable.ts';
import { only, program, rule } from './facts.ts';

const path = '/usr/bin/qemu-aarch64';

describe('interpreter-executable', () => {
  it.each([
    ['0755', '', program(path), 'pass'],
    ['0644', '', program(path, 'amd64', { mode: 0o644 }), 'fail'],
    ['0644 and held by F', 'F', program(path, 'amd64', { mode: 0o644 }), 'pass'],
    ['a directory', '', { path, errno: 'ok', kind: 'directory', mode: 0o755 } as const, 'fail'],
  ])('%s', (_, flags, file, status) => {
    const rules = [rule('arm64', { flags })];
    const setting = { platforms: ['linux/arm64'], rules, interpreters: [file] };
    expect(only(check, setting).status).toBe(status);
  });

  it('gives that file its x bit', () => {
    const rules = [rule('arm64', { flags: '' })];
    const interpreters = [program(path, 'amd64', { mode: 0o644 })];
    const { fix } = only(check, { platforms: ['linux/arm64'], rules, interpreters });
    expect(fix?.commands).toEqual(['sudo chmod a+x /usr/bin/qemu-aarch64']);
  });
});
