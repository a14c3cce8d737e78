import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/interpreter-static.ts';
import { emulated, only, program, rule } from './facts.ts';

const path = '/usr/bin/qemu-aarch64';
const dynamic = program(path, 'amd64', { interpreter: '/lib64/ld-linux-x86-64.so.2' });

describe('interpreter-static', () => {
  it.each([
    ['static', program(path), 'pass'],
    ['dynamic', dynamic, 'fail'],
  ])('%s', (_, file, status) => {
    const setting = { platforms: ['linux/arm64'], rules: [rule('arm64')], interpreters: [file] };
    expect(only(check, setting).status).toBe(status);
  });

  it('looks at the file that ran, not at one of the same name', () => {
    const run = emulated(path);
    const file = program(path);
    const runs = { 'linux/arm64': { ...run, emulator: { path, file } } };
    const setting = {
      platforms: ['linux/arm64'],
      rules: [rule('arm64')],
      interpreters: [dynamic],
      runs,
    };
    expect(only(check, setting).status).toBe('pass');
  });
});
