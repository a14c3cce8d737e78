import { describe, expect, test } from 'vitest';
import { comparePlatforms } from '../../src/verify/compare-platforms.ts';
import { judgeImage } from '../../src/verify/judge-image.ts';
import { requirePlatforms } from '../../src/verify/require-platforms.ts';
import type { VerifiedImage } from '../../src/verify/verified-image.ts';
import { parsePlatform } from '../../src/model/platform.ts';
import { madeInventory, type MadeEntry } from '../faults/made-inventory.ts';
import { madeFacts } from './made-facts.ts';

function image(
  platform: string,
  files: Readonly<Record<string, MadeEntry>>,
  reference = 'app:1',
): VerifiedImage {
  const facts = madeFacts({ platform, config: { cmd: ['/app'] } });
  return judgeImage({ ...facts, reference, inventory: madeInventory(files) });
}

const amd64 = { '/app': { architecture: 'amd64' } };
const arm64 = { '/app': { architecture: 'arm64' } };
const data = { '/app': '#!/app\n' };

describe('two platforms of one image', () => {
  test.each<[string, VerifiedImage[], string[][]]>([
    [
      'each with programs of its own',
      [image('linux/amd64', amd64), image('linux/arm64', arm64)],
      [[], []],
    ],
    [
      'with the programs of one of them',
      [image('linux/amd64', amd64), image('linux/arm64', amd64)],
      [[], ['fail same-bytes linux/arm64']],
    ],
    [
      'of which one is of another image of the same archive',
      [image('linux/amd64', amd64), image('linux/arm64', amd64, 'other:1')],
      [[], []],
    ],
    ['that are scripts alone', [image('linux/amd64', data), image('linux/arm64', data)], [[], []]],
    [
      'that are variants',
      [
        image('linux/arm/v6', { '/app': { architecture: 'arm' } }),
        image('linux/arm/v7', { '/app': { architecture: 'arm' } }),
      ],
      [[], []],
    ],
    [
      'wrong in their own ways',
      [image('linux/amd64', arm64), image('linux/arm64', amd64)],
      [[], []],
    ],
  ])('%s', (_, images, expected) => {
    const told = comparePlatforms(images).map((findings) =>
      findings.map(({ status, id, platform }) => `${status} ${id} ${platform}`),
    );
    expect(told).toEqual(expected);
  });
});

test('a platform that is required and missing is a row of its own', () => {
  const required = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
  const rows = requirePlatforms('app:1', ['linux/amd64', 'linux/riscv64'], required);
  expect(rows.map(({ verification }) => verification)).toMatchObject([
    {
      platform: 'linux/arm64',
      ok: false,
      findings: [
        {
          id: 'platform-missing',
          message: 'app:1 has no image for linux/arm64; it has linux/amd64 and linux/riscv64',
        },
      ],
    },
  ]);
});
