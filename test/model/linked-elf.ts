import { bytesOfString } from '../../src/model/bytes.ts';

/** What a made ELF file says; everything lies in one PT_LOAD from offset 0 to its end. */
export interface LinkedElf {
  bits?: 32 | 64;
  big?: boolean;
  type?: number;
  machine?: number;
  /** DT_NEEDED and others, as tag and string. */
  strings?: readonly (readonly [tag: number, text: string])[];
  /** More of the dynamic section, as tag and value. */
  tags?: readonly (readonly [tag: number, value: number])[];
  requires?: readonly { file: string; versions: readonly string[]; flags?: number }[];
  /** The first is the file's own name. */
  provides?: readonly string[];
  aligns?: readonly number[];
  property?: Uint8Array;
  armAttributes?: Uint8Array;
  interpreter?: string;
}

const VERDEF = 0x6ffffffc;
const VERNEED = 0x6ffffffe;
const ADDRESS = 0x10000;

/** Numbers of sizes given, one after the other. */
class Writer {
  bytes: number[] = [];
  readonly #big: boolean;

  constructor(big: boolean) {
    this.#big = big;
  }

  add(...numbers: (readonly [size: number, value: number])[]): void {
    for (const [size, value] of numbers) {
      const bytes = Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** at) % 256);
      this.bytes.push(...(this.#big ? bytes.toReversed() : bytes));
    }
  }
}

/** Makes an ELF file with a dynamic section, version tables, notes and attributes. */
export function linkedElf(elf: LinkedElf): Uint8Array {
  const { bits = 64, big = false, aligns = [0x1000] } = elf;
  const wide = bits === 64;
  const word = wide ? 8 : 4;
  const blob = new Writer(big);
  const headers = 2 + aligns.length + (elf.property ? 1 : 0) + (elf.interpreter ? 1 : 0);
  const start = (wide ? 64 : 52) + headers * (wide ? 56 : 32);
  /** Puts bytes into the file; returns their offset. */
  const put = (bytes: ArrayLike<number>) => {
    const at = start + blob.bytes.length;
    blob.bytes.push(...Array.from(bytes));
    return at;
  };
  const strings = ['\0'];
  const string = (text: string) => {
    const at = strings.join('').length;
    strings.push(`${text}\0`);
    return at;
  };
  const tags = (elf.strings ?? []).map(([tag, text]) => [tag, string(text)] as [number, number]);
  if (elf.requires) {
    const table = new Writer(big);
    elf.requires.forEach(({ file, versions, flags = 0 }, index) => {
      const isLast = index === (elf.requires ?? []).length - 1;
      const size = 16 + 16 * versions.length;
      table.add([2, 1], [2, versions.length], [4, string(file)], [4, 16], [4, isLast ? 0 : size]);
      versions.forEach((name, at) => {
        const next = at === versions.length - 1 ? 0 : 16;
        table.add([4, 0], [2, flags], [2, 2], [4, string(name)], [4, next]);
      });
    });
    tags.push([VERNEED, ADDRESS + put(table.bytes)], [VERNEED + 1, elf.requires.length]);
  }
  if (elf.provides) {
    const table = new Writer(big);
    elf.provides.forEach((name, index) => {
      const isLast = index === (elf.provides ?? []).length - 1;
      table.add([2, 1], [2, index === 0 ? 1 : 0], [2, index + 1], [2, 1], [4, 0], [4, 20]);
      table.add([4, isLast ? 0 : 28], [4, string(name)], [4, 0]);
    });
    tags.push([VERDEF, ADDRESS + put(table.bytes)], [VERDEF + 1, elf.provides.length]);
  }
  const text = bytesOfString(strings.join(''));
  tags.push(
    [5, ADDRESS + put(text)],
    [10, text.length],
    ...(elf.tags ?? []).map(([a, b]) => [a, b] as [number, number]),
    [0, 0],
  );
  const dynamic = new Writer(big);
  for (const [tag, value] of tags) dynamic.add([word, tag], [word, value]);
  const dynamicAt = put(dynamic.bytes);
  const propertyAt = elf.property && put(elf.property);
  const interpreter = elf.interpreter && bytesOfString(`${elf.interpreter}\0`);
  const interpreterAt = interpreter && put(interpreter);
  const attributesAt = elf.armAttributes && put(elf.armAttributes);
  const sections = new Writer(big);
  if (attributesAt !== undefined && elf.armAttributes) {
    sections.add(...Array.from({ length: 10 }, () => [4, 0] as const));
    sections.add([4, 0], [4, 0x70000003], [4, 0], [4, 0], [4, attributesAt]);
    sections.add([4, elf.armAttributes.length], [4, 0], [4, 0], [4, 1], [4, 0]);
  }
  const sectionsAt = sections.bytes.length > 0 ? put(sections.bytes) : 0;
  const end = start + blob.bytes.length;
  const out = new Writer(big);
  out.add([1, 0x7f], [1, 0x45], [1, 0x4c], [1, 0x46], [1, wide ? 2 : 1], [1, big ? 2 : 1], [1, 1]);
  out.add([1, 0], [8, 0], [2, elf.type ?? 3], [2, elf.machine ?? (wide ? 62 : 3)], [4, 1]);
  out.add([word, ADDRESS], [word, wide ? 64 : 52], [word, sectionsAt], [4, 0]);
  out.add([2, wide ? 64 : 52], [2, wide ? 56 : 32], [2, headers], [2, wide ? 64 : 40]);
  out.add([2, sectionsAt > 0 ? 2 : 0], [2, 0]);
  const header = (type: number, at: number, size: number, align: number) => {
    if (wide)
      out.add(
        [4, type],
        [4, 4],
        [8, at],
        [8, ADDRESS + at],
        [8, ADDRESS + at],
        [8, size],
        [8, size],
        [8, align],
      );
    else
      out.add(
        [4, type],
        [4, at],
        [4, ADDRESS + at],
        [4, ADDRESS + at],
        [4, size],
        [4, size],
        [4, 4],
        [4, align],
      );
  };
  for (const align of aligns) header(1, 0, end, align);
  header(2, dynamicAt, dynamic.bytes.length, 8);
  header(6, wide ? 64 : 52, 8, 8);
  if (propertyAt !== undefined) header(0x6474e553, propertyAt, elf.property?.length ?? 0, 8);
  if (interpreterAt) header(3, interpreterAt, interpreter.length, 1);
  return Uint8Array.from([...out.bytes, ...blob.bytes]);
}
