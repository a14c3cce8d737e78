import { describe, expect, it, test } from 'vitest';
import { millisecondsOf, type Smoke, type SmokeResult } from '../../src/model/smoke.ts';
import { judgeSmoke } from '../../src/verify/judge-smoke.ts';

const smoke: Smoke = { run: ['app', '--version'], timeLimit: 10_000, status: 0, output: '1.2' };
const ended = (status: number, stdout = '', stderr = ''): SmokeResult => ({
  outcome: 'ended',
  status,
  stdout,
  stderr,
});

describe('a smoke command', () => {
  it('that ended as expected is no finding', () => {
    expect(judgeSmoke(smoke, ended(0, 'app 1.2.3\n'), 'linux/arm64')).toBeUndefined();
    expect(judgeSmoke({ ...smoke, status: 3 }, ended(3, '1.2'), 'linux/arm64')).toBeUndefined();
  });

  test.each<[SmokeResult, string]>([
    [ended(1, '1.2'), 'app --version ended with status 1, expected 0'],
    [ended(0, 'app 2'), 'app --version did not write "1.2"'],
    [{ outcome: 'timeout', stdout: '', stderr: '' }, 'app --version had not ended after 10 s'],
    [
      { outcome: 'refused', message: 'exec: "app": \u001b[31mnot found' },
      String.raw`app --version could not be started: exec: "app": \e[31mnot found`,
    ],
  ])('%j: %s', (result, message) => {
    const finding = judgeSmoke(smoke, result, 'linux/arm64');
    expect(finding).toMatchObject({ id: 'smoke-failed', status: 'fail', platform: 'linux/arm64' });
    expect(finding?.message).toBe(message);
  });

  it('shows the last lines that it wrote, without what looks like a secret', () => {
    const text = ['1', '2', '3', '4', '5', '6', 'TOKEN=abc'].join('\n');
    expect(judgeSmoke(smoke, ended(1, text, 'oops\n'), 'linux/arm64')?.evidence).toEqual([
      'stdout: 3',
      'stdout: 4',
      'stdout: 5',
      'stdout: 6',
      'stdout: TOKEN=…',
      'stderr: oops',
    ]);
  });
});

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['2m', 120_000],
  [3, 3000],
])('%s is %d ms', (time, milliseconds) => {
  expect(millisecondsOf(time)).toBe(milliseconds);
});
