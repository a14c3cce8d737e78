import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64OfBytes, bytesOfBase64 } from '../../src/model/bytes.ts';
import { readElfInterpreter, readElfLinks } from '../../src/model/elf-links.ts';
import type { ElfLinks } from '../../src/model/facts.ts';
import { linkedElf, type LinkedElf } from './linked-elf.ts';
import { readRecords } from './records.ts';

/** Reads a file that is all at hand, and sees to it that nothing past its end is asked for. */
function readerOf(file: Uint8Array): (offset: number, length: number) => Uint8Array {
  return (offset, length) => {
    if (offset < 0 || length < 0 || offset + length > file.length) throw new Error('past the end');
    return file.subarray(offset, offset + length);
  };
}

const linksOf = (file: Uint8Array) => readElfLinks(readerOf(file), file.length);
const interpreterOf = (file: Uint8Array) => readElfInterpreter(readerOf(file), file.length);

const [NEEDED, SONAME, RPATH, RUNPATH] = [1, 14, 15, 29];

const full: LinkedElf = {
  strings: [
    [NEEDED, 'libm.so.6'],
    [SONAME, 'libmine.so.1'],
    [NEEDED, 'libc.so.6'],
    [RPATH, '/opt/a:$ORIGIN'],
    [RUNPATH, '/opt/\xff'],
  ],
  requires: [
    { file: 'libc.so.6', versions: ['GLIBC_2.17', 'GLIBC_2.34'] },
    { file: 'libm.so.6', versions: ['GLIBC_2.29'] },
  ],
  provides: ['libmine.so.1', 'MINE_1.0', 'MINE_1.1'],
  aligns: [0x10000, 0x1000, 0x4000],
  property: Uint8Array.of(4, 0, 0, 0),
};

const expected: ElfLinks = {
  needed: ['libm.so.6', 'libc.so.6'],
  soname: 'libmine.so.1',
  rpath: '/opt/a:$ORIGIN',
  runpath: '/opt/\xff',
  requires: ['libc.so.6 GLIBC_2.17', 'libc.so.6 GLIBC_2.34', 'libm.so.6 GLIBC_2.29'],
  provides: ['MINE_1.0', 'MINE_1.1'],
  loadAlignment: 0x1000,
  properties: 'BAAAAA==',
};

const nothing: ElfLinks = { needed: [], requires: [], provides: [] };

describe('the links of an ELF file', () => {
  it.each([
    ['64-bit little-endian', {}],
    ['64-bit big-endian', { big: true }],
    ['32-bit little-endian', { bits: 32 }],
    ['32-bit big-endian', { bits: 32, big: true }],
  ] as const)('%s', (_how, how) => {
    expect(linksOf(linkedElf({ ...full, ...how }))).toEqual(expected);
  });

  it('are those of programs and libraries only', () => {
    expect(linksOf(linkedElf({ type: 2 }))).toEqual({ ...nothing, loadAlignment: 0x1000 });
    expect(linksOf(linkedElf({ type: 1 }))).toBeUndefined();
    expect(linksOf(linkedElf({ type: 4 }))).toBeUndefined();
    expect(linksOf(new Uint8Array())).toBeUndefined();
    expect(linksOf(new Uint8Array(5000))).toBeUndefined();
    expect(linksOf(linkedElf({}).subarray(0, 63))).toBeUndefined();
  });

  it('leave out versions that may be missing', () => {
    const requires = [{ file: 'libc.so.6', versions: ['GLIBC_2.99'], flags: 2 }];
    expect(linksOf(linkedElf({ requires }))?.requires).toEqual([]);
  });

  it('have the attributes of 32-bit ARM files, and of no others', () => {
    const armAttributes = Uint8Array.of(0x41, 1, 2, 3);
    const base64 = base64OfBytes(armAttributes);
    const attributes = (how: LinkedElf) =>
      linksOf(linkedElf({ armAttributes, ...how }))?.armAttributes;
    expect(attributes({ bits: 32, machine: 40 })).toBe(base64);
    expect(attributes({ bits: 32, machine: 40, big: true })).toBe(base64);
    expect(attributes({ bits: 32, machine: 3 })).toBeUndefined();
    expect(attributes({ bits: 64, machine: 40 })).toBeUndefined();
  });

  it('are those that readelf shows of real files', () => {
    interface ElfRecord {
      size: number;
      needed: string[];
      soname: string | null;
      e_type: number;
      interp: string | null;
      phdrs: { type: number; align: number }[];
      pieces?: [offset: number, b64: string][];
    }
    const records = readRecords<ElfRecord>('elf').filter(({ pieces }) => pieces !== undefined);
    for (const { size, pieces = [], ...record } of records) {
      const file = new Uint8Array(size);
      for (const [offset, b64] of pieces) file.set(bytesOfBase64(b64), offset);
      expect(interpreterOf(file)).toBe(record.interp ?? undefined);
      const links = linksOf(file);
      const aligns = record.phdrs.filter(({ type }) => type === 1).map(({ align }) => align);
      const { needed, soname } = record;
      const said = { needed, soname: soname ?? undefined, loadAlignment: Math.min(...aligns) };
      const isLinked = record.e_type === 2 || record.e_type === 3;
      expect(links && { ...said, ...links, ...said }).toEqual(isLinked ? links : undefined);
    }
    expect(records.length).toBeGreaterThan(100);
  });
});

