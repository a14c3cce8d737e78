import { describe, expect, test } from 'vitest';
import { compareTables, isSame, likelyCauses } from '../../src/changes/plan/difference.ts';
import { packageChanges } from '../../src/changes/plan/package-log.ts';
import { emulatorRule } from '../../src/changes/plan/new-rule.ts';
import { makeSnapshot, parseSnapshot, tableOfSnapshot } from '../../src/changes/plan/snapshot.ts';
import { formatRuleFile, type Rule } from '../../src/model/binfmt-rule.ts';
import type { BinfmtTable } from '../../src/model/binfmt-table.ts';

const tonistiigi = emulatorRule('arm64', { interpreter: '/usr/bin/qemu-aarch64', flags: 'CF' });
const debian = emulatorRule('s390x', {
  interpreter: '/usr/libexec/qemu-binfmt/s390x-binfmt-P',
  flags: 'OPF',
});
const wsl: Rule = {
  type: 'magic',
  name: 'WSLInterop',
  enabled: true,
  interpreter: '/init',
  flags: 'P',
  offset: 0,
  magic: '4d5a',
};
const table = (...rules: Rule[]): BinfmtTable => ({ enabled: true, rules });
const linux = { mounted: true, kernelRelease: '6.18.44' };

describe('what changed', () => {
  test('is told apart: added, removed, other bytes, switched, order, the switch', () => {
    const off = { ...wsl, enabled: false };
    expect(compareTables(table(tonistiigi, wsl), { enabled: false, rules: [off, debian] })).toEqual(
      {
        added: [debian],
        removed: [tonistiigi],
        changed: [],
        switched: [off],
        reordered: false,
        status: 'off',
      },
    );
    expect(compareTables(table(wsl, debian), table(debian, wsl))).toMatchObject({
      reordered: true,
    });
    const other = { ...debian, flags: 'F' };
    expect(compareTables(table(debian), table(other))).toMatchObject({
      changed: [{ before: debian, after: other }],
    });
    expect(isSame(compareTables(table(wsl), table(wsl)))).toBe(true);
  });
});

describe('who likely did it', () => {
  test.each([
    [
      'an unmount',
      table(debian),
      table(),
      { ...linux, mounted: false },
      /last mount of binfmt_misc went away/,
    ],
    [
      'a restart',
      table(debian, wsl),
      table(),
      linux,
      /^Likely a restart, or systemd-binfmt was stopped/,
    ],
    [
      'no restart, where that is known',
      table(debian, wsl),
      table(),
      { ...linux, restarted: false },
      /^Likely systemd-binfmt was stopped/,
    ],
    [
      'a package, as its log says',
      table(debian),
      table(),
      { ...linux, packages: ['qemu-user-static (upgrade, 2026-11-30 20:01:02)'] },
      /^Likely a package: since then dpkg changed qemu-user-static \(upgrade, /,
    ],
    ['kind', table(debian), table(), linux, /\(kind, minikube, a privileged one\)/],
    [
      'WSL',
      table(debian, wsl),
      table(),
      { ...linux, kernelRelease: '5.15-microsoft-standard-WSL2' },
      /another WSL distribution was shut down/,
    ],
    [
      'systemd',
      table(tonistiigi, wsl, debian),
      table(debian),
      { ...linux, untouched: [] },
      /^Likely systemd-binfmt was started anew[^]*qemu-aarch64 and WSLInterop/,
    ],
    [
      'somebody by hand, for other rules are older',
      table(tonistiigi, wsl, debian),
      table(debian),
      { ...linux, untouched: ['qemu-s390x'] },
      /^Removed by name[^]*qemu-s390x is older than the snapshot\. Who it was is not known/,
    ],
    [
      'nobody known, of an engine',
      table(tonistiigi, wsl, debian),
      table(debian),
      linux,
      /^Who removed qemu-aarch64 and WSLInterop is not known/,
    ],
    [
      'a restart, where that is known',
      table(tonistiigi, debian),
      table(debian),
      { ...linux, restarted: true, untouched: [] },
      /^The machine was restarted since[^]*qemu-aarch64 had come from somewhere else/,
    ],
    [
      'tonistiigi',
      table(),
      table(tonistiigi),
      linux,
      /tonistiigi\/binfmt or docker\/setup-qemu-action/,
    ],
    [
      'a package',
      table(),
      table(debian),
      linux,
      /the package qemu-user-static or qemu-user-binfmt/,
    ],
  ])('%s', (_who, before, after, circumstances, expected) => {
    expect(likelyCauses(before, after, circumstances).join('\n')).toMatch(expected);
  });

  test('is never said for certain, and nothing is said of no change', () => {
    const all = [
      ...likelyCauses(table(debian, wsl), table(debian), linux),
      ...likelyCauses(table(debian), table(), linux),
    ];
    expect(all).toHaveLength(3);
    for (const cause of all) expect(cause).toMatch(/^Likely|is not known|^A container/);
    expect(likelyCauses(table(debian), table(debian), linux)).toEqual([]);
  });
});

test('of dpkg’s log only later lines of packages that have to do with rules are told', () => {
  const log = [
    '2026-11-29 10:00:00 upgrade qemu-user-static:amd64 1 2',
    '2026-11-30 20:01:02 upgrade qemu-user-static:amd64 2 3',
    '2026-11-30 20:01:03 status installed qemu-user-static:amd64 3',
    '2026-11-30 20:01:04 install bash:amd64 <none> 5',
    '2026-11-30 20:01:05 remove wine64\u001b[31m:amd64 8 <none>',
    '2026-11-30 20:01:06 purge binfmt-support:amd64 8 <none>',
    'no line of it',
  ].join('\n');
  expect(packageChanges(log, Date.parse('2026-11-30T00:00:00'))).toEqual([
    'qemu-user-static (upgrade, 2026-11-30 20:01:02)',
    'binfmt-support (purge, 2026-11-30 20:01:06)',
  ]);
});

describe('a snapshot', () => {
  const binfmt = {
    knownToKernel: true,
    mount: 'binfmt_misc' as const,
    status: 'disabled' as const,
    rules: [wsl, { ...debian, name: 'odd\n\u00ff' }].map((rule) => ({
      name: rule.name,
      text: formatRuleFile(rule),
    })),
  };
  const snapshot = makeSnapshot(binfmt, {
    taken: '2026-11-22T00:00:00Z',
    place: 'here',
    kernel: '6.18',
  });

  test('is the table, byte for byte, also once it was written as JSON', () => {
    const read = parseSnapshot(JSON.stringify(snapshot), 'file');
    expect(tableOfSnapshot(read)).toEqual({
      enabled: false,
      rules: [wsl, { ...debian, name: 'odd\n\u00ff' }],
    });
  });

  test.each([
    ['no JSON', 'x', /it is no JSON/],
    ['another document', '{}', /its kind is not/],
    ['null', 'null', /its kind is not/],
    [
      'a later version',
      JSON.stringify({ ...snapshot, schemaVersion: 2 }),
      /its version is 2, not 1/,
    ],
    ['no status', JSON.stringify({ ...snapshot, status: 'on' }), /it has no status/],
    [
      'text that is no bytes',
      JSON.stringify({ ...snapshot, rules: [{ name: '€', text: '' }] }),
      /damaged/,
    ],
    [
      'one name twice',
      JSON.stringify({ ...snapshot, rules: [snapshot.rules[0], snapshot.rules[0]] }),
      /one name/,
    ],
  ])('is not %s', (_what, text, message) => {
    expect(() => parseSnapshot(text, 'file')).toThrow(message);
  });
});
