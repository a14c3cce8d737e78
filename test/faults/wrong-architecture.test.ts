import { describe, expect, test } from 'vitest';
import {
  ARM64_LOADER,
  findingsOf,
  glibc,
  library,
  program,
  told,
  type MadeImage,
} from './made-inventory.ts';

const arm64 = { architecture: 'arm64' };
const amd64 = { architecture: 'amd64' };

describe('a file of another architecture', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'that the image starts is an error',
      { files: { '/app': amd64 }, starts: ['/app'] },
      ['fail wrong-architecture /app'],
    ],
    [
      'in a directory of the PATH is an error',
      { files: { '/usr/bin/tool': amd64 } },
      ['fail wrong-architecture /usr/bin/tool'],
    ],
    [
      'in the PATH that nobody can execute is a warning',
      { files: { '/usr/bin/tool': { ...amd64, mode: 0o644 } } },
      ['warn wrong-architecture /usr/bin/tool'],
    ],
    [
      'that a link in the PATH leads to is an error',
      { files: { '/usr/bin/tool': { link: '../../opt/tool' }, '/opt/tool': amd64 } },
      ['fail wrong-architecture /opt/tool'],
    ],
    [
      'in a PATH that is a link itself is an error',
      { files: { '/bin': { link: 'sbin' }, '/sbin/tool': amd64 } },
      ['fail wrong-architecture /sbin/tool'],
    ],
    [
      'that a script of the PATH is run by is an error',
      { files: { '/usr/bin/tool': '#!/opt/sh -e\n', '/opt/sh': amd64 } },
      ['fail wrong-architecture /opt/sh'],
    ],
    [
      'for the kernel, that programs load on every architecture, is none',
      { files: { '/usr/lib/bpf/filter.o': { architecture: 'bpf', mode: 0o644 } } },
      [],
    ],
    [
      'for the kernel is an error where the image starts it',
      { files: { '/app': { architecture: 'bpf' } }, starts: ['/app'] },
      ['fail wrong-architecture /app'],
    ],
    [
      'elsewhere is a warning',
      { files: { '/srv/testdata/hello': amd64 } },
      ['warn wrong-architecture /srv/testdata/hello'],
    ],
    [
      'that a program loads is an error at the library',
      {
        files: {
          ...glibc('arm64', ARM64_LOADER),
          '/usr/bin/tool': program(['libz.so.1']),
          '/usr/lib/libz.so.1': { ...amd64, mode: 0o644 },
        },
      },
      ['fail wrong-architecture /usr/lib/libz.so.1'],
    ],
    [
      'that a loader passes over on its way to the right one is a warning',
      {
        files: {
          ...glibc('arm64', ARM64_LOADER),
          '/usr/bin/tool': program(['libz.so.1']),
          '/lib/libz.so.1': { ...amd64, mode: 0o644 },
          '/usr/lib/libz.so.1': library('libz.so.1'),
        },
      },
      ['warn wrong-architecture /lib/libz.so.1'],
    ],
    [
      'that is the loader of a program is an error at the loader',
      { files: { '/usr/bin/tool': program([]), [ARM64_LOADER]: amd64 } },
      [`fail wrong-architecture ${ARM64_LOADER}`],
    ],
    [
      'of 386 in an image for amd64 is a warning',
      { platform: 'linux/amd64', files: { '/usr/bin/tool': { architecture: '386' } } },
      ['warn wrong-architecture /usr/bin/tool'],
    ],
    [
      'of 386 in an image for amd64 is nothing where it is a library',
      { platform: 'linux/amd64', files: { '/usr/lib/libz.so.1': { architecture: '386' } } },
      [],
    ],
    [
      'of 32-bit ARM in an image for arm64 is an error',
      { files: { '/usr/bin/tool': { architecture: 'arm' } } },
      ['fail wrong-architecture /usr/bin/tool'],
    ],
    [
      'of amd64 in an image for 386 is an error',
      { platform: 'linux/386', files: { '/usr/bin/tool': amd64 } },
      ['fail wrong-architecture /usr/bin/tool'],
    ],
    ['there is none', { files: { '/usr/bin/tool': arm64 }, starts: ['/usr/bin/tool'] }, []],
    [
      'in an image for Windows is not looked for',
      { platform: 'windows/amd64', files: { '/usr/bin/tool': arm64 } },
      [],
    ],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });

  test('is told with the way that leads to it', () => {
    const [finding] = findingsOf({ files: { '/usr/bin/tool': '#!/opt/sh\n', '/opt/sh': amd64 } });
    expect(finding).toMatchObject({
      id: 'wrong-architecture',
      status: 'fail',
      platform: 'linux/arm64',
      message: '/opt/sh is a program for amd64, and the image is for linux/arm64',
      evidence: [
        '/opt/sh: found amd64, expected arm64',
        '/opt/sh: the script /usr/bin/tool is run by it',
      ],
      location: { path: '/opt/sh' },
    });
  });
});

test('400 prebuilt modules for other platforms are one finding', () => {
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, index) => [
      `/app/node_modules/m${index}/prebuilds/linux-${index % 2 === 0 ? 'x64' : 'arm'}/m.node`,
      { architecture: index % 2 === 0 ? 'amd64' : 'arm', mode: 0o644 },
    ]),
  );
  expect(findingsOf({ files })).toMatchObject([
    {
      status: 'warn',
      message: '400 files under /app/node_modules are for other architectures than linux/arm64',
      location: { path: '/app/node_modules/m0/prebuilds/linux-x64/m.node' },
      fix: { commands: ["xbuild verify --allow '/app/node_modules/**=REASON'"] },
    },
  ]);
});
