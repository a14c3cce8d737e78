import { lineOf } from '../../binfmt/text.ts';
import { listed } from '../../model/sentence.ts';
import type { ExtensionRule, MagicRule, Rule } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { escapeLine } from '../../model/escape.ts';
import type { FileFacts, RunFacts } from '../../model/facts.ts';
import { canBeOpened, interpreterFault } from './interpreter.ts';
import { stringOrThrow } from './new-rule.ts';
import { makePlan, refusal, type Plan, type Source } from './plan.ts';
import { programsThatMustRun, takenFromMachine } from './programs.ts';
import { sameRegistration } from './register-string.ts';
import { ruleInWords } from './words.ts';
import { applyWrites, commanding, registering, type Write } from './write.ts';

/** A rule that is wanted. */
export interface Addition {
  rule: MagicRule | ExtensionRule;
  source: Source;
  /** What the interpreter is; absent where it is of no account (no flag F). */
  file?: FileFacts;
}

/** What a plan is made from. */
export interface Situation {
  table: BinfmtTable;
  runs: readonly RunFacts[];
  /** What runs without a rule, in Docker's words. */
  native: readonly string[];
}

/** What the user allows beyond the usual. */
export interface Leave {
  replace: boolean;
  force: boolean;
  /** Register again what is there already: it may be out of reach behind another rule. */
  renew?: boolean;
}

/**
 * Plans the registration of rules, all of them or none.
 *
 * A rule that is in the way is first joined by the new one under another name; only when its
 * programs have run is the old one removed, for what a rule with flag F has open cannot always be
 * opened again. Returns undefined where all rules are there already, and on. Throws
 * `change-refused` for what would break the machine, cannot work, or would replace a rule unasked.
 */
export function planAdd(
  situation: Situation,
  additions: readonly Addition[],
  leave: Leave,
): Plan | undefined {
  const { table } = situation;
  const renew = leave.renew === true;
  const wanted = additions.filter(({ rule }) => renew || !isThere(table, rule));
  if (wanted.length === 0) return undefined;
  for (const addition of wanted) refuseUnlessAllowed(addition, situation, leave);
  const first: Write[] = [];
  const swaps: Write[] = [];
  for (const { rule } of wanted) {
    const old = table.rules.find(({ name }) => name === rule.name);
    if (old === undefined) {
      first.push(registering(stringOrThrow(rule)));
    } else if (sameRegistration(old, rule) && !renew) {
      first.push(commanding(rule.name, '1'));
    } else {
      const name = freeName(table, first.length);
      first.push(registering(stringOrThrow({ ...rule, name })));
      swaps.push(
        commanding(rule.name, '-1'),
        registering(stringOrThrow(rule)),
        commanding(name, '-1'),
      );
    }
  }
  const writes = [...first, ...swaps];
  const after = applyWrites(table, writes);
  return makePlan({
    purpose: `Register ${listed(wanted.map(({ rule }) => ruleInWords(rule)))}.`,
    writes,
    before: table,
    sources: sourcesOf(wanted),
    ...(swaps.length === 0 ? {} : { proveAfter: first.length }),
    ...programsThatMustRun(table, after, situation.runs),
    notes: notesOn(wanted, table),
  });
}

/** Without flag F nothing is opened now, so nothing has to be there, or to be brought near. */
function sourcesOf(wanted: readonly Addition[]): Record<string, Source> {
  const opened = wanted.filter(({ rule }) => rule.flags.includes('F'));
  return Object.fromEntries(opened.map(({ rule, source }) => [rule.interpreter, source]));
}

function isThere(table: BinfmtTable, rule: Rule): boolean {
  const old = table.rules.find(({ name }) => name === rule.name);
  return old !== undefined && old.enabled && sameRegistration(old, rule);
}

function freeName(table: BinfmtTable, number: number): string {
  let name = `xbuild-new-${number}`;
  while (table.rules.some((rule) => rule.name === name)) name += '-';
  return name;
}

function refuseUnlessAllowed(
  { rule, file }: Addition,
  { table, native }: Situation,
  { replace, force }: Leave,
): void {
  const old = table.rules.find(({ name }) => name === rule.name);
  if (old !== undefined && !sameRegistration(old, rule) && !replace) {
    throw refusal(
      `there is a rule ${lineOf(rule.name)} already, and it is another one`,
      'Replace it with --replace, or give the new rule another name.',
      [`there: ${ruleInWords(old)}`, `wanted: ${ruleInWords(rule)}`],
    );
  }
  if (force) return;
  refuseHijacker(rule, native);
  const fault =
    rule.flags.includes('F') && file !== undefined ? interpreterFault(file, native) : undefined;
  if (fault === undefined) return;
  throw refusal(
    `${lineOf(rule.interpreter)} cannot be the interpreter of a rule with flag F: ${escapeLine(fault)}`,
    'Take a static program for this CPU (Debian: qemu-user-static), or leave F away if no container is to use the rule.',
  );
}

/** Refuses a rule that takes what the machine itself runs: binfmt_misc is asked before ELF and `#!`. */
export function refuseHijacker(rule: Rule, native: readonly string[]): void {
  const taken = takenFromMachine(rule, native);
  if (taken.length === 0) return;
  throw refusal(
    `rule ${lineOf(rule.name)} would take ${listed(taken)}, which this machine runs itself: nothing could be started any more`,
    'Make magic and mask narrower. If you are sure, add --force: it is taken back at once when native programs no longer start.',
    [ruleInWords(rule)],
  );
}

/** Without flag F the kernel registers what is not there: it shows only when a file is run. */
function noteOnInterpreter({ rule, file }: Addition): string[] {
  if (file === undefined || rule.flags.includes('F')) return [];
  const fault = whyNotExecuted(file);
  if (fault === undefined) return [];
  return [
    `${lineOf(rule.interpreter)} ${fault} on that machine now: until that changes, what the rule takes does not start there.`,
  ];
}

function whyNotExecuted(file: FileFacts): string | undefined {
  if (canBeOpened(file)) return undefined;
  return file.errno === 'ok'
    ? 'is no file that may be executed'
    : `is not to be found (${escapeLine(file.errno)})`;
}

function notesOn(wanted: readonly Addition[], table: BinfmtTable): string[] {
  const notes = wanted.flatMap(noteOnInterpreter);
  if (!table.enabled) {
    notes.push('binfmt_misc is switched off: the rules count once it is on (xbuild binfmt on).');
  }
  if (wanted.some(({ rule }) => !rule.flags.includes('F'))) {
    notes.push(
      'Without flag F the interpreter is looked for by its path inside each container: they need it in their image.',
    );
  }
  if (wanted.some(({ rule }) => rule.flags.includes('C'))) {
    notes.push(
      'Flag C takes set-user-id bits from the program that is emulated (so that sudo works in builds), and implies O.',
    );
  }
  notes.push('It lasts until the kernel restarts; to make it last: xbuild binfmt persist.');
  return notes;
}
