import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mistakes } from '../../src/mistakes/index.ts';
import { foundIn } from './found.ts';

/** What the text of an example cannot show. */
const circumstances: Record<string, { wrong: object; right?: object }> = {
  'automatic-argument-twice': { wrong: { engineVersion: '26.1.5' } },
  'legacy-builder': { wrong: { legacyBuilder: true }, right: { legacyBuilder: true } },
  'context-program': {
    wrong: { context: { programs: [{ path: 'bin/app', architecture: 'amd64' }] } },
    right: {
      context: {
        programs: [
          { path: 'bin/amd64/app', architecture: 'amd64' },
          { path: 'bin/arm64/app', architecture: 'arm64' },
        ],
      },
    },
  },
  'context-dependencies': {
    wrong: {
      context: {
        programs: [{ path: 'node_modules/esbuild/bin/esbuild', architecture: 'amd64' }],
      },
    },
    right: { context: { programs: [] } },
  },
};

describe.each(mistakes)('$id', ({ id, wrong, right }) => {
  const { wrong: whenWrong = {}, right: whenRight = whenWrong } = circumstances[id] ?? {};

  it('is found in its wrong example', () => {
    const ids = foundIn(wrong, whenWrong).map((line) => line.split(' ')[1]);
    expect(ids).toContain(id);
  });

  it('leaves nothing to be found in its right one', () => {
    expect(foundIn(right, whenRight)).toEqual([]);
  });

  it('has a file and a test of its name', () => {
    expect(existsSync(`src/mistakes/${id}.ts`)).toBe(true);
    expect(existsSync(`test/mistakes/${id}.test.ts`)).toBe(true);
  });
});

describe('the catalogue of mistakes', () => {
  it('has ids that are unique', () => {
    expect(new Set(mistakes.map(({ id }) => id)).size).toBe(mistakes.length);
  });
});
