import type { Rule } from '../model/binfmt-rule.ts';
import { judgeRule, type Health } from './health.ts';
import { purposeOf, type Purpose } from './purpose.ts';
import type { Table } from './table.ts';
import type { KnownFiles } from './walk.ts';

/** One rule of a table, and what is to be said of it; plain JSON. */
export interface RuleRow {
  /** From 1; the kernel asks the first one first. */
  position: number;
  /** A byte string. */
  name: string;
  rule: Rule;
  /** Why its file does not say one rule. */
  problem?: string;
  purpose: Purpose;
  health: Health;
}

function rowOf(table: Table, index: number, health: Health): RuleRow | undefined {
  const entry = table.entries[index];
  if (entry === undefined) return undefined;
  const { rule, problem } = entry;
  return {
    position: index + 1,
    name: rule.name,
    rule,
    ...(problem === undefined ? {} : { problem }),
    purpose: purposeOf(rule),
    health,
  };
}

/** Describes rules of a table, in match order; all of them, or those of one name. */
export async function describeRules(table: Table, name?: string): Promise<RuleRow[]> {
  const known: KnownFiles = new Map();
  const rows: RuleRow[] = [];
  for (const [index, entry] of table.entries.entries()) {
    if (name !== undefined && entry.rule.name !== name) continue;
    const row = rowOf(table, index, await judgeRule(entry, table, known));
    if (row !== undefined) rows.push(row);
  }
  return rows;
}
