import { describe, expect, it } from 'vitest';
import { idsFor, permits, type Credentials } from '../../src/model/credentials.ts';

function file(mode: number, uid = 0, gid = 0) {
  return { kind: 'file', mode, uid, gid } as const;
}

const root: Credentials = { uid: 0, gid: 0 };
const user: Credentials = { uid: 1000, gid: 1000, groups: [50] };
/** Root of a user namespace that maps nothing else. */
const alone: Credentials = { ...root, mapped: [0] };

describe('who may execute', () => {
  it.each([
    ['the owner, by the first x bit', user, file(0o700, 1000), true],
    ['the owner, not by the other bits', user, file(0o077, 1000, 1000), false],
    ['the group', user, file(0o070, 0, 1000), true],
    ['a supplementary group', user, file(0o070, 0, 50), true],
    ['others', user, file(0o001), true],
    ['root, when anybody may', root, file(0o001, 7, 7), true],
    ['root, not when nobody may', root, file(0o666), false],
    ['root, any directory', root, { ...file(0, 7, 7), kind: 'directory' as const }, true],
    [
      'root without CAP_DAC_OVERRIDE, as others',
      { ...root, overrides: false },
      file(0o700, 7),
      false,
    ],
    ['root of a namespace, not what it does not map', alone, file(0o700, 7), false],
  ])('%s', (_sentence, who, node, may) => {
    expect(permits(who, node, 'execute')).toBe(may);
  });

  it('root reads everything', () => {
    expect(permits(root, file(0, 7, 7), 'read')).toBe(true);
  });
});

describe('set-uid and set-gid bits', () => {
  it.each([
    ['change nothing where they are not set', user, file(0o755, 7, 8), false, 1000, 1000],
    ['give the owner', user, file(0o4755, 7, 8), false, 7, 1000],
    ['give the group', user, file(0o2755, 7, 8), false, 1000, 8],
    ['give no group without its x bit', user, file(0o2745, 7, 8), false, 1000, 1000],
    ['do not count with no_new_privs', user, file(0o6755, 7, 8), true, 1000, 1000],
    [
      'do not count on a nosuid mount',
      user,
      { ...file(0o6755, 7, 8), nosuid: true },
      false,
      1000,
      1000,
    ],
    ['do not count for unmapped owners', alone, file(0o6755, 7, 8), false, 0, 0],
  ])('%s', (_sentence, who, node, noNewPrivs, euid, egid) => {
    const { uid, gid } = who;
    const secure = euid !== uid || egid !== gid;
    expect(idsFor(who, node, noNewPrivs)).toEqual({ uid, euid, gid, egid, secure });
  });
});
