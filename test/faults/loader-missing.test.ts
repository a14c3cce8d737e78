import { describe, expect, test } from 'vitest';
import {
  AMD64_LOADER,
  ARM64_LOADER,
  findingsOf,
  glibc,
  program,
  told,
  type MadeImage,
} from './made-inventory.ts';

const MUSL = '/lib/ld-musl-aarch64.so.1';

describe('a program with a loader', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'that the image has is right',
      { files: { ...glibc('arm64', ARM64_LOADER), '/bin/app': program() } },
      [],
    ],
    [
      'that is a link is right',
      {
        files: {
          [ARM64_LOADER]: { link: '../opt/ld.so' },
          '/opt/ld.so': { architecture: 'arm64' },
          '/bin/app': program([]),
        },
      },
      [],
    ],
    [
      'that is missing is an error in the PATH',
      { files: { '/bin/app': program() } },
      ['fail loader-missing /bin/app'],
    ],
    [
      'that is missing is a warning elsewhere',
      { files: { '/srv/app': program() } },
      ['warn loader-missing /srv/app'],
    ],
    [
      'that is missing is nothing where nobody can execute it',
      { files: { '/bin/app.debug': { ...program([]), mode: 0o644 } } },
      [],
    ],
    [
      'that is a link to nothing is an error',
      { files: { [ARM64_LOADER]: { link: 'gone' }, '/bin/app': program() } },
      ['fail loader-missing /bin/app'],
    ],
    [
      'of musl in an image of glibc is an error',
      { files: { ...glibc('arm64', ARM64_LOADER), '/bin/app': { ...program(), loader: MUSL } } },
      ['fail loader-missing /bin/app'],
    ],
    [
      'that is for another machine of the same platform is an error',
      {
        platform: 'linux/amd64',
        files: {
          '/bin/app': { architecture: 'amd64', loader: AMD64_LOADER },
          [AMD64_LOADER]: { architecture: '386' },
        },
      },
      ['fail loader-missing /bin/app'],
    ],
    [
      'that may not have been read is not known',
      { files: { '/bin/app': program() }, inventory: { incomplete: 'it was cut off' } },
      ['unknown loader-missing /bin/app'],
    ],
    [
      'of another architecture than the platform is told only as that',
      { files: { '/bin/app': { architecture: 'amd64', loader: AMD64_LOADER } } },
      ['fail wrong-architecture /bin/app'],
    ],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });

  test.each([
    [MUSL, /built for musl/],
    [ARM64_LOADER, /built for glibc/],
  ])('%s: the fix names the C library', (loader, text) => {
    const [finding] = findingsOf({ files: { '/bin/app': { ...program(), loader } } });
    expect(finding?.fix?.text).toMatch(text);
  });
});
