import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FoundSpot } from '../../src/faults/fault.ts';
import { groupSpots } from '../../src/faults/group-spots.ts';

function spot(path: string, more: Partial<FoundSpot> = {}): FoundSpot {
  return {
    fault: 'wrong',
    path,
    status: 'warn',
    message: `${path} is wrong`,
    several: 'are wrong',
    why: 'It is.',
    ...more,
  };
}

const messages = (spots: readonly FoundSpot[]) =>
  groupSpots(spots, 'linux/arm64').map(({ message }) => message);

test('one file is told by its own message', () => {
  expect(messages([spot('/a/b')])).toEqual(['/a/b is wrong']);
});

test('neighbours are told together, others apart', () => {
  expect(messages([spot('/a/b'), spot('/a/c'), spot('/d/e')])).toEqual([
    '2 files under /a are wrong',
    '/d/e is wrong',
  ]);
});

test('many directories are told by their area', () => {
  const spots = ['a', 'b', 'c', 'd'].map((name) => spot(`/usr/lib/${name}/x.so`));
  expect(messages(spots)).toEqual(['4 files under /usr/lib are wrong']);
});

test('many areas are told at once', () => {
  const spots = ['a', 'b', 'c', 'd'].map((name) => spot(`/${name}/lib/x.so`));
  expect(messages(spots)).toEqual(['4 files under / are wrong']);
});

test('errors come before warnings, and never share a finding with them', () => {
  expect(messages([spot('/a/b'), spot('/a/c', { status: 'fail' })])).toEqual([
    '/a/c is wrong',
    '/a/b is wrong',
  ]);
});

test('files of two layers are told apart, each with its layer', () => {
  const layers = [
    { diffId: 'sha256:a', index: 0 },
    { diffId: 'sha256:b', index: 1, createdBy: 'COPY app /app' },
  ];
  const found = groupSpots(
    [spot('/a/b'), spot('/a/c')],
    'linux/arm64',
    (path) => layers[path === '/a/b' ? 0 : 1],
  );
  expect(found.map(({ location }) => location)).toEqual([
    { path: '/a/b', layer: layers[0] },
    { path: '/a/c', layer: layers[1] },
  ]);
});

test('every file is counted once', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'node_modules', 'c'), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(
      fc.uniqueArray(
        path.map((parts) => `/${parts.join('/')}`),
        { minLength: 1 },
      ),
      (paths) => {
        const counts = messages(paths.map((one) => spot(one))).map((message) =>
          Number(/^(?<count>\d+) files/.exec(message)?.groups?.['count'] ?? 1),
        );
        expect(counts.reduce((sum, one) => sum + one, 0)).toBe(paths.length);
      },
    ),
  );
});
