import { parseRuleFile, type Rule } from '../model/binfmt-rule.ts';
import type { BinfmtFacts, RuleFile, RunFacts } from '../model/facts.ts';
import type { FileNode } from '../model/file-view.ts';
import type { Credentials } from '../model/credentials.ts';

/** Whose rules they are. */
export type Place =
  /** This machine's, at a mount point. */
  | { kind: 'machine'; directory: string }
  /** Those of an engine's kernel, as its containers have them. */
  | { kind: 'engine'; url: string; source: string };

/** One rule of the table, as well as it can be read. */
export interface RuleEntry {
  file: RuleFile;
  /** Of type `opaque` where the file does not say one rule. */
  rule: Rule;
  /** Why it does not. */
  problem?: string;
  /** All that the file can be read as, where that is more than one rule. */
  readings?: Rule[];
}

/** One lstat(2): a file, the errno's name, or undefined where it cannot be known. */
export type Looked = FileNode | string | undefined;

/** Looks at the files of a machine: at once, or through an engine, which takes its time. */
export type Files = { look: (path: string) => Looked } | { ask: (path: string) => Promise<Looked> };

/** A kernel's rules, and all that is needed to say what comes of a file. */
export interface Table {
  place: Place;
  binfmt: BinfmtFacts;
  /** Why the rules could not be read, though they may be there; absent where they could. */
  problem?: string;
  /** In match order. */
  entries: RuleEntry[];
  /** What the kernel runs without a rule, in Docker's words. */
  native: string[];
  /** Who would execute. */
  credentials: Credentials;
  /** Looks at the files of the machine whose kernel it is. */
  files: Files;
  /** What came of the probe's programs; empty for this machine, where nothing is run. */
  runs: RunFacts[];
}

/** Whether rules count: binfmt_misc is mounted and its switch is on. */
export function isOn({ binfmt }: Pick<Table, 'binfmt'>): boolean {
  return binfmt.status !== 'disabled';
}

/**
 * The rules in match order, those of an unknown kind too. A file that can be read as several rules
 * is all of them, one after the other: where none of them takes a file, it does not matter which
 * it is; where one does, `doubtfulNames` has its name.
 */
export function rulesOf({ entries }: Pick<Table, 'entries'>): readonly Rule[] {
  const known = rules.get(entries);
  if (known !== undefined) return known;
  const all = entries.flatMap(({ rule, readings }) => readings ?? [rule]);
  rules.set(entries, all);
  return all;
}

const rules = new WeakMap<readonly RuleEntry[], readonly Rule[]>();

/** The names of rules whose files can be read as several rules. */
export function doubtfulNames({ entries }: Pick<Table, 'entries'>): ReadonlySet<string> {
  const known = doubtful.get(entries);
  if (known !== undefined) return known;
  const names = new Set<string>();
  for (const { rule, readings } of entries) if (readings !== undefined) names.add(rule.name);
  doubtful.set(entries, names);
  return names;
}

const doubtful = new WeakMap<readonly RuleEntry[], ReadonlySet<string>>();

function opaque(file: RuleFile, interpreter = ''): Rule {
  const enabled = !file.text.startsWith('disabled\n');
  return { name: file.name, enabled, interpreter, flags: '', type: 'opaque' };
}

/** Reads the files of a table. */
export function readEntries(files: readonly RuleFile[]): RuleEntry[] {
  return files.map((file) => {
    const reading = parseRuleFile(file);
    if ('rule' in reading) return { file, rule: reading.rule };
    if ('unreadable' in reading) {
      const problem = file.text === '' ? 'its file could not be read' : reading.unreadable;
      return { file, rule: opaque(file), problem };
    }
    const { ambiguous } = reading;
    const problem = `its file can be read as ${ambiguous.length} different rules: a field holds line breaks that look like other fields`;
    return { file, rule: opaque(file, ambiguous[0]?.interpreter), problem, readings: ambiguous };
  });
}
