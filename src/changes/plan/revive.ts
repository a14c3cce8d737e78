import { listed } from '../../model/sentence.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import type { Situation } from './add.ts';
import { makePlan, type Plan } from './plan.ts';
import { nativeTakers, programsThatMustRun, takesArchitecture } from './programs.ts';
import { ruleInWords } from './words.ts';
import { applyWrites, commanding, type Write } from './write.ts';

/** A plan to switch on what is there, and the rules that it switches on for it. */
export interface Revival {
  plan: Plan;
  /** Rules that are switched on, to be switched off again where that does not help. */
  revived: Rule[];
}

/**
 * Plans what may make architectures run with the rules as they are: the table on, rules that take
 * their programs on, rules that take native programs off. Undefined where all that is so already.
 */
export function planRevival(
  { table, runs, native }: Situation,
  architectures: readonly string[],
): Revival | undefined {
  const hijackers = nativeTakers(table.rules, native);
  const harmless = table.rules.filter((rule) => !hijackers.includes(rule));
  const revived = architectures.flatMap((name) => sleeping(harmless, name));
  const writes: Write[] = [
    ...hijackers.filter(({ enabled }) => enabled).map(({ name }) => commanding(name, '0')),
    ...revived.map(({ name }) => commanding(name, '1')),
    ...(table.enabled ? [] : [{ to: 'status', text: '1' } as const]),
  ];
  if (writes.length === 0) return undefined;
  const after = applyWrites(table, writes);
  const { mustRun, gained } = programsThatMustRun(table, after, runs);
  const parts = [
    ...(table.enabled ? [] : ['binfmt_misc on']),
    ...revived.map((rule) => `${ruleInWords(rule)} on`),
    ...hijackers.filter(({ enabled }) => enabled).map((rule) => `${ruleInWords(rule)} off`),
  ];
  // What the rules of old cannot do is the next step's business, not a reason against this one.
  const plan = makePlan({
    purpose: `Switch ${listed(parts)}.`,
    writes,
    before: table,
    mustRun: mustRun.filter((program) => !gained.includes(program)),
  });
  return { plan, revived };
}

/** The first rule for an architecture, where it is off and none that is on takes its programs. */
function sleeping(rules: readonly Rule[], architecture: string): Rule[] {
  const takers = rules.filter((rule) => takesArchitecture(rule, architecture));
  if (takers.some(({ enabled }) => enabled)) return [];
  return takers.slice(0, 1);
}
