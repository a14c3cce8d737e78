import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { architectures, headFor } from '../../src/model/architecture.ts';
import { loaderlessArchitecture } from '../../src/model/elf-alone.ts';
import { loadElf } from '../../src/model/elf-load.ts';
import { withHead } from '../../src/model/file-view.ts';

const native = architectures.map(({ name }) => name);

test('it knows a program of every architecture', () => {
  for (const row of architectures) expect(loaderlessArchitecture(headFor(row))).toBe(row.name);
});

test('what it calls a program without a loader, the walk of execve(2) calls so too', () => {
  const damage = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 130 }), fc.constantFrom(0, 1, 2, 3, 32, 56, 64, 255)),
    { maxLength: 3 },
  );
  let alone = 0;
  fc.assert(
    fc.property(fc.constantFrom(...architectures), damage, (row, places) => {
      const head = headFor(row);
      for (const [at, value] of places) head[at] = value;
      const name = loaderlessArchitecture(head);
      if (name === undefined) return;
      alone++;
      const node = withHead({ kind: 'file', mode: 0o755, uid: 0, gid: 0, size: 1 << 20 }, head);
      const load = loadElf(node, native);
      expect(load).toMatchObject({ loads: true, loader: null });
      expect(load.loads === true && load.elf.architecture?.name).toBe(name);
    }),
    { seed: 3, numRuns: 2000 },
  );
  expect(alone).toBeGreaterThan(100);
});
