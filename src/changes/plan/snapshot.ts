import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { XbuildError } from '../../model/errors.ts';
import { escapeLine } from '../../model/escape.ts';
import type { BinfmtFacts, RuleFile } from '../../model/facts.ts';
import { tableOf } from './plan.ts';

/** A rule table at one moment, as a JSON file. Rules are the kernel's own text, byte strings. */
export interface Snapshot {
  schemaVersion: 1;
  kind: 'binfmt-snapshot';
  /** ISO 8601. */
  taken: string;
  /** Whose: as `Place.name`. */
  place: string;
  kernel: string;
  status: 'enabled' | 'disabled';
  /** In match order. */
  rules: RuleFile[];
}

/** Makes a snapshot of what was read. */
export function makeSnapshot(
  binfmt: BinfmtFacts,
  about: { taken: string; place: string; kernel: string },
): Snapshot {
  const { status, rules } = binfmt;
  return {
    schemaVersion: 1,
    kind: 'binfmt-snapshot',
    ...about,
    status: status ?? 'enabled',
    rules: rules.map(({ name, text }) => ({ name, text })),
  };
}

/** Reads a snapshot's file; throws `bad-argument` with what is wrong with it. */
export function parseSnapshot(text: string, file: string): Snapshot {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notOne(file, 'it is no JSON');
  }
  const { schemaVersion, kind, status, rules } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (kind !== 'binfmt-snapshot') throw notOne(file, 'its kind is not "binfmt-snapshot"');
  if (schemaVersion !== 1) throw notOne(file, `its version is ${String(schemaVersion)}, not 1`);
  if (status !== 'enabled' && status !== 'disabled') throw notOne(file, 'it has no status');
  if (!Array.isArray(rules) || !rules.every(isRuleFile))
    throw notOne(file, 'its rules are damaged');
  const names = new Set(rules.map(({ name }) => name));
  if (names.size !== rules.length) throw notOne(file, 'two rules in it have one name');
  return value as Snapshot;
}

function isRuleFile(value: unknown): value is RuleFile {
  const { name, text } = (value ?? {}) as Partial<Record<string, unknown>>;
  return isBytes(name) && isBytes(text) && name !== '';
}

function isBytes(value: unknown): boolean {
  return typeof value === 'string' && Array.from(value).every((one) => one <= '\u00ff');
}

function notOne(file: string, reason: string): XbuildError {
  return new XbuildError(
    'bad-argument',
    `${escapeLine(file)} is no snapshot of a rule table: ${reason}`,
    'Take one with: xbuild binfmt snapshot FILE',
  );
}

/** The table that a snapshot holds. */
export function tableOfSnapshot({ status, rules }: Snapshot): BinfmtTable {
  return tableOf({ status, rules });
}
