import type { Platform } from './platform.ts';

/** A variant of an architecture: `v7` of arm, `v3` of amd64. */
export interface Variant {
  name: string;
  /** What uname(2) may answer on a machine of this variant or a later one. */
  machines: readonly string[];
}

/**
 * One instruction set and ABI, as an ELF header and Docker tell it.
 *
 * Magic and mask of a binfmt_misc rule follow from these fields (magicAndMask).
 */
export interface Architecture {
  /** Docker's (Go's) word where there is one, else qemu's. */
  name: string;
  /** EI_CLASS. */
  class: 32 | 64;
  /** EI_DATA. */
  endian: 'little' | 'big';
  /** e_machine. */
  machine: number;
  /** qemu's word for it, where qemu-user can run it. */
  qemu?: string;
  /** What uname(2) answers on a machine of it. */
  machines: readonly string[];
  /** In rising order; absent where Docker knows no variants. */
  variants?: readonly Variant[];
  /** The variant that is meant when none is given. */
  defaultVariant?: string;
  /** Bits of e_flags that tell it from its namesake of equal class, endianness and e_machine. */
  flags?: { mask: number; value: number };
  /** Mask bytes of qemu's rule that are not the usual ones, by offset in the header. */
  maskBytes?: Readonly<Record<number, number>>;
  /** Whether xbuild builds images for it. */
  buildable: boolean;
}

const INTEL_386 = ['i386', 'i486', 'i586', 'i686'];
const ARM_V7 = ['armv7l', 'armv8l'];
const ARM_V6 = ['armv6l', ...ARM_V7];
const ARM_V5 = ['armv5l', 'armv5tel', 'armv5tejl', ...ARM_V6];

const OSABI_TO_3 = { 7: 0xfc };
const ANY_ABIVERSION = { 8: 0 };
/** qemu's scripts are as lenient with these as the kernel's own x86 loader. */
const INTEL_MASK = { 5: 0xfe, 6: 0xfe, 7: 0xfc };
/** EF_MIPS_ABI2: the n32 ABI; a 32-bit file without it is o32. */
const MIPS_O32 = { mask: 0x20, value: 0 };
const MIPS_N32 = { mask: 0x20, value: 0x20 };

function variant(name: string, machines: readonly string[]): Variant {
  return { name, machines };
}

/**
 * Every architecture that xbuild can name; the first nine are those it builds for.
 *
 * e_machine: gABI chapter 4 and the kernel's include/uapi/linux/elf-em.h; mask bytes: qemu's
 * scripts/qemu-binfmt-conf.sh.
 */
