import { describe, expect, test } from 'vitest';
import { told, type MadeImage } from './made-inventory.ts';

const su = (mode: number) => ({ '/bin/su': { architecture: 'arm64', mode } });
const without = { name: 'qemu-aarch64', flags: 'OF' };

describe('set-uid programs', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'are told where the rule lacks C',
      { files: su(0o4755), rule: without },
      ['warn setuid-needs-credentials /bin/su'],
    ],
    [
      'set-gid, too',
      { files: su(0o2755), rule: without },
      ['warn setuid-needs-credentials /bin/su'],
    ],
    [
      'are right where it has it',
      { files: su(0o4755), rule: { name: 'qemu-aarch64', flags: 'OCF' } },
      [],
    ],
    ['are right where no rule is known', { files: su(0o4755) }, []],
    ['without the bit are right', { files: su(0o755), rule: without }, []],
  ])('%s', (_, made, expected) => {
    expect(told(made)).toEqual(expected);
  });
});
