import { findArchitecture } from '../../src/model/architecture.ts';

export interface ElfParts {
  /** Docker's word. */
  architecture: string;
  /** PT_INTERP. */
  loader?: string;
  /** e_flags. */
  flags?: number;
  /** The x86-64 level of its property note, 2 to 4. */
  level?: number;
}

const LOAD = 1;
const INTERP = 3;
const PROPERTY = 0x6474e553;

/** NT_GNU_PROPERTY_TYPE_0 with GNU_PROPERTY_X86_ISA_1_NEEDED (the x86-64 psABI). */
function levelNote(level: number): Buffer {
  const note = Buffer.alloc(32);
  [4, 16, 5].forEach((word, index) => note.writeUInt32LE(word, index * 4));
  note.write('GNU\0', 12, 'latin1');
  [0xc0008002, 4, 1 << (level - 1), 0].forEach((word, index) =>
    note.writeUInt32LE(word, 16 + index * 4),
  );
  return note;
}

/** A program that a kernel would load: header, program headers, and what those name. */
export function madeElf({ architecture, loader, flags = 0, level }: ElfParts): Buffer {
  const row = findArchitecture(architecture);
  if (row === undefined) throw new Error(`no architecture ${architecture}`);
  const wide = row.class === 64;
  const little = row.endian === 'little';
  const segments: { type: number; bytes: Buffer }[] = [{ type: LOAD, bytes: Buffer.alloc(0) }];
  if (loader !== undefined)
    segments.push({ type: INTERP, bytes: Buffer.from(`${loader}\0`, 'latin1') });
  if (level !== undefined) segments.push({ type: PROPERTY, bytes: levelNote(level) });
  const headerSize = wide ? 64 : 52;
  const entrySize = wide ? 56 : 32;
  const out = Buffer.alloc(headerSize + segments.length * entrySize);
  const view = new DataView(out.buffer, out.byteOffset, out.length);
  const u16 = (at: number, value: number) => view.setUint16(at, value, little);
  const u32 = (at: number, value: number) => view.setUint32(at, value, little);
  const word = (at: number, value: number) =>
    wide ? view.setBigUint64(at, BigInt(value), little) : u32(at, value);
  out.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  u16(16, 2);
  u16(18, row.machine);
  u32(20, 1);
  word(wide ? 32 : 28, headerSize);
  u32(wide ? 48 : 36, flags | (row.flags?.value ?? 0));
  u16(wide ? 52 : 40, headerSize);
  u16(wide ? 54 : 42, entrySize);
  u16(wide ? 56 : 44, segments.length);
  const contents: Buffer[] = [];
  let offset = out.length;
  segments.forEach(({ type, bytes }, index) => {
    const at = headerSize + index * entrySize;
    u32(at, type);
    word(at + (wide ? 8 : 4), offset);
    word(at + (wide ? 32 : 16), bytes.length);
    word(at + (wide ? 48 : 28), 8);
    contents.push(bytes);
    offset += bytes.length;
  });
  return Buffer.concat([out, ...contents]);
}
