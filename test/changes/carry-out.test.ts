import { describe, expect, test } from 'vitest';
import { carryOut } from '../../src/changes/carry-out.ts';
import { planAdd } from '../../src/changes/plan/add.ts';
import { emulatorRule } from '../../src/changes/plan/new-rule.ts';
import { makePlan, type Plan } from '../../src/changes/plan/plan.ts';
import { applyWrite, commanding, type Write } from '../../src/changes/plan/write.ts';
import type { Place } from '../../src/changes/place.ts';
import { formatRuleFile, type Rule } from '../../src/model/binfmt-rule.ts';
import type { BinfmtTable } from '../../src/model/binfmt-table.ts';
import type { FileFacts, RunFacts } from '../../src/model/facts.ts';

const rule = (architecture: string, flags = 'OC'): Rule =>
  emulatorRule(architecture, { interpreter: `/usr/bin/${architecture}`, flags });
const [arm64, s390x, riscv64] = [rule('arm64'), rule('s390x'), rule('riscv64', 'OCF')];

interface Faults {
  /** The errno of the write of that number, counted over all calls. */
  errno?: Record<number, string>;
  /** Whether programs run, by the table there is. */
  runs?: (table: BinfmtTable) => RunFacts[];
  /** Interpreters that can be opened. */
  files?: FileFacts[];
  /** What happens besides, after the write of that number. */
  after?: Record<number, (table: BinfmtTable) => BinfmtTable>;
  throws?: (call: number) => boolean;
}

/** A kernel in memory that fails as it is told. */
function kernel(start: BinfmtTable, faults: Faults = {}) {
  let table = start;
  let count = 0;
  let calls = 0;
  const writeOne = (write: Write): string => {
    const number = count++;
    const told = faults.errno?.[number];
    const { errno, table: next } = applyWrite(table, write);
    if (told !== undefined || errno !== 'ok') return told ?? errno;
    table = faults.after?.[number]?.(next) ?? next;
    return 'ok';
  };
  const place: Place = {
    kind: 'machine',
    name: 'the test',
    directory: '/b',
    architecture: 'amd64',
    sharesFiles: true,
    read: async () => {
      if (faults.throws?.(calls++) === true) throw new Error('the engine went away');
      return {
        release: '6.18',
        version: '',
        machine: 'x86_64',
        pageSize: 4096,
        interpreters: [],
        runs: faults.runs?.(table) ?? [],
        binfmt: {
          knownToKernel: true,
          mount: 'binfmt_misc',
          status: table.enabled ? 'enabled' : 'disabled',
          rules: table.rules.map((one) => ({ name: one.name, text: formatRuleFile(one) })),
        },
      };
    },
    look: async () => faults.files ?? [],
    write: async (writes) => {
      const results: string[] = [];
      for (const write of writes) {
        const failed = results.some((errno) => errno !== 'ok');
        results.push(failed ? 'skipped' : writeOne(write));
      }
      return { results };
    },
    mount: async () => ({ errno: 'ok', how: 'mounted' }),
  };
  return { place, table: () => table };
}

const table = (...rules: Rule[]): BinfmtTable => ({ enabled: true, rules });
const leave = { replace: true, force: true };
function adding(before: BinfmtTable, ...rules: Rule[]): Plan {
  const additions = rules.map((one) => ({
    rule: one as typeof arm64 & { type: 'magic' },
    source: { from: 'there' as const },
  }));
  const plan = planAdd({ table: before, runs: [], native: ['amd64'] }, additions, leave);
  if (plan === undefined) throw new Error('nothing to do');
  return plan;
}

const crashes = (): RunFacts[] => [
  { program: 'arm64', head: '', outcome: 'signal', signal: 11, output: '\u001bboom' },
];

