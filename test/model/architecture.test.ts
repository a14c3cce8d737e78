import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  architectureOfElf,
  architectureOfMachine,
  architectures,
  expectedMachines,
  findArchitecture,
  headFor,
  magicAndMask,
  type Architecture,
} from '../../src/model/architecture.ts';
import { base64OfBytes } from '../../src/model/bytes.ts';
import { loadElf } from '../../src/model/elf-load.ts';
import { parsePlatform } from '../../src/model/platform.ts';

function row(name: string): Architecture {
  const found = findArchitecture(name);
  if (found === undefined) throw new Error(`no architecture ${name}`);
  return found;
}

function escaped(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

const debianRules = readFileSync(
  new URL('../fixtures/oracle/qemu-rules.txt', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => line.split(':'));

describe("magic and mask follow from an architecture's row", () => {
  it.each(debianRules.map((fields) => [fields[1]?.replace('qemu-', ''), fields[4], fields[5]]))(
    'are those of Debian for %s',
    (qemu, magic, mask) => {
      const found = architectures.find((candidate) => candidate.qemu === qemu);
      expect(found, `a row for ${qemu}`).toBeDefined();
      if (found === undefined) return;
      const derived = magicAndMask(found);
      expect(escaped(derived.magic)).toBe(magic);
      expect(escaped(derived.mask)).toBe(mask);
    },
  );

  it('covers every architecture that qemu can run', () => {
    const emulated = architectures.filter(({ qemu }) => qemu !== undefined);
    expect(emulated).toHaveLength(debianRules.length);
  });

  it.each([
    ['amd64', 'fffffffffffefe00fffffffffffffffffeffffff'],
    ['386', 'fffffffffffefe00fffffffffffffffffeffffff'],
    ['arm64', 'ffffffffffffff00fffffffffffffffffeffffff'],
    ['arm', 'ffffffffffffff00fffffffffffffffffeffffff'],
    ['riscv64', 'ffffffffffffff00fffffffffffffffffeffffff'],
    ['ppc64le', 'ffffffffffffff00fffffffffffffffffeffff00'],
    ['s390x', 'ffffffffffffff00fffffffffffffffffffeffff'],
    ['mips64le', 'ffffffffffffff0000fffffffffffffffeffffff'],
    ['mips64', 'ffffffffffffff0000fffffffffffffffffeffff'],
    ['loong64', 'fffffffffffffffc00fffffffffffffffeffffff'],
  ])('frees EI_OSABI as tonistiigi/binfmt does for %s', (name, mask) => {
    expect(Buffer.from(magicAndMask(row(name), 'tonistiigi').mask).toString('hex')).toBe(mask);
  });
});

describe('an ELF header tells the architecture', () => {
  it.each(architectures.map((architecture) => [architecture.name, architecture] as const))(
    '%s is itself',
    (_name, architecture) => {
      const flags = architecture.flags?.value ?? 0;
      expect(architectureOfElf({ ...architecture, flags })).toBe(architecture);
    },
  );

  it.each([
    ['EM_X86_64 in a 32-bit file is x32', 32, 'little', 62, 0, 'x32'],
    ['EM_X86_64 in a 64-bit file is amd64', 64, 'little', 62, 0, 'amd64'],
    ['EM_MIPS with EF_MIPS_ABI2 is n32', 32, 'big', 8, 0x20, 'mipsn32'],
    ['EM_MIPS without it is o32', 32, 'big', 8, 0x70001007, 'mips'],
    ['64-bit EM_MIPS is n64 whatever its flags', 64, 'little', 8, 0x80000007, 'mips64le'],
    ['big-endian EM_AARCH64 is not arm64', 64, 'big', 183, 0, 'arm64be'],
    ['an unknown e_machine is unknown', 64, 'little', 0xbeef, 0, undefined],
  ] as const)('%s', (_sentence, bits, endian, machine, flags, name) => {
    expect(architectureOfElf({ class: bits, endian, machine, flags })?.name).toBe(name);
  });
});

describe('a made-up head', () => {
  it.each(architectures.map((architecture) => [architecture.name, architecture] as const))(
    'is what the rule for %s takes, ET_EXEC or ET_DYN',
    (_name, architecture) => {
      const { magic, mask } = magicAndMask(architecture);
      for (const type of ['exec', 'dyn'] as const) {
        const head = headFor(architecture, { type });
        expect(head).toHaveLength(256);
        expect(magic.every((byte, at) => (((head[at] ?? 0) ^ byte) & (mask[at] ?? 0)) === 0)).toBe(
          true,
        );
      }
    },
  );

  it.each(architectures.map((architecture) => [architecture.name, architecture] as const))(
    'of %s is a whole static program, to its own kernel',
    (name, architecture) => {
      const head = base64OfBytes(headFor(architecture));
      const node = { kind: 'file', mode: 0o755, uid: 0, gid: 0, head, size: 256 } as const;
      expect(loadElf(node, [name])).toMatchObject({ loads: true, loader: null });
    },
  );

  it('carries the EI_OSABI that is asked for', () => {
    expect(headFor(row('arm64'), { osabi: 3 })[7]).toBe(3);
  });
});

describe('what uname(2) may answer', () => {
  it.each([
    ['linux/amd64', 'amd64', ['x86_64']],
    ['linux/amd64/v3', 'arm64', ['x86_64']],
    ['linux/386', 'amd64', ['x86_64', 'i386', 'i486', 'i586', 'i686']],
    ['linux/386', 'arm64', ['i386', 'i486', 'i586', 'i686']],
    ['linux/arm64', 'amd64', ['aarch64']],
    ['linux/arm/v7', 'arm64', ['armv7l', 'armv8l', 'aarch64']],
    ['linux/arm/v7', 'amd64', ['armv7l', 'armv8l']],
    ['linux/arm/v6', 'amd64', ['armv6l', 'armv7l', 'armv8l']],
    ['linux/arm/v5', 'amd64', ['armv5l', 'armv5tel', 'armv5tejl', 'armv6l', 'armv7l', 'armv8l']],
    ['linux/riscv64', 'amd64', ['riscv64']],
    ['linux/ppc64le', 'amd64', ['ppc64le']],
    ['linux/s390x', 'amd64', ['s390x']],
    ['linux/mips64le', 'amd64', ['mips64']],
    ['linux/loong64', 'amd64', ['loongarch64']],
    ['linux/wasm', 'amd64', []],
  ])('to %s on %s: %j', (platform, native, machines) => {
    expect(expectedMachines(parsePlatform(platform), native)).toEqual(machines);
  });
});

it.each([
  ['x86_64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i686', '386'],
  ['armv7l', 'arm'],
  ['mips64', 'mips64le'],
  ['vax', undefined],
])('uname -m says %s on %s', (machine, name) => {
  expect(architectureOfMachine(machine)?.name).toBe(name);
});
