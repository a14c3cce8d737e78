import { describe, expect, test } from 'vitest';
import { told, type MadeImage, type MadeProgram } from './made-inventory.ts';

/** A section .ARM.attributes with Tag_CPU_arch: 10 is v7, 6 is v6, 4 is v5TE (the ABI's addenda). */
function armAttributes(cpuArch: number): string {
  const tags = Buffer.from([6, cpuArch]);
  const scope = Buffer.alloc(5 + tags.length);
  scope[0] = 1;
  scope.writeUInt32LE(scope.length, 1);
  tags.copy(scope, 5);
  const vendor = Buffer.alloc(4 + 6);
  vendor.writeUInt32LE(vendor.length + scope.length);
  vendor.write('aeabi\0', 4);
  return Buffer.concat([Buffer.from('A'), vendor, scope]).toString('base64');
}

const arm = (cpuArch: number, flags = 0x5000200): MadeProgram => ({
  architecture: 'arm',
  flags,
  links: { armAttributes: armAttributes(cpuArch) },
});

/** A PT_GNU_PROPERTY segment with GNU_PROPERTY_X86_ISA_1_NEEDED. */
function level(bits: number): MadeProgram {
  const words = [4, 16, 5, 0x00554e47, 0xc0008002, 4, bits, 0];
  const note = Buffer.from(Uint32Array.from(words).buffer);
  return { architecture: 'amd64', links: { properties: note.toString('base64') } };
}

describe('a program of the right architecture', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'for ARMv7 is an error in an image for arm/v6',
      { platform: 'linux/arm/v6', files: { '/bin/app': arm(10) } },
      ['fail wrong-variant /bin/app'],
    ],
    [
      'for ARMv7 is a warning there where nothing starts it',
      { platform: 'linux/arm/v6', files: { '/srv/app': arm(10) } },
      ['warn wrong-variant /srv/app'],
    ],
    [
      'of a library for ARMv8 is a warning, since it may choose by CPU',
      {
        platform: 'linux/arm/v7',
        files: {
          '/lib/ld-linux-armhf.so.3': arm(10),
          '/lib/libgcrypt.so.20': arm(14),
          '/bin/app': {
            ...arm(10),
            loader: '/lib/ld-linux-armhf.so.3',
            links: { needed: ['libgcrypt.so.20'] },
          },
        },
      },
      ['warn wrong-variant /lib/libgcrypt.so.20'],
    ],
    [
      'of a C library for ARMv7 is an error in an image for arm/v6',
      {
        platform: 'linux/arm/v6',
        files: {
          '/lib/ld-linux-armhf.so.3': arm(10),
          '/bin/app': { ...arm(6), loader: '/lib/ld-linux-armhf.so.3' },
        },
      },
      ['fail wrong-variant /lib/ld-linux-armhf.so.3'],
    ],
    [
      'for ARMv7 is right in an image for arm/v7',
      { platform: 'linux/arm/v7', files: { '/bin/app': arm(10) } },
      [],
    ],
    [
      'for ARMv5 is right in an image for arm/v6',
      { platform: 'linux/arm/v6', files: { '/bin/app': arm(4) } },
      [],
    ],
    [
      'for ARMv6 is an error in an image for arm/v5',
      { platform: 'linux/arm/v5', files: { '/bin/app': arm(6) } },
      ['fail wrong-variant /bin/app'],
    ],
    [
      'with hard float is an error in an image for arm/v5',
      { platform: 'linux/arm/v5', files: { '/bin/app': arm(4, 0x5000400) } },
      ['fail wrong-variant /bin/app'],
    ],
    [
      'for x86-64-v3 is an error in an image for amd64',
      { platform: 'linux/amd64', files: { '/bin/app': level(4) } },
      ['fail wrong-variant /bin/app'],
    ],
    [
      'for x86-64-v2 is a warning there',
      { platform: 'linux/amd64', files: { '/bin/app': level(2) } },
      ['warn wrong-variant /bin/app'],
    ],
    [
      'for x86-64-v3 is right in an image for amd64/v3',
      { platform: 'linux/amd64/v3', files: { '/bin/app': level(4) } },
      [],
    ],
    [
      'for x86-64-v4 is an error in an image for amd64/v3',
      { platform: 'linux/amd64/v3', files: { '/bin/app': level(8) } },
      ['fail wrong-variant /bin/app'],
    ],
    ['for the baseline is right', { platform: 'linux/amd64', files: { '/bin/app': level(1) } }, []],
    [
      'for x86-64-v3 is right where the loader chooses by CPU',
      { platform: 'linux/amd64', files: { '/lib/glibc-hwcaps/x86-64-v3/libz.so.1': level(4) } },
      [],
    ],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });
});
