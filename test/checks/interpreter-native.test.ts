import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/interpreter-native.ts';
import { only, program, rule } from './facts.ts';

const path = '/usr/bin/qemu-aarch64';

describe('interpreter-native', () => {
  it.each([
    ['for the engine', program(path), 'pass', ''],
    ['for its 32-bit mode', program(path, '386'), 'pass', ''],
    ['for arm64', program(path, 'arm64'), 'fail', 'is a program for arm64'],
    [
      'a script',
      program(path, 'amd64', { head: btoa('#!/bin/sh\n') }),
      'fail',
      'is a script ("#!/bin/sh")',
    ],
    ['no program', program(path, 'amd64', { head: btoa('hello') }), 'fail', 'is no program'],
    ['not read', { path, errno: 'ok', kind: 'file', mode: 0o755 } as const, 'pass', ''],
  ])('%s', (_, file, status, words) => {
    const setting = { platforms: ['linux/arm64'], rules: [rule('arm64')], interpreters: [file] };
    const finding = only(check, setting);
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(words);
  });
});
