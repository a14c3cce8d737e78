import { expect, test } from 'vitest';
import { renderOutcome, renderPlan } from '../../src/reporters/binfmt-change.ts';

const options = { width: 200, unicode: false, colour: (_style: string, text: string) => text };

test('what is checked is one list, and how much still runs is counted', () => {
  const plan = { purpose: '', place: 'this machine', lines: [], preparations: [], notes: [] };
  expect(renderPlan({ ...plan, expectations: ['a', 'b', 'c'] }, options)).toContain(
    'Then it is checked that a, b and c; if not, it is undone.',
  );
  const proof = { what: 'a program for amd64 runs', ok: true, before: true } as const;
  const tried = { result: 'applied' as const, attempts: [], undo: [], remains: [] };
  const told = (count: number) =>
    renderOutcome({ ...tried, proofs: Array.from({ length: count }, () => proof) }, options);
  expect(told(1)).toContain('what ran before still runs (one kind of program)');
  expect(told(2)).toContain('what ran before still runs (2 kinds of programs)');
});
