import { listed } from '../../model/sentence.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import type { RunFacts } from '../../model/facts.ts';
import { lineOf } from '../../binfmt/text.ts';
import { isEmulator } from './choose.ts';
import { refuseHijacker, type Situation } from './add.ts';
import { makePlan, type Plan } from './plan.ts';
import { programsThatMustRun } from './programs.ts';
import { registerStringOf } from './register-string.ts';
import { ruleInWords } from './words.ts';
import { applyWrites, commanding, type Write } from './write.ts';

/** Plans the removal of rules. `reopens`: whether a rule's interpreter could be opened again. */
export function planRemove(
  { table, runs }: Situation,
  rules: readonly Rule[],
  reopens: (rule: Rule) => boolean,
): Plan {
  const writes = rules.map(({ name }) => commanding(name, '-1'));
  const others = rules.filter((rule) => !isEmulator(rule));
  const final = rules.filter((rule) => registerStringOf(rule) === undefined || !reopens(rule));
  return makePlan({
    purpose: `Remove ${listed(rules.map(ruleInWords))}.`,
    writes,
    before: table,
    ...programsThatMustRun(table, applyWrites(table, writes), runs),
    notes: [
      ...others.map(
        ({ name }) =>
          `${lineOf(name)} is no rule of qemu's: another program or package may have registered it, and count on it.`,
      ),
      ...final.map(
        (rule) =>
          `${ruleInWords(rule)} cannot be put back by xbuild: what it has open is not on the machine any more, or it is of a kind that cannot be registered again.`,
      ),
    ],
  });
}

/** Plans to switch rules on or off; undefined where they are so already. */
export function planSwitch(
  { table, runs, native }: Situation,
  rules: readonly Rule[],
  { on, force }: { on: boolean; force: boolean },
): Plan | undefined {
  const changed = rules.filter(({ enabled }) => enabled !== on);
  if (changed.length === 0) return undefined;
  if (on && !force) for (const rule of changed) refuseHijacker(rule, native);
  const writes = changed.map(({ name }) => commanding(name, on ? '1' : '0'));
  return makePlan({
    purpose: `Switch ${on ? 'on' : 'off'} ${listed(changed.map(ruleInWords))}.`,
    writes,
    before: table,
    ...programsThatMustRun(table, applyWrites(table, writes), runs),
    notes: table.enabled || !on ? [] : ['binfmt_misc as a whole is off: xbuild binfmt on.'],
  });
}

/** Plans to switch the whole table on or off; undefined where it is so already. */
export function planStatus(
  { table, runs, native }: Situation,
  { on, force }: { on: boolean; force: boolean },
): Plan | undefined {
  if (table.enabled === on) return undefined;
  const active = table.rules.filter(({ enabled }) => enabled);
  if (on && !force) for (const rule of active) refuseHijacker(rule, native);
  const write: Write = { to: 'status', text: on ? '1' : '0' };
  const one = active.length === 1;
  const rules = one ? 'one rule that is on' : `${active.length} rules that are on`;
  return makePlan({
    purpose: on
      ? `Switch binfmt_misc on: ${rules} ${one ? 'counts' : 'count'} again.`
      : `Switch binfmt_misc off: ${rules} ${one ? 'stops' : 'stop'} counting, and ${one ? 'stays as it is' : 'stay as they are'}.`,
    writes: [write],
    before: table,
    // The rules that come back may be broken each for itself, which is no reason against the switch.
    mustRun: runs.filter(runsWithoutRule).map(({ program }) => program),
    notes: on ? [] : ['No container can run programs of another CPU until it is on again.'],
  });
}

function runsWithoutRule({ outcome, emulator }: RunFacts): boolean {
  return outcome === 'ran' && emulator === undefined;
}
