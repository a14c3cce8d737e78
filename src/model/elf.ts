import { architectureOfElf, type Architecture } from './architecture.ts';
import { readArmAttributes, type ArmAttributes } from './elf-arm.ts';
import { readDynamic, type Dynamic } from './elf-dynamic.ts';
import { readIsaLevel } from './elf-note.ts';
import { ElfBytes } from './elf-bytes.ts';

/** One program header. Sizes and addresses are in bytes; those past 2^53 lose precision. */
export interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  vaddr: number;
  filesz: number;
  memsz: number;
  align: number;
}

/** Whether an e_type is one that the kernel loads: ET_EXEC or ET_DYN (gABI chapter 4). */
export function isLoadedType(type: number | undefined): boolean {
  return type === 2 || type === 3;
}

/** Program header types (gABI chapter 5). */
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;

/**
 * How a program gets its libraries. `dynamic` has a PT_INTERP, `static` is ET_EXEC without,
 * `static-pie` ET_DYN without and DF_1_PIE, `shared-object` any other ET_DYN.
 */
export type Linkage = 'relocatable' | 'dynamic' | 'static' | 'static-pie' | 'shared-object';

/** PT_INTERP: its text, or only where it lies, when that is past the bytes that were given. */
export type Interpreter = { path: string } | { offset: number; size: number };

/**
 * What an ELF file says of itself. A field is undefined where the file may well have it, past the
 * bytes that were given; what the file does not have is null or empty.
 */
export interface Elf {
  class: 32 | 64;
  endian: 'little' | 'big';
  osabi: number;
  abiversion: number;
  /** e_type: 1 ET_REL, 2 ET_EXEC, 3 ET_DYN, 4 ET_CORE. */
  type: number;
  /** e_machine. */
  machine: number;
  /** The row of the table that it belongs to, where there is one. */
  architecture: Architecture | undefined;
  entry: number;
  /** e_flags. */
  flags: number;
  programHeaders: ProgramHeader[] | undefined;
  interpreter: Interpreter | null | undefined;
  dynamic: Dynamic | null | undefined;
  linkage: Linkage | undefined;
  /** The least and greatest p_align of PT_LOAD; null where nothing is loaded. */
  alignment: { min: number; max: number } | null | undefined;
  arm: ArmAttributes | undefined;
  /** The x86-64 level it says it needs (GNU_PROPERTY_X86_ISA_1_NEEDED), 1 to 4; null where it says none. */
  isaLevel: number | null | undefined;
}

/** Why bytes are no ELF file that can be described. */
export interface NotElf {
  notElf: 'no-magic' | 'too-short' | 'bad-class' | 'bad-endian' | 'bad-version';
}

const MAGIC = 0x7f454c46;

function fault(bytes: Uint8Array): NotElf['notElf'] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0) !== MAGIC) return 'no-magic';
  if (bytes.length < 16) return 'too-short';
  if (bytes[4] !== 1 && bytes[4] !== 2) return 'bad-class';
  if (bytes[5] !== 1 && bytes[5] !== 2) return 'bad-endian';
  if (bytes[6] !== 1) return 'bad-version';
  return bytes.length < (bytes[4] === 2 ? 64 : 52) ? 'too-short' : undefined;
}

/** All of it lies within the bytes. */
function readHeader64(bytes: ElfBytes, at: number): ProgramHeader {
  return {
    type: bytes.u32(at),
    flags: bytes.u32(at + 4),
    offset: bytes.u64(at + 8),
    vaddr: bytes.u64(at + 16),
    filesz: bytes.u64(at + 32),
    memsz: bytes.u64(at + 40),
    align: bytes.u64(at + 48),
  };
}

function readHeader32(bytes: ElfBytes, at: number): ProgramHeader {
  return {
    type: bytes.u32(at),
    flags: bytes.u32(at + 24),
    offset: bytes.u32(at + 4),
    vaddr: bytes.u32(at + 8),
    filesz: bytes.u32(at + 16),
    memsz: bytes.u32(at + 20),
    align: bytes.u32(at + 28),
  };
}

/** Undefined where the table lies past the bytes, or its entries are not of the size they must be. */
function readProgramHeaders(bytes: ElfBytes): ProgramHeader[] | undefined {
  const start = bytes.word(bytes.is64 ? 32 : 28);
  const size = bytes.u16(bytes.is64 ? 54 : 42);
  const count = bytes.u16(bytes.is64 ? 56 : 44);
  if (count === 0) return [];
  if (size !== (bytes.is64 ? 56 : 32) || !bytes.has(start, size * count)) return undefined;
  const read = bytes.is64 ? readHeader64 : readHeader32;
  const headers: ProgramHeader[] = [];
  for (let at = start; headers.length < count; at += size) headers.push(read(bytes, at));
  return headers;
}

function readInterpreter(
  bytes: ElfBytes,
  headers: ProgramHeader[] | undefined,
): Interpreter | null | undefined {
  if (headers === undefined) return undefined;
  // The kernel takes the first one.
  const header = headers.find(({ type }) => type === PT_INTERP);
  if (header === undefined) return null;
  const { offset, filesz } = header;
  if (!bytes.has(offset, filesz)) return { offset, size: filesz };
  return { path: bytes.text(offset, filesz) };
}

function linkageOf(
  type: number,
  interpreter: Interpreter | null | undefined,
  dynamic: Dynamic | null | undefined,
): Linkage | undefined {
  if (type === 1) return 'relocatable';
  if (!isLoadedType(type) || interpreter === undefined) return undefined;
  if (interpreter !== null) return 'dynamic';
  if (type === 2) return 'static';
  if (dynamic === undefined) return undefined;
  return dynamic?.pie === true ? 'static-pie' : 'shared-object';
}

function alignmentOf(headers: ProgramHeader[] | undefined): Elf['alignment'] {
  if (headers === undefined) return undefined;
  const aligns = headers.filter(({ type }) => type === PT_LOAD).map(({ align }) => align);
  if (aligns.length === 0) return null;
  return { min: Math.min(...aligns), max: Math.max(...aligns) };
}

/**
 * Describes an ELF file from its bytes, all of them or only its head. Never throws, whatever the
 * bytes; reads at most 65535 program headers. Source: gABI, elf(5).
 */
export function readElf(file: Uint8Array): Elf | NotElf {
  const notElf = fault(file);
  if (notElf !== undefined) return { notElf };
  const bytes = new ElfBytes(file);
  const type = bytes.u16(16);
  const machine = bytes.u16(18);
  const flags = bytes.u32(bytes.is64 ? 48 : 36);
  const bits = bytes.is64 ? 64 : 32;
  const endian = bytes.little ? 'little' : 'big';
  const programHeaders = readProgramHeaders(bytes);
  const interpreter = readInterpreter(bytes, programHeaders);
  const dynamic = readDynamic(bytes, programHeaders);
  return {
    class: bits,
    endian,
    osabi: file[7] ?? 0,
    abiversion: file[8] ?? 0,
    type,
    machine,
    architecture: architectureOfElf({ class: bits, endian, machine, flags }),
    entry: bytes.word(24),
    flags,
    programHeaders,
    interpreter,
    dynamic,
    linkage: linkageOf(type, interpreter, dynamic),
    alignment: alignmentOf(programHeaders),
    arm: machine === 40 ? readArmAttributes(bytes, flags) : undefined,
    isaLevel: machine === 62 ? readIsaLevel(bytes, programHeaders) : undefined,
  };
}

/** Narrows what readElf answers. */
export function isElf(elf: Elf | NotElf): elf is Elf {
  return !('notElf' in elf);
}
