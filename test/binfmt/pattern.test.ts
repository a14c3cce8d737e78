import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MagicRule } from '../../src/model/binfmt-rule.ts';
import { findArchitecture, magicAndMask } from '../../src/model/architecture.ts';
import { hexOfBytes } from '../../src/model/bytes.ts';
import { layPattern } from '../../src/binfmt/pattern.ts';
import { ruleOf } from './made-table.ts';

function qemuRule(name: string): MagicRule {
  const row = findArchitecture(name);
  if (row === undefined) throw new Error(name);
  const { magic, mask } = magicAndMask(row);
  const basics = { name, enabled: true, interpreter: '/q', flags: '', offset: 0 };
  return { ...basics, type: 'magic', magic: hexOfBytes(magic), mask: hexOfBytes(mask) };
}

function linesOf(rule: MagicRule): string[] {
  return layPattern(rule).map(
    ({ at, field, magic, matters, words }) => `${at} ${field} ${magic} ${matters}: ${words}`,
  );
}

test('lays arm64’s rule over the ELF header', () => {
  expect(linesOf(qemuRule('arm64'))).toEqual([
    '0 EI_MAG 7f454c46 all: an ELF file',
    '4 EI_CLASS 02 all: 64-bit',
    '5 EI_DATA 01 all: little-endian',
    '6 EI_VERSION 01 all: version 1, the only one',
    '7 EI_OSABI 00 none: anything',
    '8 EI_ABIVERSION 00 all: version 0',
    '9 EI_PAD 00000000000000 all: padding, zero',
    '16 e_type 0200 some: ET_EXEC (program) or ET_DYN (PIE)',
    '18 e_machine b700 all: arm64',
  ]);
});

test('reads a big-endian header, and masks of some bits', () => {
  const lines = linesOf(qemuRule('s390x'));
  expect(lines[4]).toBe('7 EI_OSABI 00 some: System V, HP-UX, NetBSD or GNU/Linux');
  expect(lines.slice(-2)).toEqual([
    '16 e_type 0002 some: ET_EXEC (program) or ET_DYN (PIE)',
    '18 e_machine 0016 all: s390x',
  ]);
});

test('names the fields past e_machine by the header’s width', () => {
  expect(linesOf(qemuRule('mipsn32')).slice(-4)).toEqual([
    '24 e_entry 00000000 none: anything',
    '28 e_phoff 00000000 none: anything',
    '32 e_shoff 00000000 none: anything',
    '36 e_flags 00000020 some: 0x20',
  ]);
});

test.each([
  [':a:M::12345678::/x:', ['0 undefined 3132333435363738 all: "12345678"']],
  [
    String.raw`:a:M:2:AB\x00\x01:\xff\xff\x00\x0f:/x:`,
    [
      '2 undefined 4142 all: "AB"',
      '4 undefined 00 none: anything',
      '5 undefined 01 some: some bits of these bytes',
    ],
  ],
  // Not ELF where one bit of its magic is free.
  [
    String.raw`:a:M::\x7fELF:\x7f\xff\xff\xff:/x:`,
    ['0 undefined 7f some: some bits of these bytes', '1 undefined 454c46 all: "ELF"'],
  ],
])('lays %s in rows', (register, lines) => {
  expect(linesOf(ruleOf(register) as MagicRule)).toEqual(lines);
});

test('property: the rows are the magic, byte for byte and in order', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(bytes, fc.boolean(), fc.integer({ min: 0, max: 9 }), (tail, elf, offset) => {
      const head = elf ? '7f454c46' : '';
      const magic = head + hexOfBytes(tail);
      const mask = 'ff'.repeat(head.length / 2) + hexOfBytes(tail.toReversed());
      const basics = { name: 'a', enabled: true, interpreter: '/x', flags: '' };
      const rows = layPattern({ ...basics, type: 'magic', offset, magic, mask });
      expect(rows.map((row) => row.magic).join('')).toBe(magic);
      expect(rows.map((row) => row.mask).join('')).toBe(mask);
      let at = offset;
      for (const row of rows) {
        expect(row.at).toBe(at);
        at += row.magic.length / 2;
      }
    }),
  );
});
