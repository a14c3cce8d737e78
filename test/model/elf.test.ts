import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { architectures, headFor } from '../../src/model/architecture.ts';
import { bytesOfBase64 } from '../../src/model/bytes.ts';
import { isElf, readElf, type Elf, type ProgramHeader } from '../../src/model/elf.ts';
import { readRecords } from './records.ts';

interface ElfRecord {
  id: string;
  size: number;
  class: 32 | 64;
  data: 'LSB' | 'MSB';
  osabi: number;
  abiversion: number;
  e_type: number;
  e_machine: number;
  e_entry: number;
  e_flags: number;
  phdrs: ProgramHeader[];
  interp: string | null;
  has_dynamic: boolean;
  needed: string[];
  soname: string | null;
  runpath: string | null;
  pie_flag: boolean;
  linkage: string;
  arm?: Record<'cpu_arch' | 'fp_arch', string | null> & {
    eabi: number;
    float_flag: string;
    cpu_name: string | null;
    vfp_args: string | null;
  };
  head512_b64: string;
  /** The parts of the file that say what it is; the rest, its code, is left out. */
  pieces?: [offset: number, b64: string][];
}

const records = readRecords<ElfRecord>('elf');

function fileOf(record: ElfRecord): Uint8Array | undefined {
  if (record.pieces === undefined) return undefined;
  const bytes = new Uint8Array(record.size);
  for (const [offset, b64] of record.pieces) bytes.set(bytesOfBase64(b64), offset);
  return bytes;
}

function headOf(record: ElfRecord): Uint8Array {
  return bytesOfBase64(record.head512_b64);
}

function read(bytes: Uint8Array): Elf {
  const elf = readElf(bytes);
  if (!isElf(elf)) throw new Error(elf.notElf);
  return elf;
}

/** What readelf and the table say of a file, in this model's words. */
function expectedOf(record: ElfRecord): Record<string, unknown> {
  const { arm } = record;
  return {
    class: record.class,
    endian: record.data === 'LSB' ? 'little' : 'big',
    osabi: record.osabi,
    abiversion: record.abiversion,
    type: record.e_type,
    machine: record.e_machine,
    entry: record.e_entry,
    flags: record.e_flags,
    programHeaders: record.phdrs,
    interpreter: record.interp === null ? null : { path: record.interp },
    linkage: record.linkage,
    needed: record.has_dynamic ? record.needed : null,
    soname: record.soname,
    runpath: record.runpath,
    pie: record.pie_flag,
    arm:
      arm === undefined
        ? undefined
        : {
            eabi: arm.eabi,
            float: arm.float_flag,
            cpuArch: arm.cpu_arch,
            cpuName: arm.cpu_name?.replaceAll('"', '') ?? null,
            fpArch: arm.fp_arch,
            vfpArgs: arm.vfp_args === 'VFP registers',
          },
  };
}

function actualOf(elf: Elf): Record<string, unknown> {
  const { dynamic, architecture: _row, alignment: _alignment, isaLevel: _level, ...rest } = elf;
  const none = { needed: null, soname: null, runpath: null, pie: false };
  const { needed, soname, runpath, pie } = dynamic ?? none;
  return { ...rest, needed, soname, runpath, pie };
}

