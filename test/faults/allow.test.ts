import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  allowedFindings,
  allowSpots,
  parseAllowance,
  patternOfGlob,
  unusedAllowances,
} from '../../src/faults/allow.ts';
import { faultsOf } from './made-inventory.ts';

const paths = (of: readonly { path: string }[]) => of.map(({ path }) => path);

describe('a glob', () => {
  test.each<[string, string, boolean]>([
    ['/opt/fw/*', '/opt/fw/a.elf', true],
    ['/opt/fw/*', '/opt/fw/b/a.elf', false],
    ['/opt/fw/**', '/opt/fw/b/a.elf', true],
    ['/opt/fw/', '/opt/fw/b/a.elf', true],
    ['/opt/**/a.elf', '/opt/a.elf', true],
    ['/opt/**/a.elf', '/opt/b/c/a.elf', true],
    ['*.node', '/app/node_modules/x/a.node', true],
    ['prebuilds/*/a.node', '/app/prebuilds/arm/a.node', true],
    ['/a?c', '/abc', true],
    ['/a?c', '/a/c', false],
    ['/a.c', '/abc', false],
    ['/a[b]', '/a[b]', true],
    ['/ü', '/\u00c3\u00bc', true],
    ['/opt/fw', '/opt/fw2', false],
  ])('%s on %j: %j', (glob, path, expected) => {
    expect(patternOfGlob(glob).test(path)).toBe(expected);
  });

  test('that is a plain path holds for itself and nothing else', () => {
    const plain = fc.stringMatching(/^\/[a-z.+()$^|\\]{1,12}$/);
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        expect(patternOfGlob(one).test(one)).toBe(true);
        expect(patternOfGlob(one).test(other)).toBe(one === other);
      }),
    );
  });
});

describe('an allowance', () => {
  test('has a path and a reason, and may name one fault', () => {
    expect(parseAllowance('/opt/**=firmware, a=b')).toEqual({
      path: '/opt/**',
      reason: 'firmware, a=b',
    });
    expect(parseAllowance('wrong-architecture:/opt/x=test data')).toEqual({
      path: '/opt/x',
      reason: 'test data',
      fault: 'wrong-architecture',
    });
  });

  test.each(['/opt/**', '/opt/**=', '=why', '/opt/** = '])('%j lacks something', (text) => {
    expect(() => parseAllowance(text)).toThrow(/path and a reason/);
  });

  const { spots } = faultsOf({
    files: {
      '/opt/a': { architecture: 'amd64' },
      '/opt/b': { architecture: 'amd64' },
      '/bin/c': { architecture: 'amd64' },
    },
  });

  test('takes what it is for, and says so', () => {
    const allowance = { path: '/opt/*', reason: 'test data' };
    const allowed = allowSpots(spots, [allowance]);
    expect(paths(allowed.spots)).toEqual(['/bin/c']);
    expect(allowedFindings(allowed, 'linux/arm64')).toMatchObject([
      {
        status: 'pass',
        message: 'allowed: 2 files (/opt/*): test data',
        location: { path: '/opt/a' },
      },
    ]);
    expect(unusedAllowances([allowance], [allowed])).toEqual([]);
  });

  test('of another fault takes nothing', () => {
    const allowance = { path: '/opt/*', reason: 'test data', fault: 'page-alignment' };
    expect(paths(allowSpots(spots, [allowance]).spots)).toEqual(['/bin/c', '/opt/a', '/opt/b']);
  });

  test('that takes nothing of any image is reported', () => {
    const [used, unused] = [
      { path: '/opt/*', reason: 'test data' },
      { path: '/gone', reason: 'once' },
    ];
    const all = [allowSpots(spots, [used, unused]), allowSpots([], [used, unused])];
    expect(unusedAllowances([used, unused], all)).toMatchObject([
      {
        id: 'allow-unused',
        status: 'warn',
        message: 'the allowance for /gone ("once") matches nothing that is wrong',
      },
    ]);
  });
});
