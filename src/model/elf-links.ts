import { base64OfBytes, stringOfBytes } from './bytes.ts';
import { ElfParts, LARGEST_TABLE, type ReadBytes, type Segment } from './elf-parts.ts';
import { LinkTexts } from './elf-versions.ts';
import type { ElfLinks } from './facts.ts';

const [ET_EXEC, ET_DYN, EM_ARM] = [2, 3, 40];
const [PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_GNU_PROPERTY] = [1, 2, 3, 0x6474e553];
const SHT_ARM_ATTRIBUTES = 0x70000003;
const [DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH] = [1, 5, 10, 14, 15, 29];
const [DT_VERDEF, DT_VERDEFNUM] = [0x6ffffffc, 0x6ffffffd];
const [DT_VERNEED, DT_VERNEEDNUM] = [0x6ffffffe, 0x6fffffff];
const MOST_NEEDED = 1024;
const MOST_BYTES = 512;
const LONGEST_INTERPRETER = 4095;

/**
 * Reads what an ELF file of type EXEC or DYN asks of its loader and offers to others; undefined for
 * any other file. Reads only the parts that it needs, whatever the file's class and byte order.
 *
 * The probe's native/elf.h answers the same, field by field. Never throws, whatever the bytes;
 * tables over 64 KB are not read (the limit that the kernel has for program headers), nor are more
 * than 1024 libraries, 4096 entries of version tables, 4096 bytes of one string and 32 KB of all.
 * Sources: gABI; LSB, symbol versioning.
 */
export function readElfLinks(read: ReadBytes, size: number): ElfLinks | undefined {
  const parts = ElfParts.open(read, size);
  if (parts === undefined || (parts.type !== ET_EXEC && parts.type !== ET_DYN)) return undefined;
  const segments = parts.segments();
  const texts = readDynamic(parts, segments);
  const aligns = segments.filter(({ type }) => type === PT_LOAD).map(({ align }) => align);
  const property = segments.find(({ type }) => type === PT_GNU_PROPERTY);
  const properties = property && parts.upTo(MOST_BYTES, property.offset, property.filesz);
  const arm = !parts.is64 && parts.machine === EM_ARM ? readArmAttributes(parts) : undefined;
  return {
    ...texts,
    ...(aligns.length > 0 ? { loadAlignment: Math.min(...aligns) } : {}),
    ...(properties ? { properties: base64OfBytes(properties) } : {}),
    ...(arm ? { armAttributes: base64OfBytes(arm) } : {}),
    ...(parts.lacks === undefined ? {} : { incomplete: parts.lacks }),
  };
}

/**
 * PT_INTERP of any ELF file, wherever it lies; undefined where there is none. The first one counts,
 * as in load_elf_binary() of fs/binfmt_elf.c.
 */
export function readElfInterpreter(read: ReadBytes, size: number): string | undefined {
  const parts = ElfParts.open(read, size);
  const found = parts?.segments().find(({ type }) => type === PT_INTERP);
  if (parts === undefined || found === undefined) return undefined;
  const length = Math.min(found.filesz, LONGEST_INTERPRETER, size - found.offset);
  const bytes = length > 0 ? parts.bytes(found.offset, length) : undefined;
  const text = stringOfBytes(bytes ?? new Uint8Array()).replace(/\0[^]*/, '');
  return text === '' ? undefined : text;
}

/** Where in the file an address is loaded from. */
function offsetOf(segments: readonly Segment[], address: number): number | undefined {
  const load = segments.find(
    ({ type, vaddr, filesz }) => type === PT_LOAD && address >= vaddr && address < vaddr + filesz,
  );
  return load === undefined ? undefined : address - load.vaddr + load.offset;
}

type Texts = Pick<ElfLinks, 'needed' | 'soname' | 'rpath' | 'runpath' | 'requires' | 'provides'>;

function readDynamic(parts: ElfParts, segments: readonly Segment[]): Texts {
  const { needed, values } = readTags(parts, segments);
  const found = (tag: number): number | undefined => {
    const address = values.get(tag);
    return address === undefined ? undefined : offsetOf(segments, address);
  };
  const texts = new LinkTexts(parts, found(DT_STRTAB), values.get(DT_STRSZ) ?? 0);
  const one = (tag: number) => texts.take(values.get(tag));
  const [soname, rpath, runpath] = [one(DT_SONAME), one(DT_RPATH), one(DT_RUNPATH)];
  const names = needed.flatMap((at) => texts.take(at) ?? []);
  const verneed = values.has(DT_VERNEED) ? (values.get(DT_VERNEEDNUM) ?? 0) : 0;
  const requires = texts.readNeeded(found(DT_VERNEED), verneed);
  const verdef = values.has(DT_VERDEF) ? (values.get(DT_VERDEFNUM) ?? 0) : 0;
  const provides = texts.readDefined(found(DT_VERDEF), verdef);
  return {
    needed: names,
    ...(soname === undefined ? {} : { soname }),
    ...(rpath === undefined ? {} : { rpath }),
    ...(runpath === undefined ? {} : { runpath }),
    requires,
    provides,
  };
}

/** Of a tag that comes twice the last one counts, as in elf_get_dynamic_info() of glibc. */
function readTags(
  parts: ElfParts,
  segments: readonly Segment[],
): { needed: number[]; values: Map<number, number> } {
  const needed: number[] = [];
  const values = new Map<number, number>();
  const segment = segments.find(({ type }) => type === PT_DYNAMIC);
  const found = segment && parts.upTo(LARGEST_TABLE, segment.offset, segment.filesz);
  const bytes = found ?? new Uint8Array();
  const word = parts.is64 ? 8 : 4;
  for (let at = 0; at + 2 * word <= bytes.length; at += 2 * word) {
    const tag = parts.number(bytes, at, word);
    const value = parts.number(bytes, at + word, word);
    if (tag === 0) break;
    if (tag !== DT_NEEDED) values.set(tag, value);
    else if (needed.length < MOST_NEEDED) needed.push(value);
    else parts.lack('too-large');
  }
  return { needed, values };
}

function readArmAttributes(parts: ElfParts): Uint8Array | undefined {
  const [start, entry, count] = [
    parts.field(40, 32),
    parts.field(58, 46, 2, 2),
    parts.field(60, 48, 2, 2),
  ];
  if (start === 0 || count === 0) return undefined;
  if (entry < 40) return parts.lack('damaged');
  if (entry * count > LARGEST_TABLE) return parts.lack('too-large');
  const table = parts.bytes(start, entry * count) ?? new Uint8Array();
  for (let at = 0; at < table.length; at += entry) {
    if (parts.number(table, at + 4, 4) !== SHT_ARM_ATTRIBUTES) continue;
    return parts.upTo(MOST_BYTES, parts.number(table, at + 16, 4), parts.number(table, at + 20, 4));
  }
  return undefined;
}
