import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultsOf, type MadeEntry } from './made-inventory.ts';

const path = fc
  .array(fc.constantFrom('bin', 'lib', 'a', 'b', 'libx.so', 'ld.so'), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => `/${parts.join('/')}`);
const target = fc.oneof(
  path,
  fc
    .array(fc.constantFrom('..', '.', 'bin', 'lib', 'a', ''), { maxLength: 5 })
    .map((parts) => parts.join('/')),
);
const names = fc.array(fc.constantFrom('libx.so', 'liby.so', '/lib/libx.so', ''), { maxLength: 3 });
const entry: fc.Arbitrary<MadeEntry> = fc.oneof(
  fc.record({ link: target }),
  path.map((interpreter) => `#!${interpreter} x\n`),
  fc.record({
    architecture: fc.constantFrom('amd64', 'arm64', '386', 'arm', 's390x'),
    loader: path,
    links: fc.record({
      needed: names,
      requires: fc.constantFrom<string[]>([], ['libx.so X_1'], ['', ' ', 'libx.so']),
      provides: fc.constantFrom<string[]>([], ['X_2']),
      runpath: fc.constantFrom('$ORIGIN/..', '${ORIGIN}', ':', '/lib:/a'),
      rpath: fc.constantFrom('$ORIGIN', '/b/$LIB'),
    }),
  }),
);
const files = fc.dictionary(path, entry, { maxKeys: 12 });

test('whatever an image holds, its faults are files that it has, and an unreached one is no error', () => {
  fc.assert(
    fc.property(files, (made) => {
      const { spots, scene } = faultsOf({ files: made });
      for (const spot of spots) {
        expect(made).toHaveProperty([spot.path]);
        expect(spot.status === 'fail' ? scene?.reach.has(spot.path) : true).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('what nothing starts is never an error', () => {
  fc.assert(
    fc.property(files, (made) => {
      const { spots } = faultsOf({ files: made, path: [] });
      expect(spots.filter(({ status }) => status === 'fail')).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
