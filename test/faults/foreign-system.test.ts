import { describe, expect, test } from 'vitest';
import { findingsOf, type MadeImage } from './made-inventory.ts';

const macOS = '\u00cf\u00fa\u00ed\u00fe\u000c\0\0\u0001';
const macOSFat = '\u00ca\u00fe\u00ba\u00be\0\0\0\u0002';
const windows = `MZ${'\0'.repeat(58)}\u0080\0\0\0`;

describe('programs of other systems', () => {
  test.each<[string, MadeImage, string[]]>([
    [
      'of macOS in the PATH',
      { files: { '/bin/a': macOS, '/bin/b': macOSFat } },
      ['2 files under /bin are macOS programs, and the image is for linux/arm64'],
    ],
    [
      'of Windows in the PATH, behind a link',
      { files: { '/bin/a': { link: '/opt/a.exe' }, '/opt/a.exe': windows } },
      ['/opt/a.exe is a Windows program, and the image is for linux/arm64'],
    ],
    [
      'of Windows are meant where wine is',
      { files: { '/bin/a.exe': windows, '/bin/wine': { architecture: 'arm64' } } },
      [],
    ],
    [
      'are no fault where nothing executes them',
      {
        files: {
          '/app/node_modules/a/prebuilds/darwin-x64/a.node': macOS,
          '/usr/lib/wine/notepad.exe': windows,
          '/bin/data': { script: macOS, mode: 0o644 },
        },
      },
      [],
    ],
  ])('%s', (_, made, expected) => {
    const found = findingsOf(made);
    expect(found.map(({ message }) => message)).toEqual(expected);
    expect(found.every(({ id, status }) => id === 'foreign-system' && status === 'fail')).toBe(
      true,
    );
  });
});