// oxfmt-ignore
export const architectures: readonly Architecture[] = [
  { name: 'amd64', class: 64, endian: 'little', machine: 62, qemu: 'x86_64', machines: ['x86_64'], maskBytes: INTEL_MASK, buildable: true,
    variants: ['v1', 'v2', 'v3', 'v4'].map((name) => variant(name, ['x86_64'])), defaultVariant: 'v1' },
  { name: '386', class: 32, endian: 'little', machine: 3, qemu: 'i386', machines: INTEL_386, maskBytes: INTEL_MASK, buildable: true },
  { name: 'arm64', class: 64, endian: 'little', machine: 183, qemu: 'aarch64', machines: ['aarch64'], buildable: true,
    variants: ['v8', 'v9'].map((name) => variant(name, ['aarch64'])), defaultVariant: 'v8' },
  { name: 'arm', class: 32, endian: 'little', machine: 40, qemu: 'arm', machines: ARM_V5, buildable: true,
    variants: [variant('v5', ARM_V5), variant('v6', ARM_V6), variant('v7', ARM_V7), variant('v8', ['armv8l'])], defaultVariant: 'v7' },
  { name: 'riscv64', class: 64, endian: 'little', machine: 243, qemu: 'riscv64', machines: ['riscv64'], buildable: true },
  { name: 'ppc64le', class: 64, endian: 'little', machine: 21, qemu: 'ppc64le', machines: ['ppc64le'], maskBytes: { ...OSABI_TO_3, 19: 0 }, buildable: true },
  { name: 's390x', class: 64, endian: 'big', machine: 22, qemu: 's390x', machines: ['s390x'], maskBytes: OSABI_TO_3, buildable: true },
  { name: 'mips64le', class: 64, endian: 'little', machine: 8, qemu: 'mips64el', machines: ['mips64'], maskBytes: ANY_ABIVERSION, buildable: true },
  { name: 'loong64', class: 64, endian: 'little', machine: 258, qemu: 'loongarch64', machines: ['loongarch64'], maskBytes: { ...OSABI_TO_3, ...ANY_ABIVERSION }, buildable: true },
  { name: 'x32', class: 32, endian: 'little', machine: 62, machines: ['x86_64'], buildable: false },
  { name: 'armbe', class: 32, endian: 'big', machine: 40, qemu: 'armeb', machines: ['armv5b', 'armv5teb', 'armv6b', 'armv7b', 'armv8b'], buildable: false },
  { name: 'arm64be', class: 64, endian: 'big', machine: 183, qemu: 'aarch64_be', machines: ['aarch64_be'], buildable: false },
  { name: 'arm64ilp32', class: 32, endian: 'little', machine: 183, machines: ['aarch64'], buildable: false },
  { name: 'mips', class: 32, endian: 'big', machine: 8, qemu: 'mips', machines: ['mips'], flags: MIPS_O32, maskBytes: ANY_ABIVERSION, buildable: false },
  { name: 'mipsle', class: 32, endian: 'little', machine: 8, qemu: 'mipsel', machines: ['mips'], flags: MIPS_O32, maskBytes: ANY_ABIVERSION, buildable: false },
  { name: 'mipsn32', class: 32, endian: 'big', machine: 8, qemu: 'mipsn32', machines: ['mips64'], flags: MIPS_N32, maskBytes: ANY_ABIVERSION, buildable: false },
  { name: 'mipsn32le', class: 32, endian: 'little', machine: 8, qemu: 'mipsn32el', machines: ['mips64'], flags: MIPS_N32, maskBytes: ANY_ABIVERSION, buildable: false },
  { name: 'mips64', class: 64, endian: 'big', machine: 8, qemu: 'mips64', machines: ['mips64'], maskBytes: ANY_ABIVERSION, buildable: false },
  { name: 'ppc', class: 32, endian: 'big', machine: 20, qemu: 'ppc', machines: ['ppc'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'ppc64', class: 64, endian: 'big', machine: 21, qemu: 'ppc64', machines: ['ppc64'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'riscv32', class: 32, endian: 'little', machine: 243, qemu: 'riscv32', machines: ['riscv32'], buildable: false },
  { name: 's390', class: 32, endian: 'big', machine: 22, machines: ['s390'], buildable: false },
  { name: 'sparc', class: 32, endian: 'big', machine: 2, qemu: 'sparc', machines: ['sparc'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'sparc32plus', class: 32, endian: 'big', machine: 18, qemu: 'sparc32plus', machines: ['sparc'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'sparc64', class: 64, endian: 'big', machine: 43, qemu: 'sparc64', machines: ['sparc64'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'm68k', class: 32, endian: 'big', machine: 4, qemu: 'm68k', machines: ['m68k'], buildable: false },
  { name: 'sh4', class: 32, endian: 'little', machine: 42, qemu: 'sh4', machines: ['sh4', 'sh4a'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'sh4be', class: 32, endian: 'big', machine: 42, qemu: 'sh4eb', machines: ['sh4', 'sh4a'], maskBytes: OSABI_TO_3, buildable: false },
  { name: 'alpha', class: 64, endian: 'little', machine: 0x9026, qemu: 'alpha', machines: ['alpha'], buildable: false },
  { name: 'hppa', class: 32, endian: 'big', machine: 15, qemu: 'hppa', machines: ['parisc', 'parisc64'], buildable: false },
  { name: 'xtensa', class: 32, endian: 'little', machine: 94, qemu: 'xtensa', machines: ['xtensa'], buildable: false },
  { name: 'xtensabe', class: 32, endian: 'big', machine: 94, qemu: 'xtensaeb', machines: ['xtensa'], buildable: false },
  { name: 'microblaze', class: 32, endian: 'big', machine: 0xbaab, qemu: 'microblaze', machines: ['microblaze'], buildable: false },
  { name: 'microblazele', class: 32, endian: 'little', machine: 0xbaab, qemu: 'microblazeel', machines: ['microblaze'], buildable: false },
  { name: 'or1k', class: 32, endian: 'big', machine: 92, qemu: 'or1k', machines: ['openrisc'], buildable: false },
  { name: 'hexagon', class: 32, endian: 'little', machine: 164, qemu: 'hexagon', machines: ['hexagon'], buildable: false },
  { name: 'ia64', class: 64, endian: 'little', machine: 50, machines: ['ia64'], buildable: false },
  { name: 'csky', class: 32, endian: 'little', machine: 252, machines: ['csky'], buildable: false },
  { name: 'bpf', class: 64, endian: 'little', machine: 247, machines: [], buildable: false },
];

/** The platforms that xbuild builds for, as people write them. */
export const platformWords: readonly string[] = architectures
  .filter(({ buildable }) => buildable)
  .flatMap(({ name, variants }) =>
    name === 'arm'
      ? (variants ?? []).flatMap((one) => (one.name === 'v8' ? [] : [`linux/arm/${one.name}`]))
      : [`linux/${name}`],
  );

/** The row of that name, in Docker's words (`arm64`), or undefined. */
export function findArchitecture(name: string): Architecture | undefined {
  return architectures.find((row) => row.name === name);
}

/** The fields of an ELF header that tell an architecture. */
export type ElfIdentity = Pick<Architecture, 'class' | 'endian' | 'machine'> & {
  /** e_flags; without them rows that only differ there cannot be told apart. */
  flags?: number;
};

/** The row that an ELF header belongs to, or undefined where the header is none of the table's. */
export function architectureOfElf(elf: ElfIdentity): Architecture | undefined {
  return architectures.find(
    (row) =>
      row.class === elf.class &&
      row.endian === elf.endian &&
      row.machine === elf.machine &&
      (row.flags === undefined || ((elf.flags ?? 0) & row.flags.mask) === row.flags.value),
  );
}

/** The row whose machines answer uname(2) so (`x86_64`); builds come before curiosities. */
export function architectureOfMachine(machine: string): Architecture | undefined {
  return architectures.find((row) => row.machines.includes(machine));
}

/** What a binfmt_misc rule compares; offset 0. */
export interface MagicAndMask {
  magic: Uint8Array;
  mask: Uint8Array;
}

/** How much of the header a rule holds fixed. */
export type RuleStyle =
  /** As qemu's own scripts and the distributions do it. */
  | 'qemu'
  /** As tonistiigi/binfmt does it: EI_OSABI is free wherever qemu's rule does not free EI_ABIVERSION with it. */
  | 'tonistiigi';

/**
 * Magic and mask that take programs (ET_EXEC and ET_DYN) of an architecture, derived from its row.
 *
 * 20 bytes, or 40 where only e_flags tell the ABI. Source: elf(5), qemu's qemu-binfmt-conf.sh.
 */
export function magicAndMask(row: Architecture, style: RuleStyle = 'qemu'): MagicAndMask {
  const magic = elfHeader(row, 'exec').subarray(0, row.flags === undefined ? 20 : 40);
  const mask = new Uint8Array(magic.length).fill(0xff, 0, 24);
  mask[7] = 0;
  // ET_EXEC is 2 and ET_DYN is 3.
  mask[row.endian === 'little' ? 16 : 17] = 0xfe;
  for (const [offset, value] of Object.entries(row.maskBytes ?? {})) mask[Number(offset)] = value;
  if (style === 'tonistiigi' && row.maskBytes?.[8] === undefined) mask[7] = 0;
  if (row.flags !== undefined) viewOf(mask).setUint32(36, row.flags.mask, row.endian === 'little');
  return { magic, mask };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function elfHeader(row: Architecture, type: 'exec' | 'dyn'): Uint8Array {
  const bytes = new Uint8Array(256);
  const little = row.endian === 'little';
  bytes.set([0x7f, 0x45, 0x4c, 0x46, row.class / 32, little ? 1 : 2, 1]);
  const view = viewOf(bytes);
  view.setUint16(16, type === 'exec' ? 2 : 3, little);
  view.setUint16(18, row.machine, little);
  view.setUint32(20, 1, little);
  view.setUint32(row.class === 64 ? 48 : 36, row.flags?.value ?? 0, little);
  return bytes;
}

/** A PT_LOAD of the whole head, so that the header is one that the kernel's own loader takes. */
function addLoadHeader(bytes: Uint8Array, row: Architecture): void {
  const view = viewOf(bytes);
  const little = row.endian === 'little';
  const [sizes, headerSize, entrySize] = row.class === 64 ? [52, 64, 56] : [40, 52, 32];
  // 64-bit offsets and sizes are small: their other half is 0.
  const low = row.class === 64 && !little ? 4 : 0;
  view.setUint32((row.class === 64 ? 32 : 28) + low, headerSize, little);
  view.setUint16(sizes, headerSize, little);
  view.setUint16(sizes + 2, entrySize, little);
  view.setUint16(sizes + 4, 1, little);
  view.setUint32(headerSize, 1, little);
  for (const at of row.class === 64 ? [32, 40] : [16, 20]) {
    view.setUint32(headerSize + at + low, bytes.length, little);
  }
}

/**
 * A made-up head of a program, to ask what would take such a program: the 256 bytes that execve(2)
 * looks at. A valid static program with one PT_LOAD, but e_entry is 0 and there is no code.
 */
export function headFor(
  row: Architecture,
  options: { type?: 'exec' | 'dyn'; osabi?: number } = {},
): Uint8Array {
  const bytes = elfHeader(row, options.type ?? 'exec');
  bytes[7] = options.osabi ?? 0;
  addLoadHeader(bytes, row);
  return bytes;
}

/**
 * What uname(2) may answer to a program of that platform, on a machine of architecture `native`
 * (Docker's word); empty where nothing is known of the platform's architecture.
 *
 * A 32-bit program without personality PER_LINUX32 gets the 64-bit kernel's word; an emulator
 * answers with its CPU model's, which may be later than the platform asks for.
 */
export function expectedMachines(platform: Platform, native: string): readonly string[] {
  const row = findArchitecture(platform.architecture);
  const wanted = platform.variant ?? row?.defaultVariant;
  const machines =
    row?.variants?.find(({ name }) => name === wanted)?.machines ?? row?.machines ?? [];
  if (platform.architecture === '386' && native === 'amd64') return ['x86_64', ...machines];
  if (platform.architecture === 'arm' && native === 'arm64') return [...machines, 'aarch64'];
  return machines;
}
