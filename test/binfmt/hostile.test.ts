// Tables that somebody made to break or to fool whoever reads them.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeRules } from '../../src/binfmt/list.ts';
import { matchFile } from '../../src/binfmt/match.ts';
import { showRule } from '../../src/binfmt/show.ts';
import type { Rule } from '../../src/model/binfmt-rule.ts';
import type { RuleFile } from '../../src/model/facts.ts';
import { renderRules } from '../../src/reporters/binfmt-list.ts';
import { renderMatch } from '../../src/reporters/binfmt-match.ts';
import { renderRule } from '../../src/reporters/binfmt-show.ts';
import { lineOf } from '../../src/binfmt/text.ts';
import { file, lookIn, madeTable } from './made-table.ts';

const options = { width: 80, unicode: true, colour: (_style: unknown, text: string) => text };
// oxlint-disable-next-line no-control-regex -- what must not reach a terminal
const UNSAFE = /[\0-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

const bytes = (max: number) =>
  fc
    .uint8Array({ minLength: 1, maxLength: max })
    .map((all) => String.fromCharCode(...all).replaceAll(/[/\0]/g, '_'));
const nasty = fc.constantFrom(
  '--help',
  'a b',
  '\u001b[31mred',
  'two\nlines',
  '\u00e2\u0080\u00aeevil',
  'caf\u00c3\u00a9',
  '\u00ff\u00fe',
  '__proto__',
  'constructor',
);
const names = fc.oneof(nasty, bytes(30));
const interpreters = fc.oneof(
  names.map((name) => `/${name}`),
  names,
  fc.constant(`/${'p'.repeat(1890)}`),
  fc.constant('/x\nflags: \nextension .forged'),
);
const hex = fc
  .uint8Array({ minLength: 1, maxLength: 24 })
  .map((all) => Array.from(all, (byte) => byte.toString(16).padStart(2, '0')).join(''));

const rules: fc.Arbitrary<Rule> = fc
  .record({
    name: names,
    enabled: fc.boolean(),
    interpreter: interpreters,
    flags: fc.constantFrom('', 'P', 'OC', 'F', 'POCF'),
    magic: hex,
    extension: names,
    isMagic: fc.boolean(),
    isMasked: fc.boolean(),
  })
  .map(({ magic, extension, isMagic, isMasked, ...basics }) =>
    isMagic
      ? { ...basics, type: 'magic', offset: 0, magic, ...(isMasked ? { mask: magic } : {}) }
      : { ...basics, type: 'extension', extension },
  );
const ruleFiles: fc.Arbitrary<RuleFile> = fc.record({
  name: names,
  text: fc.oneof(
    bytes(200),
    fc.constantFrom(
      '',
      'enabled\n',
      'enabled\ninterpreter /x\nflags: T\noffset 0\nmagic 41\nnew line\n',
      'disabled\ninterpreter /x\nflags: \nbpf \u001b[2J\n',
    ),
  ),
});
const tables = fc.uniqueArray(fc.oneof(rules, ruleFiles), {
  selector: ({ name }) => name,
  maxLength: 6,
});

test('property: no table makes list, show or match fail, or print what is not safe', async () => {
  await fc.assert(
    fc.asyncProperty(tables, names, async (made, name) => {
      const table = madeTable({ rules: made, files: { '/x': file('A') } });
      const rows = await describeRules(table);
      expect(rows.length).toBe(made.length);
      const list = renderRules(table, rows, options);
      expect(list).not.toMatch(UNSAFE);
      const [head, body = ''] = list.split('\n\n');
      for (const line of [...(head ?? '').split('\n'), ...body.split('\n')]) {
        expect(line.length).toBeLessThanOrEqual(80);
      }
      expect(body.split('\n').length).toBe(made.length === 0 ? 1 : made.length + 1);
      for (const { name: one } of made) {
        const view = await showRule(table, one);
        if (view === undefined) throw new Error(`lost ${lineOf(one)}`);
        expect(renderRule(view, options)).not.toMatch(UNSAFE);
      }
      const request = { path: `/${name}`, argv: [name], cwd: '/' };
      const lookHere = lookIn({ [`/${name}`]: file('ABC') });
      const report = await matchFile({ ...request, lookHere }, table);
      expect(renderMatch(report, table, options)).not.toMatch(UNSAFE);
    }),
    { numRuns: 200 },
  );
});

test.each([
  ['caf\u00c3\u00a9', 'café'],
  ['\u00ff', String.raw`\xff`],
  ['a\nb', String.raw`a\nb`],
  ['\u001b[2J', String.raw`\e[2J`],
  ['\u00e2\u0080\u00ae', String.raw`\u202e`],
])('%j is shown as %s', (name, shown) => {
  expect(lineOf(name)).toBe(shown);
});
