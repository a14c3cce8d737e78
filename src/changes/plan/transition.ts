import type { Rule } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { registerStringOf, sameRegistration } from './register-string.ts';
import { applyWrites, commanding, registering, type Write } from './write.ts';

/** How to get from one table to another, and what of it cannot be reached. */
export interface Transition {
  writes: Write[];
  /** Rules of the wanted table that no write brings back. */
  lost: Rule[];
  /** Rules that stay at another place in the order, since they could not be registered again. */
  misplaced: Rule[];
}

export interface TransitionOptions {
  /** Whether a rule can be registered again: its interpreter, with flag F, must be there to open. */
  canRegister?: (rule: Rule) => boolean;
}

/**
 * Plans the writes that turn one table into another, order and switches included.
 *
 * A rule can only be put in front. So those at the end that are in place already stay, and all that
 * the wanted table has before them are registered again, the last first. What cannot be registered
 * again is never removed for the sake of the order.
 */
export function planTransition(
  from: BinfmtTable,
  to: BinfmtTable,
  { canRegister = () => true }: TransitionOptions = {},
): Transition {
  const able = (rule: Rule) => registerStringOf(rule) !== undefined && canRegister(rule);
  const kept = from.rules.map((rule) => to.rules.find((one) => sameRegistration(one, rule)));
  const settled = settledRules(from, to, able);
  const isSettled = (rule: Rule) => settled.has(rule.name);
  const missing = to.rules.filter((rule) => !isSettled(rule));
  const renewed = missing.filter(able);
  const fixed = missing.filter((rule) => !able(rule));
  const present = (rule: Rule) => kept.includes(rule);
  const gone = from.rules.filter(
    (rule, at) => kept[at] === undefined || renewed.some(({ name }) => name === rule.name),
  );
  const misplaced = fixed.filter(present);
  const table = { ...from };
  const writes = [
    ...gone.map(({ name }) => commanding(name, '-1')),
    ...renewed.toReversed().map((rule) => registering(registerStringOf(rule) ?? '')),
  ];
  const reached = applyWrites(table, guarded(writes, from, renewed));
  const switches = switchWrites(reached, to);
  return {
    writes: [...guarded(writes, from, renewed), ...switches],
    lost: fixed.filter((rule) => !present(rule)),
    misplaced,
  };
}

/** Names of the longest end of the wanted table that stands in the right order already. */
function settledRules(
  from: BinfmtTable,
  to: BinfmtTable,
  able: (rule: Rule) => boolean,
): Set<string> {
  const settled = new Set<string>();
  let before = from.rules.length;
  for (const rule of to.rules.toReversed()) {
    const at = from.rules.findIndex((one) => sameRegistration(one, rule));
    if (at !== -1 && at < before) {
      before = at;
      settled.add(rule.name);
    } else if (able(rule)) {
      break;
    }
  }
  return settled;
}

/**
 * A rule is on as soon as it is registered. One that is to be off may be off for a good reason (it
 * takes native programs), so the table is switched off until it is.
 */
function guarded(writes: Write[], from: BinfmtTable, renewed: readonly Rule[]): Write[] {
  const risky = renewed.some(({ enabled }) => !enabled);
  return risky && from.enabled ? [{ to: 'status', text: '0' }, ...writes] : writes;
}

function switchWrites(reached: BinfmtTable, to: BinfmtTable): Write[] {
  const writes = to.rules.flatMap((rule) => {
    const now = reached.rules.find(({ name }) => name === rule.name);
    if (now === undefined || now.enabled === rule.enabled) return [];
    return [commanding(rule.name, rule.enabled ? '1' : '0')];
  });
  // Last, so that no rule is on for a moment that is to be off.
  if (reached.enabled !== to.enabled) {
    writes.push({ to: 'status', text: to.enabled ? '1' : '0' });
  }
  return writes;
}

/** Tells whether two tables are equal: switch, rules byte for byte, order. */
export function sameTable(one: BinfmtTable, other: BinfmtTable): boolean {
  return (
    one.enabled === other.enabled &&
    one.rules.length === other.rules.length &&
    one.rules.every((rule, at) => {
      const twin = other.rules[at];
      return twin !== undefined && rule.enabled === twin.enabled && sameRegistration(rule, twin);
    })
  );
}
