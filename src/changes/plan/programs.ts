import { findArchitecture, headFor, type Architecture } from '../../model/architecture.ts';
import { findRule, matchRule, type Rule } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { bytesOfString } from '../../model/bytes.ts';
import type { RunFacts } from '../../model/facts.ts';
import type { Plan } from './plan.ts';
import { sameRegistration } from './register-string.ts';

/** A name without a dot, so that no extension rule takes it. */
const NAME = '/program';

/** The architecture of one of the probe's programs: `arm` of `arm-v7`. */
export function architectureOfProgram(program: string): string {
  return program.replace(/-v\d$/, '');
}

/** The probe's programs for an architecture, in Docker's words. */
export function programsFor(architecture: string, runs: readonly RunFacts[]): string[] {
  return runs
    .map(({ program }) => program)
    .filter((program) => architectureOfProgram(program) === architecture);
}

function headsOf(row: Architecture): Uint8Array[] {
  return [0, 3].flatMap((osabi) => [
    headFor(row, { osabi }),
    headFor(row, { osabi, type: 'dyn' as const }),
  ]);
}

/** Whether a rule, on or off, takes ordinary programs of an architecture. */
export function takesArchitecture(rule: Rule, architecture: string): boolean {
  const row = findArchitecture(architecture);
  return row !== undefined && headsOf(row).some((head) => matchRule(rule, head, NAME) === true);
}

/** What the machine itself runs that a rule would take away: architectures, and `#! scripts`. */
export function takenFromMachine(rule: Rule, native: readonly string[]): string[] {
  const taken = native
    .filter((name) => takesArchitecture(rule, name))
    .map((name) => `${name} programs`);
  const script = bytesOfString('#!/bin/sh\n');
  return matchRule(rule, script, NAME) === true ? [...taken, '#! scripts'] : taken;
}

/** The architectures that run without a rule: as the probe saw them, and the machine's own. */
export function nativeArchitectures(own: string, runs: readonly RunFacts[]): string[] {
  const seen = runs
    .filter(({ outcome, emulator }) => outcome === 'ran' && emulator === undefined)
    .map(({ program }) => architectureOfProgram(program));
  return [...new Set([own, ...seen])];
}

function takerOf(table: BinfmtTable, program: string): Rule | 'unknown' | undefined {
  const row = findArchitecture(architectureOfProgram(program));
  if (row === undefined || !table.enabled) return undefined;
  return findRule(table.rules, headFor(row), NAME);
}

/**
 * The probe's programs that have to run once a table has become another one: those that ran before
 * and whose rule is the same, and those that another rule takes now.
 */
export function programsThatMustRun(
  before: BinfmtTable,
  after: BinfmtTable,
  runs: readonly RunFacts[],
): Pick<Plan, 'mustRun' | 'gained'> {
  const gained: string[] = [];
  const mustRun = runs
    .filter(({ program, outcome, emulator }) => {
      const then = takerOf(before, program);
      const now = takerOf(after, program);
      if (now !== undefined && !sameTaker(then, now)) gained.push(program);
      if (now === undefined)
        return outcome === 'ran' && (then === undefined || emulator === undefined);
      return sameTaker(then, now) ? outcome === 'ran' : true;
    })
    .map(({ program }) => program);
  return { mustRun, gained };
}

function sameTaker(one: Rule | 'unknown' | undefined, other: Rule | 'unknown'): boolean {
  if (one === undefined || typeof one === 'string' || typeof other === 'string')
    return one === other;
  return sameRegistration(one, other);
}

/** The rules, on or off, that take what the machine itself runs. */
export function nativeTakers(rules: readonly Rule[], native: readonly string[]): Rule[] {
  return rules.filter((rule) => takenFromMachine(rule, native).length > 0);
}