describe('PT_INTERP', () => {
  it.each([
    ['/lib64/ld.so', '/lib64/ld.so'],
    ['/\xff \n', '/\xff \n'],
    ['/a\0b', '/a'],
    [`/${'x'.repeat(5000)}`, `/${'x'.repeat(4094)}`],
  ])('%j is read as %j', (interpreter, text) => {
    expect(interpreterOf(linkedElf({ interpreter }))).toBe(text);
    expect(interpreterOf(linkedElf({ interpreter, bits: 32, big: true }))).toBe(text);
  });

  it('is nothing where there is none', () => {
    expect(interpreterOf(linkedElf({}))).toBeUndefined();
    expect(interpreterOf(linkedElf({ interpreter: '\0' }))).toBeUndefined();
    expect(interpreterOf(Uint8Array.of(0x23, 0x21))).toBeUndefined();
  });
});

/** The same file with a number of 64 bits or less put elsewhere. */
function withNumber(file: Uint8Array, at: number, size: 2 | 4 | 8, value: number): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  if (size === 2) view.setUint16(at, value, true);
  else if (size === 4) view.setUint32(at, value, true);
  else view.setBigUint64(at, BigInt(value), true);
  return bytes;
}

/** Where a value of the dynamic section stands. */
function placeOf(file: Uint8Array, tag: number): number {
  const view = new DataView(file.buffer);
  const header = 64 + 56 * (view.getUint16(56, true) - (full.property ? 3 : 2));
  let at = Number(view.getBigUint64(header + 8, true));
  while (Number(view.getBigUint64(at, true)) !== tag) at += 16;
  return at + 8;
}

const file = linkedElf(full);
const put = (tag: number, value: number) => withNumber(file, placeOf(file, tag), 8, value);
const crowd = [{ file: '', versions: Array.from({ length: 5000 }, () => '') }];
const many = Array.from({ length: 3000 }, (_, index) => `V${index}`);

describe('what is missing is said', () => {
  it.each([
    ['too many program headers', withNumber(file, 56, 2, 65_535), 'too-large'],
    ['program headers past the end', withNumber(file, 32, 8, 2 ** 40), 'past-end'],
    ['program headers past every end', withNumber(file, 32, 8, 2 ** 63), 'past-end'],
    ['program headers of another size', withNumber(file, 54, 2, 57), 'damaged'],
    [
      'a dynamic section past the end',
      withNumber(file, 64 + 56 * 3 + 8, 8, file.length),
      'past-end',
    ],
    ['a dynamic section without end', withNumber(file, 64 + 56 * 3 + 32, 8, 2 ** 60), 'too-large'],
    ['strings at an address that is not loaded', put(5, 1), 'damaged'],
    ['strings at an address past every end', put(5, 2 ** 63), 'damaged'],
    ['a name past the string table', put(14, 2 ** 32), 'damaged'],
    ['a name without end in the table', put(10, 5), 'damaged'],
    ['versions at no address', put(0x6ffffffe, 0), 'damaged'],
    ['versions of another kind', put(0x6ffffffe, 0x10000), 'damaged'],
    ['definitions at no address', put(0x6ffffffc, 0), 'damaged'],
    ['versions past the end', put(0x6ffffffe, 0x10000 + file.length - 2), 'past-end'],
    [
      'more strings than there is room for',
      linkedElf({ provides: ['', 'x'.repeat(2000), ...many] }),
      'too-large',
    ],
    [
      'a string that is too long',
      linkedElf({ strings: [[SONAME, 'x'.repeat(4096)]] }),
      'too-large',
    ],
    [
      'more libraries than anybody has',
      linkedElf({ strings: Array.from({ length: 1025 }, () => [NEEDED, 'a'] as const) }),
      'too-large',
    ],
    ['more versions than anybody has', linkedElf({ requires: crowd }), 'too-large'],
    ['large properties', linkedElf({ property: new Uint8Array(513) }), 'too-large'],
    ['an end within the strings', file.subarray(0, placeOf(file, 5) - 300), 'past-end'],
  ])('%s', (_what, bytes, incomplete) => {
    expect(linksOf(bytes)).toMatchObject({ incomplete });
  });

  it('and nothing else of the file', () => {
    expect(linksOf(put(5, 1))).toEqual({
      ...nothing,
      loadAlignment: 0x1000,
      properties: 'BAAAAA==',
      incomplete: 'damaged',
    });
    const { runpath: _runpath, ...rest } = expected;
    expect(linksOf(put(RUNPATH, 2 ** 32))).toEqual({ ...rest, incomplete: 'damaged' });
    expect(linksOf(linkedElf({ property: new Uint8Array(513) }))?.properties).toHaveLength(684);
  });

  it('where a read fails', () => {
    const read = (offset: number, length: number) =>
      offset === 0 ? file.subarray(offset, offset + length) : undefined;
    expect(readElfLinks(read, file.length)).toEqual({ ...nothing, incomplete: 'past-end' });
  });
});

describe('hostile bytes', () => {
  const files = fc.constantFrom(
    file,
    linkedElf({ ...full, big: true }),
    linkedElf({ ...full, bits: 32, machine: 40, armAttributes: new Uint8Array(20) }),
    linkedElf({ ...full, bits: 32, big: true, interpreter: '/lib/ld.so' }),
  );
  const writes = fc.array(fc.tuple(fc.nat(1400), fc.nat(255)), { maxLength: 12 });

  it('never make it fail, nor read past the end, nor long', () => {
    fc.assert(
      fc.property(files, writes, fc.nat(3000), (whole, changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const links = linksOf(bytes);
        interpreterOf(bytes);
        const texts = [
          ...(links?.needed ?? []),
          ...(links?.requires ?? []),
          ...(links?.provides ?? []),
        ];
        expect(texts.join('\0').length).toBeLessThanOrEqual(32_768);
      }),
      { numRuns: 2000 },
    );
  });
});
