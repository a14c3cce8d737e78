import type { ElfBytes } from './elf-bytes.ts';
import type { ProgramHeader } from './elf.ts';

/** What PT_DYNAMIC says. Strings are undefined where their table lies past the bytes. */
export interface Dynamic {
  /** DT_NEEDED, in order. */
  needed: string[] | undefined;
  soname: string | null | undefined;
  /** DT_RUNPATH, or DT_RPATH where there is none. */
  runpath: string | null | undefined;
  /** DT_FLAGS_1, 0 where absent. */
  flags1: number;
  /** DF_1_PIE. */
  pie: boolean;
}

const [DT_NULL, DT_NEEDED, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH] = [0, 1, 5, 10, 14, 15];
const DT_RUNPATH = 29;
const DT_FLAGS_1 = 0x6ffffffb;
const DF_1_PIE = 0x08000000;

type Tag = readonly [tag: number, value: number];

function readTags(bytes: ElfBytes, offset: number, size: number): Tag[] {
  const word = bytes.is64 ? 8 : 4;
  const tags: Tag[] = [];
  for (let at = offset; at + 2 * word <= offset + size; at += 2 * word) {
    const tag = bytes.word(at);
    if (tag === DT_NULL) break;
    tags.push([tag, bytes.word(at + word)]);
  }
  return tags;
}

/** Where in the file an address is loaded from. */
function offsetOf(headers: readonly ProgramHeader[], address: number): number | undefined {
  const load = headers.find(
    ({ type, vaddr, filesz }) => type === 1 && address >= vaddr && address < vaddr + filesz,
  );
  return load === undefined ? undefined : address - load.vaddr + load.offset;
}

/** Reads strings of the dynamic string table; undefined where one lies past the bytes. */
function stringReader(
  bytes: ElfBytes,
  headers: readonly ProgramHeader[],
  tags: readonly Tag[],
): (at: number) => string | undefined {
  const address = tags.find(([tag]) => tag === DT_STRTAB)?.[1];
  const size = tags.find(([tag]) => tag === DT_STRSZ)?.[1] ?? 0;
  const start = address === undefined ? undefined : offsetOf(headers, address);
  return (at) => {
    if (start === undefined || at >= size) return undefined;
    const text = bytes.text(start + at, Math.min(size - at, 4096));
    return bytes.has(start + at, text.length + 1) ? text : undefined;
  };
}

/** Null where the file has no PT_DYNAMIC; undefined where it lies past the bytes. */
export function readDynamic(
  bytes: ElfBytes,
  headers: readonly ProgramHeader[] | undefined,
): Dynamic | null | undefined {
  if (headers === undefined) return undefined;
  const header = headers.find(({ type }) => type === 2);
  if (header === undefined) return null;
  if (!bytes.has(header.offset, header.filesz)) return undefined;
  const tags = readTags(bytes, header.offset, header.filesz);
  const read = stringReader(bytes, headers, tags);
  const one = (...wanted: number[]): string | null | undefined => {
    const tag = tags.find(([name]) => wanted.includes(name));
    return tag === undefined ? null : read(tag[1]);
  };
  const needed = tags.filter(([tag]) => tag === DT_NEEDED).map(([, at]) => read(at));
  const flags1 = tags.find(([tag]) => tag === DT_FLAGS_1)?.[1] ?? 0;
  return {
    needed: needed.every((name) => name !== undefined) ? needed : undefined,
    soname: one(DT_SONAME),
    runpath: tags.some(([tag]) => tag === DT_RUNPATH) ? one(DT_RUNPATH) : one(DT_RPATH),
    flags1,
    // Not with "&": the value may have more than 32 bits.
    pie: Math.floor(flags1 / DF_1_PIE) % 2 === 1,
  };
}
