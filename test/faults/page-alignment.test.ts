import { describe, expect, test } from 'vitest';
import { findingsOf, library, type MadeImage } from './made-inventory.ts';

const aligned = (loadAlignment: number) => library('', { loadAlignment });

describe('segments of arm64 files', () => {
  test.each<[string, MadeImage, string[]]>([
    ['of 64K load everywhere', { files: { '/lib/a.so': aligned(65536) } }, []],
    [
      'of 4K are told once, with their number',
      {
        files: {
          '/lib/a.so': aligned(4096),
          '/lib/b.so': aligned(4096),
          '/lib/c.so': aligned(65536),
        },
      },
      [
        '2 files under /lib are aligned to 4K, and do not load on arm64 kernels with pages of 16K and 64K',
      ],
    ],
    [
      'of 16K load on all but 64K',
      { files: { '/lib/a.so': aligned(16384) } },
      ['/lib/a.so is aligned to 16K, and does not load on arm64 kernels with pages of 64K'],
    ],
    [
      'of less than any page are odd files that nobody loads',
      { files: { '/lib/a.so': aligned(8) } },
      [],
    ],
    [
      'are not looked at in an image for amd64',
      {
        platform: 'linux/amd64',
        files: { '/lib/a.so': { architecture: 'amd64', links: { loadAlignment: 4096 } } },
      },
      [],
    ],
  ])('%s', (_, made, expected) => {
    expect(findingsOf(made).map(({ message }) => message)).toEqual(expected);
  });
});
