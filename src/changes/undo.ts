import { lineOf } from '../binfmt/text.ts';
import { listed } from '../model/sentence.ts';
import type { BinfmtTable } from '../model/binfmt-table.ts';
import type { Outcome } from './outcome.ts';
import type { Place } from './place.ts';
import { planWay, registeredBy } from './plan-way.ts';
import { tableOf, type Plan } from './plan/plan.ts';
import { planTransition, sameTable } from './plan/transition.ts';
import { ruleInWords } from './plan/words.ts';
import { shellLine } from './plan/write.ts';

type Undone = Pick<Outcome, 'result' | 'undo' | 'remains' | 'after'>;

/** Brings the former table back from whatever there is now. */
export async function undo(plan: Plan, place: Place): Promise<Undone> {
  try {
    return await undoThere(plan, place);
  } catch (error) {
    const { writes } = planTransition(plan.after, plan.before);
    const lines = writes.map((write) => shellLine(write, place.directory));
    const remains = [
      `The former state could not be brought back: ${(error as Error).message}. By hand, as root:`,
      ...lines,
    ];
    return { result: 'stuck', undo: [], remains, after: plan.after };
  }
}

async function undoThere(plan: Plan, place: Place): Promise<Undone> {
  const now = tableOf((await place.read([])).binfmt);
  const wanted = formerTable(plan, now);
  const { writes, sources, lost, misplaced } = await planWay(now, wanted, place);
  const written = writes.length === 0 ? undefined : await place.write(writes, sources);
  const after = tableOf((await place.read([])).binfmt);
  const attempts = writes.map((write, at) => ({ write, errno: written?.results[at] ?? 'ok' }));
  const remains = [
    ...lost.map((rule) => `${ruleInWords(rule)} could not be registered again.`),
    ...misplaced.map((rule) => `${lineOf(rule.name)} is at another place in the order.`),
  ];
  const same = sameTable(after, wanted);
  if (!same && remains.length === 0) {
    const names = after.rules.map(({ name }) => lineOf(name));
    remains.push(`The rules are now: ${names.length === 0 ? 'none' : listed(names)}.`);
  }
  return { result: same ? 'rolled-back' : 'stuck', undo: attempts, remains, after };
}

/** The table of before, and in front of it what somebody else has registered meanwhile. */
function formerTable({ before, writes }: Plan, now: BinfmtTable): BinfmtTable {
  const ours = new Set(writes.flatMap((write) => registeredBy(write)?.name ?? []));
  const known = new Set(before.rules.map(({ name }) => name));
  const strangers = now.rules.filter(({ name }) => !ours.has(name) && !known.has(name));
  return { ...before, rules: [...strangers, ...before.rules] };
}
