import { parseRegisterString } from '../model/binfmt-register.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import type { BinfmtTable } from '../model/binfmt-table.ts';
import { bytesOfString } from '../model/bytes.ts';
import type { Place } from './place.ts';
import { canBeOpened } from './plan/interpreter.ts';
import type { Source } from './plan/plan.ts';
import { planTransition } from './plan/transition.ts';
import type { Write } from './plan/write.ts';

/** The way from one table to another, and where the interpreters come from that it opens again. */
export interface Way {
  writes: Write[];
  sources: Record<string, Source>;
  lost: Rule[];
  misplaced: Rule[];
}

/**
 * Plans the way to a table on the machine as it is: rules with flag F only come back where their
 * interpreter is a file there.
 */
export async function planWay(from: BinfmtTable, to: BinfmtTable, place: Place): Promise<Way> {
  const reopens = await findReopening(to.rules, place, () => {
    const { writes } = planTransition(from, to);
    return writes.some((write) => write.to === 'register');
  });
  const transition = planTransition(from, to, { canRegister: reopens });
  const opened = transition.writes.flatMap((write) => {
    const rule = registeredBy(write);
    return rule?.flags.includes('F') === true ? [rule.interpreter] : [];
  });
  const sources = Object.fromEntries(opened.map((path) => [path, { from: 'there' } as const]));
  return { ...transition, sources };
}

/** Finds out which rules could be registered again; without need nothing is looked at. */
export async function findReopening(
  rules: readonly Rule[],
  place: Place,
  isNeeded: () => boolean = () => true,
): Promise<(rule: Rule) => boolean> {
  const fixed = rules.filter(({ flags }) => flags.includes('F'));
  if (fixed.length === 0 || !isNeeded()) return () => true;
  const files = await place.look([...new Set(fixed.map(({ interpreter }) => interpreter))]);
  return (rule) =>
    !rule.flags.includes('F') || canBeOpened(files.find(({ path }) => path === rule.interpreter));
}

/** The rule that a write registers; undefined where it does something else. */
export function registeredBy(write: Write): Rule | undefined {
  if (write.to !== 'register') return undefined;
  const reading = parseRegisterString(bytesOfString(write.text));
  return 'rule' in reading ? reading.rule : undefined;
}
