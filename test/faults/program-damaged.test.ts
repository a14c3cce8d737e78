import { expect, test } from 'vitest';
import type { InventoryFile } from '../../src/model/inventory.ts';
import { madeElf } from '../verify/made-elf.ts';
import { findingsOf, madeInventory } from './made-inventory.ts';

/** An image whose only program was changed: its header's number of program headers, and its size. */
function told(change: (elf: Buffer) => void, more: Partial<InventoryFile> = {}): string[] {
  const elf = madeElf({ architecture: 'arm64' });
  change(elf);
  const head = elf.subarray(0, 256).toString('base64');
  const files = madeInventory({ '/bin/a': { architecture: 'arm64' } }).files.map((file) => ({
    ...file,
    head,
    ...more,
  }));
  const found = findingsOf({ files: {}, inventory: { files } });
  return found.map(({ id, status, message }) => `${status} ${id}: ${message}`);
}

const places = { count: 56, entry: 54, start: 32 };

test.each<[string, string[], string[]]>([
  ['as it was made', told(() => undefined), []],
  [
    'with 65535 program headers',
    told((elf) => elf.writeUInt16LE(0xff_ff, places.count)),
    [
      'fail program-damaged: /bin/a is damaged: it has 65535 program headers, more than the kernel reads',
    ],
  ],
  [
    'with program headers past its end',
    told((elf) => elf.writeBigUInt64LE(2n ** 62n, places.start)),
    ['fail program-damaged: /bin/a is damaged: its program headers lie past its end'],
  ],
  [
    'without program headers',
    told((elf) => elf.writeUInt16LE(0, places.count)),
    ['fail program-damaged: /bin/a is damaged: it has no program headers'],
  ],
  [
    'with program headers of another size',
    told((elf) => elf.writeUInt16LE(32, places.entry)),
    ['fail program-damaged: /bin/a is damaged: its program headers are of no known size'],
  ],
  [
    'that was cut off further down',
    told(() => undefined, {
      links: { needed: [], requires: [], provides: [], incomplete: 'past-end' },
    }),
    ['warn program-damaged: /bin/a is damaged: parts that its headers name lie past its end'],
  ],
])('a program %s', (_, found, expected) => {
  expect(found).toEqual(expected);
});
