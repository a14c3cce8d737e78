import { describe, expect, test } from 'vitest';
import {
  ARM64_LOADER,
  findingsOf,
  glibc,
  library,
  program,
  told,
  type MadeEntry,
  type MadeImage,
} from './made-inventory.ts';

const base = glibc('arm64', ARM64_LOADER, [
  'GLIBC_2.17',
  'GLIBC_2.9',
  'GLIBC_2.36',
  'GLIBC_PRIVATE',
]);

function image(files: Record<string, MadeEntry>, more: Partial<MadeImage> = {}): MadeImage {
  return { files: { ...base, ...files }, ...more };
}

const requires = (...versions: string[]) => ({
  requires: versions.map((one) => `libc.so.6 ${one}`),
});

describe('a version that is required', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'and there is right',
      image({ '/bin/app': program(['libc.so.6'], requires('GLIBC_2.36')) }),
      [],
    ],
    [
      'and missing is an error in the PATH',
      image({ '/bin/app': program(['libc.so.6'], requires('GLIBC_2.38')) }),
      ['fail symbol-version-missing /bin/app'],
    ],
    [
      'and missing is a warning elsewhere',
      image({ '/srv/app': program(['libc.so.6'], requires('GLIBC_2.38')) }),
      ['warn symbol-version-missing /srv/app'],
    ],
    [
      'by a library is told at the program',
      image({
        '/bin/app': program(['libx.so']),
        '/lib/libx.so': library('libx.so', { needed: ['libc.so.6'], ...requires('GLIBC_2.38') }),
      }),
      ['fail symbol-version-missing /bin/app'],
    ],
    [
      'by a library that no program loads is a warning',
      image({ '/usr/lib/node/addon.node': library('', requires('GLIBC_2.38')) }),
      ['warn symbol-version-missing /usr/lib/node/addon.node'],
    ],
    [
      'of a library without versions is right',
      image({
        '/bin/app': program(['libx.so'], { requires: ['libx.so X_1'] }),
        '/lib/libx.so': library('libx.so'),
      }),
      [],
    ],
    [
      'of a library whose versions were not all read is right',
      image({
        '/bin/app': program(['libx.so'], { requires: ['libx.so X_2'] }),
        '/lib/libx.so': library('libx.so', { provides: ['X_1'], incomplete: 'past-end' }),
      }),
      [],
    ],
    [
      'is nothing to musl',
      {
        files: {
          '/lib/ld-musl-aarch64.so.1': { architecture: 'arm64' },
          '/lib/libx.so': library('libx.so', { provides: ['X_1'] }),
          '/bin/app': {
            ...program(['libx.so'], { requires: ['libx.so X_2'] }),
            loader: '/lib/ld-musl-aarch64.so.1',
          },
        },
      },
      [],
    ],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });

  test('is told as the newest one that is missing, against the newest that there is', () => {
    const made = image({
      '/bin/app': program(['libc.so.6'], requires('GLIBC_2.38', 'GLIBC_2.100', 'GLIBC_2.17')),
    });
    expect(findingsOf(made)).toMatchObject([
      {
        message:
          "/bin/app needs version GLIBC_2.100 of libc.so.6, and the image's goes up to GLIBC_2.36",
      },
    ]);
  });
});