describe('a change', () => {
  test('that works is applied, and its outcome has the table as it is', async () => {
    const there = kernel(table(s390x));
    const outcome = await carryOut(adding(table(s390x), arm64), there.place);
    expect(outcome).toMatchObject({ result: 'applied', undo: [], remains: [] });
    expect(there.table()).toEqual(table(arm64, s390x));
  });

  test('whose second write is refused takes the first one back', async () => {
    const there = kernel(table(s390x), { errno: { 1: 'EEXIST' } });
    const outcome = await carryOut(adding(table(s390x), arm64, rule('arm')), there.place);
    expect(outcome).toMatchObject({
      result: 'rolled-back',
      attempts: [{ errno: 'ok' }, { errno: 'EEXIST' }],
    });
    expect(outcome.reason).toMatch(/EEXIST \(a rule of that name is there already\)/);
    expect(there.table()).toEqual(table(s390x));
  });

  test('whose programs do not run is taken back', async () => {
    const there = kernel(table(), { runs: crashes });
    const plan = { ...adding(table(), arm64), mustRun: ['arm64'], gained: ['arm64'] };
    const outcome = await carryOut(plan, there.place);
    expect(outcome).toMatchObject({ result: 'rolled-back' });
    expect(outcome.reason).toMatch(/a program for arm64 runs \(ended by signal 11: \\eboom\)/);
    expect(there.table()).toEqual(table());
  });

  test('that replaces a rule leaves the old one until the new one has run', async () => {
    const old = { ...arm64, interpreter: '/old' };
    const runs = (now: BinfmtTable): RunFacts[] => {
      expect(now.rules).toContainEqual(old);
      return [{ program: 'arm64', head: '', outcome: 'errno', errno: 'ENOENT' }];
    };
    const there = kernel(table(old, s390x), { runs });
    const plan = { ...adding(table(old, s390x), arm64), mustRun: ['arm64'] };
    expect(await carryOut(plan, there.place)).toMatchObject({ result: 'rolled-back' });
    expect(there.table()).toEqual(table(old, s390x));
  });

  test('that is interrupted is undone', async () => {
    const stop = new AbortController();
    const there = kernel(table(), { runs: () => (stop.abort(), []) });
    const outcome = await carryOut(adding(table(), arm64), there.place, stop.signal);
    expect(outcome).toMatchObject({ result: 'rolled-back', reason: 'It was interrupted.' });
    expect(there.table()).toEqual(table());
    await expect(carryOut(adding(table(), arm64), there.place, stop.signal)).rejects.toThrow(
      'interrupted',
    );
  });

  test('that cannot be checked is undone', async () => {
    const there = kernel(table(), { throws: (call) => call === 0 });
    const outcome = await carryOut(adding(table(), arm64), there.place);
    expect(outcome).toMatchObject({
      result: 'rolled-back',
      reason: expect.stringMatching(/went away/),
    });
    expect(there.table()).toEqual(table());
  });

  test('that cannot even be undone says what to type', async () => {
    const there = kernel(table(), { throws: () => true });
    const outcome = await carryOut(adding(table(), arm64), there.place);
    expect(outcome).toMatchObject({ result: 'stuck' });
    expect(outcome.remains.at(-1)).toBe('echo -1 > /b/qemu-aarch64');
  });

  test('that fails leaves a rule alone that somebody else has made meanwhile', async () => {
    const stranger = { ...rule('s390x'), name: 'stranger' };
    const after = { 0: (now: BinfmtTable) => ({ ...now, rules: [stranger, ...now.rules] }) };
    const there = kernel(table(), { after });
    const outcome = await carryOut(adding(table(), arm64), there.place);
    expect(outcome).toMatchObject({ result: 'rolled-back' });
    expect(there.table()).toEqual(table(stranger));
  });

  test('says which rule does not come back where what it had open is gone', async () => {
    const before = table(riscv64, s390x);
    const writes = [commanding(riscv64.name, '-1'), commanding(s390x.name, '0')];
    const there = kernel(before, {
      errno: { 1: 'EIO' },
      files: [{ path: '/usr/bin/riscv64', errno: 'ENOENT' }],
    });
    const outcome = await carryOut(makePlan({ purpose: '', writes, before }), there.place);
    expect(outcome).toMatchObject({
      result: 'stuck',
      remains: [expect.stringMatching(/^qemu-riscv64 .* could not be registered again/)],
    });
  });
});
