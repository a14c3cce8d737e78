import { parseRuleFile, type Rule } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { XbuildError } from '../../model/errors.ts';
import type { BinfmtFacts, RuleFile } from '../../model/facts.ts';
import { applyWrites, type Write } from './write.ts';

/** A file that a rule with flag F is to have open, and how the kernel gets to see it. */
export type Source =
  /** It is on the machine whose kernel it is. */
  | { from: 'there' }
  /** It is sent: a file of this machine. */
  | { from: 'here'; file: string }
  /** It is in an image that the engine has. */
  | { from: 'image'; image: string };

/**
 * A change of the rule table as data: what is written, what must be so afterwards. The way back is
 * planTransition from whatever the table then is to `before`.
 */
export interface Plan {
  /** In the imperative: `Register qemu-aarch64 for arm64 programs.` */
  purpose: string;
  writes: Write[];
  /** Where the interpreters of the rules that are written come from, by their path in the rule. */
  sources: Record<string, Source>;
  /** After so many writes the programs are tried for the first time; the rest cannot be undone. */
  proveAfter?: number;
  /** The probe's programs that have to run afterwards. */
  mustRun: string[];
  /** Those of them that another rule takes than before. */
  gained: string[];
  /** What the user ought to know before saying yes; whole sentences. */
  notes: string[];
  before: BinfmtTable;
  /** The table as it will be. */
  after: BinfmtTable;
}

/** Makes a plan of its writes; `after` follows from them. */
export function makePlan(parts: Pick<Plan, 'purpose' | 'writes' | 'before'> & Partial<Plan>): Plan {
  return {
    sources: {},
    mustRun: [],
    gained: [],
    notes: [],
    ...parts,
    after: applyWrites(parts.before, parts.writes),
  };
}

/** The table that the files of a binfmt_misc directory say. */
export function tableOf({ status, rules }: Pick<BinfmtFacts, 'status' | 'rules'>): BinfmtTable {
  return { enabled: status !== 'disabled', rules: rules.map(ruleOf) };
}

/** A file that says no one rule becomes one of type `opaque`, which can be switched and removed. */
function ruleOf(file: RuleFile): Rule {
  const reading = parseRuleFile(file);
  if ('rule' in reading) return reading.rule;
  return {
    name: file.name,
    enabled: !file.text.startsWith('disabled\n'),
    type: 'opaque',
    interpreter: '',
    flags: '',
    // Compared byte for byte, apart from the switch.
    unknown: [file.text.replace(/^(?:enabled|disabled)\n/, '')],
  };
}

/** A change that xbuild does not make unless it is told to; `force` is the flag that tells it. */
export function refusal(
  message: string,
  hint: string,
  detail: readonly string[] = [],
): XbuildError {
  return new XbuildError('change-refused', message, hint, { detail });
}
