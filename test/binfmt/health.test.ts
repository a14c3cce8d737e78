import { describe, expect, test } from 'vitest';
import { describeRules } from '../../src/binfmt/list.ts';
import type { Table } from '../../src/binfmt/table.ts';
import { headFor, findArchitecture } from '../../src/model/architecture.ts';
import { base64OfBytes } from '../../src/model/bytes.ts';
import type { RunFacts } from '../../src/model/facts.ts';
import { qemuRule } from '../lab/rules.mjs';
import { file, madeTable, program } from './made-table.ts';

const files = {
  '/usr/bin/qemu': program(),
  '/usr/bin/wine': file('#!/usr/bin/qemu\n'),
  '/usr/bin/plain': file('text', 0o644),
  '/usr/bin/arm': file('\u007fELF\u0001\u0001\u0001'),
};

const arm64 = (flags: string, interpreter = '/usr/bin/qemu') =>
  qemuRule('arm64', { flags, interpreter });

async function stateOf(table: Table, name?: string) {
  const rows = await describeRules(table, name);
  return rows.map(({ health }) => [health.state, health.reason]);
}

describe('by the files of this machine', () => {
  test.each([
    [[arm64('F')], 'works', ''],
    [[':wine:M::MZ::/usr/bin/wine:'], 'works', ''],
    [[arm64('')], 'host-only', 'without flag F /usr/bin/qemu is looked for among their own files'],
    [[arm64('', '/usr/bin/none')], 'broken', '/usr/bin/none, is not there: ENOENT'],
    [[arm64('', '/usr/bin/none')], 'broken', '; a container that has it in its image can use'],
    [[arm64('F', '/usr/bin/none')], 'unknown', 'the kernel holds what it opened'],
    [[':a:M::MZ::/usr/bin/plain:'], 'broken', 'is not executable for this user: EACCES'],
    [[':a:M::MZ::/usr/bin/wine:O'], 'broken', 'is a script for /usr/bin/qemu: ENOEXEC'],
    [[':a:M::MZ::wine:'], 'unknown', 'from the working directory of whoever runs a program'],
  ])('%j: %s, %s', async (rules, state, reason) => {
    const [[found, why] = []] = await stateOf(madeTable({ rules, files }));
    expect(found).toBe(state);
    expect(why ?? '').toContain(reason);
  });

  test('a rule behind another one for the same files is shadowed', async () => {
    const rules = [arm64('F').replace('qemu-aarch64', 'mine'), arm64('F')];
    const states = await stateOf(madeTable({ rules, files }));
    expect(states).toEqual([
      ['works', undefined],
      ['shadowed', 'rule mine comes first and takes such files'],
    ]);
  });

  test('off is off, by the rule or as a whole', async () => {
    const table = madeTable({ rules: [arm64('F')], files, status: 'disabled' });
    expect(await stateOf(table)).toEqual([['off', 'binfmt_misc as a whole is switched off']]);
  });
});

describe('by the probe’s runs on an engine', () => {
  const head = base64OfBytes(headFor(findArchitecture('arm64') ?? never()));
  const run = { program: 'arm64', head } as const;

  test.each<[RunFacts, string, string]>([
    [
      { ...run, outcome: 'ran', emulator: { path: '/usr/bin/qemu', version: 'qemu 9' } },
      'works',
      'in a container, arm64 ran, executed by qemu 9',
    ],
    [{ ...run, outcome: 'errno', errno: 'ENOENT' }, 'broken', 'ended in ENOENT'],
    [{ ...run, outcome: 'signal', signal: 11 }, 'broken', 'was killed by SIGSEGV'],
  ])('%j: %s, %s', async (facts, state, reason) => {
    const table = { ...madeTable({ rules: [arm64('F')] }), runs: [facts] };
    const [[found, why] = []] = await stateOf(table);
    expect(found).toBe(state);
    expect(why).toContain(reason);
  });
});

function never(): never {
  throw new Error('the table has lost a row');
}
