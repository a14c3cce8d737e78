import { ElfBytes } from './elf-bytes.ts';

/** What a 32-bit ARM file says of its ABI: e_flags, and .ARM.attributes where it is at hand. */
export interface ArmAttributes {
  /** EF_ARM_EABIMASK. */
  eabi: number;
  /** How floating-point values are passed, of e_flags; null where they say nothing. */
  float: 'hard' | 'soft' | null;
  /** Tag_CPU_arch: `v5TE`, `v6`, `v7` …; null without attributes, undefined where they lie past the bytes. */
  cpuArch: string | null | undefined;
  /** Tag_CPU_name, `7-A`. */
  cpuName: string | null | undefined;
  /** Tag_FP_arch: `VFPv3`. */
  fpArch: string | null | undefined;
  /** Tag_ABI_VFP_args is 1: floating-point arguments go in VFP registers. */
  vfpArgs: boolean | null | undefined;
}

const SHT_ARM_ATTRIBUTES = 0x70000003;
const [TAG_FILE, TAG_CPU_NAME, TAG_CPU_ARCH, TAG_FP_ARCH, TAG_VFP_ARGS] = [1, 5, 6, 10, 28];
const TAG_COMPATIBILITY = 32;

const cpuArchs =
  'pre-v4 v4 v4T v5T v5TE v5TEJ v6 v6KZ v6T2 v6K v7 v6-M v6S-M v7E-M v8 v8-R v8-M.baseline v8-M.mainline v8.1-A v8.2-A v8.3-A v8.1-M.mainline v9'.split(
    ' ',
  );
const fpArchs = [
  null,
  'VFPv1',
  'VFPv2',
  'VFPv3',
  'VFPv3-D16',
  'VFPv4',
  'VFPv4-D16',
  'FP for ARMv8',
  'FPv5/FP-D16 for ARMv8',
];

type Values = Map<number, number | string>;

/** Reads a number of 7 bits a byte. */
function uleb(bytes: ElfBytes, at: number): { value: number; next: number } {
  let value = 0;
  for (let next = at; next < at + 5; next++) {
    value += (bytes.u8(next) & 0x7f) * 2 ** (7 * (next - at));
    if (bytes.u8(next) < 0x80) return { value, next: next + 1 };
  }
  return { value, next: at + 5 };
}

/** Odd tags above 32 and the two CPU names are strings, all others numbers ("Addenda to the ABI"). */
function readAttributes(bytes: ElfBytes, start: number, end: number): Values {
  const values: Values = new Map();
  for (let at = start; at < end;) {
    const tag = uleb(bytes, at);
    at = tag.next;
    const isText = tag.value === 4 || tag.value === 5 || (tag.value > 32 && tag.value % 2 === 1);
    if (!isText || tag.value === TAG_COMPATIBILITY) {
      const number = uleb(bytes, at);
      at = number.next;
      values.set(tag.value, number.value);
    }
    if (isText || tag.value === TAG_COMPATIBILITY) {
      const text = bytes.text(at, end - at);
      at += text.length + 1;
      if (isText) values.set(tag.value, text);
    }
  }
  return values;
}

/** The file-wide attributes of vendor "aeabi". */
function readSection(bytes: ElfBytes, start: number, size: number): Values {
  const end = start + size;
  // 'A', then a subsection a vendor: length, name, and in it one a scope: tag, length.
  for (let at = start + 1; at + 4 < end;) {
    const length = bytes.u32(at);
    const vendor = bytes.text(at + 4, end - at - 4);
    const scope = at + 5 + vendor.length;
    if (vendor === 'aeabi' && bytes.u8(scope) === TAG_FILE) {
      return readAttributes(bytes, scope + 5, Math.min(scope + bytes.u32(scope + 1), end));
    }
    if (length < 4) break;
    at += length;
  }
  return new Map();
}

/** Null where the file has no such section; undefined where that cannot be seen. */
function findSection(bytes: ElfBytes): { offset: number; size: number } | null | undefined {
  const start = bytes.u32(32);
  const entry = bytes.u16(46);
  const count = bytes.u16(48);
  if (start === 0 || count === 0) return null;
  if (entry < 40 || !bytes.has(start, entry * count)) return undefined;
  for (let index = 0; index < count; index++) {
    const at = start + index * entry;
    if (bytes.u32(at + 4) !== SHT_ARM_ATTRIBUTES) continue;
    const section = { offset: bytes.u32(at + 16), size: bytes.u32(at + 20) };
    return bytes.has(section.offset, section.size) ? section : undefined;
  }
  return null;
}

function archOf(values: Values): string | null {
  return cpuArchs[Number(values.get(TAG_CPU_ARCH) ?? 0)] ?? null;
}

function floatOf(flags: number): 'hard' | 'soft' | null {
  if ((flags & 0x400) !== 0) return 'hard';
  return (flags & 0x200) === 0 ? null : 'soft';
}

/** Reads a 32-bit ARM file's e_flags and attributes. Source: AAELF32, ABI addenda. */
export function readArmAttributes(bytes: ElfBytes, flags: number): ArmAttributes {
  const known = { eabi: flags >>> 24, float: floatOf(flags) };
  const section = findSection(bytes);
  if (section === null || section === undefined) {
    return { ...known, cpuArch: section, cpuName: section, fpArch: section, vfpArgs: section };
  }
  const values = readSection(bytes, section.offset, section.size);
  const name = values.get(TAG_CPU_NAME);
  return {
    ...known,
    cpuArch: archOf(values),
    cpuName: typeof name === 'string' ? name : null,
    fpArch: fpArchs[Number(values.get(TAG_FP_ARCH) ?? 0)] ?? null,
    vfpArgs: values.get(TAG_VFP_ARGS) === 1,
  };
}

/** Tag_CPU_arch of the bytes of a section .ARM.attributes; null where it says none. */
export function cpuArchOfAttributes(section: Uint8Array): string | null {
  // The attributes of every ARM that Docker knows are little-endian.
  const bytes = new ElfBytes(section, { little: true, is64: false });
  return archOf(readSection(bytes, 0, section.length));
}
