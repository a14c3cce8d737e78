import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Rule } from '../../src/model/binfmt-rule.ts';
import type { BinfmtTable } from '../../src/model/binfmt-table.ts';
import { registerStringOf } from '../../src/changes/plan/register-string.ts';
import { planTransition, sameTable } from '../../src/changes/plan/transition.ts';
import { applyWrites, quoteBytes, shellLine } from '../../src/changes/plan/write.ts';

const bytes = (minLength: number, maxLength: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength, maxLength })
    .map((codes) => String.fromCharCode(...codes));

const name = bytes(1, 12).filter((text) => !text.includes('/') && !/^\.\.?$/.test(text));
const flags = fc.constantFrom('', 'P', 'F', 'OC', 'POCF', 'PF', 'O');
const hex = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((all) => Buffer.from(all).toString('hex'));

const rule: fc.Arbitrary<Rule> = fc.oneof(
  fc
    .record({
      name,
      enabled: fc.boolean(),
      interpreter: bytes(1, 40),
      flags,
      magic: hex,
      offset: fc.nat(200),
      masked: fc.boolean(),
    })
    .map(({ masked, ...one }) => ({
      ...one,
      type: 'magic' as const,
      ...(masked ? { mask: one.magic.replaceAll(/./g, 'f') } : {}),
    })),
  fc
    .record({ name, enabled: fc.boolean(), interpreter: bytes(1, 40), flags, extension: name })
    .map((one) => ({ ...one, type: 'extension' as const })),
);

const pool = fc.uniqueArray(rule, { selector: (one) => one.name, maxLength: 8 });
const tables = fc
  .record({ pool, first: fc.boolean(), second: fc.boolean() })
  .chain(({ pool: rules, first, second }) =>
    fc.record({
      from: fc
        .shuffledSubarray(rules)
        .map((some): BinfmtTable => ({ enabled: first, rules: some })),
      to: fc
        .tuple(fc.shuffledSubarray(rules), fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }))
        .map(([some, on]): BinfmtTable => ({
          enabled: second,
          rules: some.map((one, at) => ({ ...one, enabled: on[at] ?? true })),
        })),
    }),
  );

const ofName = (id: string, parts: Partial<Rule> = {}): Rule =>
  ({
    type: 'extension',
    name: id,
    enabled: true,
    interpreter: '/i',
    flags: '',
    extension: id,
    ...parts,
  }) as Rule;
const table = (...rules: Rule[]): BinfmtTable => ({ enabled: true, rules });

const canRegister = (one: Rule) => one.name !== 'a';

describe('the way from one table to another', () => {
  test('leads there, and back to where it began', () => {
    fc.assert(
      fc.property(tables, ({ from, to }) => {
        fc.pre([...from.rules, ...to.rules].every((one) => registerStringOf(one) !== undefined));
        const there = applyWrites(from, planTransition(from, to).writes);
        expect(sameTable(there, to)).toBe(true);
        const back = applyWrites(there, planTransition(there, from).writes);
        expect(sameTable(back, from)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('leads back also from where writes stopped half way', () => {
    fc.assert(
      fc.property(tables, fc.nat(20), ({ from, to }, stop) => {
        fc.pre([...from.rules, ...to.rules].every((one) => registerStringOf(one) !== undefined));
        const half = applyWrites(from, planTransition(from, to).writes.slice(0, stop));
        const back = applyWrites(half, planTransition(half, from).writes);
        expect(sameTable(back, from)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('writes nothing where there is nothing to do', () => {
    fc.assert(
      fc.property(tables, ({ from }) => {
        expect(planTransition(from, from).writes).toEqual([]);
      }),
    );
  });

  test('leaves the rules at the end alone, for only what is before them has to be renewed', () => {
    const [a, b, c] = [ofName('a'), ofName('b'), ofName('c')];
    const { writes } = planTransition(table(b, c), table(a, b, c));
    expect(writes.map((write) => write.to)).toEqual(['register']);
  });

  test('never removes for the sake of the order what could not be registered again', () => {
    const [a, b] = [ofName('a', { flags: 'F' }), ofName('b')];
    const way = planTransition(table(a), table(b, a), { canRegister });
    expect(way).toMatchObject({ lost: [], misplaced: [] });
    expect(applyWrites(table(a), way.writes)).toEqual(table(b, a));
    const other = planTransition(table(a, b), table(b, a), { canRegister });
    expect(applyWrites(table(a, b), other.writes).rules).toContainEqual(a);
  });

  test('says which rules are lost', () => {
    const gone = ofName('gone', { flags: 'F' });
    const way = planTransition(table(), table(gone), { canRegister: () => false });
    expect(way).toMatchObject({ writes: [], lost: [gone] });
  });

  test('switches the table off while a rule is registered that is to be off', () => {
    const off = ofName('off', { enabled: false });
    const { writes } = planTransition(table(), table(off));
    expect(writes.map((write) => shellLine(write, '/b'))).toEqual([
      'echo 0 > /b/status',
      'printf %s :off:E::off::/i: > /b/register',
      'echo 0 > /b/off',
      'echo 1 > /b/status',
    ]);
  });
});

describe('a register string', () => {
  test('is found also for a rule of nearly 1920 bytes that was registered without escapes', () => {
    const long: Rule = {
      type: 'magic',
      name: 'n',
      enabled: true,
      flags: '',
      offset: 0,
      magic: '41'.repeat(200),
      interpreter: `/${'i'.repeat(1690)}`,
    };
    expect(registerStringOf(long)?.length).toBeLessThanOrEqual(1920);
  });
});

describe('a line for the shell', () => {
  test.each([
    ['plain', 'plain'],
    ['two words', "'two words'"],
    ["it's", String.raw`'it'\''s'`],
    ['a\nb', String.raw`$'a\012b'`],
    ['\u001b[31m', String.raw`$'\033[31m'`],
    ["\xff'\\", String.raw`$'\377\'\\'`],
  ])('quotes %j as %s', (text, quoted) => {
    expect(quoteBytes(text)).toBe(quoted);
  });
});

test('plans are pure: they import neither Node nor packages, nor what touches the world', () => {
  const folder = join(import.meta.dirname, '../../src/changes/plan');
  for (const file of readdirSync(folder)) {
    const text = readFileSync(join(folder, file), 'utf8');
    const imported = [...text.matchAll(/from '([^']+)'/g)].map(([, from = '']) => from);
    const wrong = imported.filter(
      (from) =>
        !/^\.\.?\//.test(from) ||
        /\/(?:io|probe)\/|\.\.\/(?:place|open|local|engine|find)-/.test(from),
    );
    expect({ file, wrong }).toEqual({ file, wrong: [] });
  }
});
