import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { closest, editDistance } from '../../src/model/closest.ts';

it.each([
  ['arm46', 'arm64', 1],
  ['amr64', 'arm64', 1],
  ['', 'arm', 3],
  ['kitten', 'sitting', 3],
  ['same', 'same', 0],
])('%j to %j takes %i edits', (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits);
});

it('the distance is the same both ways', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
      expect(editDistance(one, other)).toBe(editDistance(other, one));
    }),
  );
});

it.each([
  ['buidl', 'build'],
  ['diagnos', 'diagnose'],
  ['BUILD', 'build'],
  ['xyz', undefined],
])('%s most likely means %s', (word, meant) => {
  expect(closest(word, ['build', 'diagnose', 'verify'])).toBe(meant);
});