describe('what an ELF file says of itself', () => {
  it('is what readelf says of a hundred files of thirteen architectures', () => {
    const whole = records.filter(({ pieces }) => pieces !== undefined);
    const wrong = whole
      .map((record) => [
        record.id,
        actualOf(read(fileOf(record) ?? new Uint8Array())),
        expectedOf(record),
      ])
      .filter(([, actual, expected]) => !isDeepStrictEqual(actual, expected));
    expect(wrong).toEqual([]);
    expect(whole.length).toBeGreaterThan(100);
  });

  it('is never guessed when only the head is at hand', () => {
    const wrong = records.filter((record) => {
      const { linkage, interpreter, dynamic, programHeaders } = read(headOf(record));
      const path =
        interpreter === undefined || interpreter === null
          ? interpreter
          : 'path' in interpreter
            ? interpreter.path
            : undefined;
      return (
        (linkage !== undefined && linkage !== record.linkage) ||
        (path !== undefined && path !== record.interp) ||
        (dynamic !== undefined && (dynamic !== null) !== record.has_dynamic) ||
        (programHeaders !== undefined && !isDeepStrictEqual(programHeaders, record.phdrs))
      );
    });
    expect(wrong).toEqual([]);
  });

  it('tells the architecture from the head alone', () => {
    const names: Readonly<Record<string, string>> = {
      armel: 'arm',
      armhf: 'arm',
      i386: '386',
      mips64el: 'mips64le',
      mipsel: 'mipsle',
      ppc64el: 'ppc64le',
    };
    for (const record of readRecords<ElfRecord & { arch: string }>('elf')) {
      expect(read(headOf(record)).architecture?.name).toBe(names[record.arch] ?? record.arch);
    }
  });

  it('leaves static-pie open until PT_DYNAMIC is read', () => {
    const record = records.find(({ linkage, pieces }) => linkage === 'static-pie' && pieces);
    if (record === undefined) throw new Error('no static-pie program');
    const file = fileOf(record) ?? new Uint8Array();
    expect(read(file.subarray(0, 4096)).linkage).toBeUndefined();
    expect(read(file).linkage).toBe('static-pie');
  });

  it('has the alignment of what is loaded', () => {
    const record = records.find(
      ({ pieces, phdrs }) => pieces && phdrs.some(({ type }) => type === 1),
    );
    const file = record && fileOf(record);
    const aligns = record?.phdrs.filter(({ type }) => type === 1).map(({ align }) => align) ?? [];
    const wanted = { min: Math.min(...aligns), max: Math.max(...aligns) };
    expect(file && read(file).alignment).toEqual(wanted);
  });
});

/** A file of one note that holds one property. */
function withIsaLevel(needed: number, bits: 32 | 64 = 64): Uint8Array {
  const amd64 = architectures[0];
  if (amd64 === undefined) throw new Error('no architecture');
  const bytes = headFor(amd64);
  const view = new DataView(bytes.buffer);
  view.setUint16(56, 1, true);
  view.setBigUint64(32, 64n, true);
  view.setUint32(64, 4, true);
  view.setBigUint64(64 + 8, 120n, true);
  view.setBigUint64(64 + 32, 32n, true);
  view.setBigUint64(64 + 48, 8n, true);
  const note = [4, 16, 5, 0x00554e47, 0xc0008002, 4, needed, 0];
  note.forEach((word, index) => view.setUint32(120 + 4 * index, word, true));
  if (bits === 32) bytes[4] = 1;
  return bytes;
}

it.each([
  [1, 1],
  [2, 2],
  [0b111, 3],
  [0b1000, 4],
  [0, null],
])('GNU_PROPERTY_X86_ISA_1_NEEDED of %i is level %s', (needed, level) => {
  expect(read(withIsaLevel(needed)).isaLevel).toBe(level);
});

describe('bytes that are no ELF file', () => {
  it.each([
    ['nothing', [], 'no-magic'],
    ['a script', [0x23, 0x21], 'no-magic'],
    ['only the magic', [0x7f, 0x45, 0x4c, 0x46], 'too-short'],
    ['class 3', [0x7f, 0x45, 0x4c, 0x46, 3, 1, 1, ...Array<number>(60).fill(0)], 'bad-class'],
    ['endianness 0', [0x7f, 0x45, 0x4c, 0x46, 2, 0, 1, ...Array<number>(60).fill(0)], 'bad-endian'],
    ['version 9', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 9, ...Array<number>(60).fill(0)], 'bad-version'],
    ['half a header', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, ...Array<number>(40).fill(0)], 'too-short'],
  ])('%s', (_what, bytes, notElf) => {
    expect(readElf(Uint8Array.from(bytes))).toEqual({ notElf });
  });
});

describe('hostile bytes', () => {
  const heads = fc
    .constantFrom(...records.filter(({ size }) => size < 40_000))
    .map((record) => fileOf(record) ?? headOf(record));
  const changes = fc.array(fc.tuple(fc.nat(4096), fc.integer({ min: 0, max: 255 })), {
    maxLength: 40,
  });

  it('never make it fail', () => {
    fc.assert(
      fc.property(heads, changes, fc.nat(8192), (file, writes, length) => {
        const bytes = file.slice(0, length < 4096 ? length : file.length);
        for (const [at, value] of writes) if (at < bytes.length) bytes[at] = value;
        expect(readElf(bytes)).toBeTypeOf('object');
      }),
      { numRuns: 500 },
    );
  });

  it('are read to the end: 65535 program headers', () => {
    const bytes = new Uint8Array(64 + 56 * 65535);
    bytes.set(withIsaLevel(1));
    new DataView(bytes.buffer).setUint16(56, 65535, true);
    expect(read(bytes).programHeaders).toHaveLength(65535);
  });
});
