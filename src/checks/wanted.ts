import { findArchitecture, headFor, magicAndMask } from '../model/architecture.ts';
import type { Architecture } from '../model/architecture.ts';
import { findRule, matchRule } from '../model/binfmt-rule.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import type { KernelFacts, RunFacts } from '../model/facts.ts';
import { formatPlatform, programOf } from '../model/platform.ts';
import type { Platform } from '../model/platform.ts';

/** A made-up program of an architecture, and what is special about it. */
export interface Sample {
  /** As a noun: `position-independent programs (ET_DYN)`. */
  name: string;
  head: Uint8Array;
}

/** A platform that is asked about, with what the probe and the rules say of its programs. */
export interface Wanted {
  platform: Platform;
  /** `linux/arm/v7`. */
  name: string;
  row?: Architecture;
  /** Whether it is the engine's own architecture, whatever the variant. */
  own: boolean;
  run?: RunFacts;
  /** Every rule that takes some programs of it, in match order, disabled ones too. */
  takers: Rule[];
  /** The enabled rule that is asked first and takes them. */
  rule?: Rule;
  /** A rule of a kind that xbuild does not know is asked before any that takes them. */
  opaque: boolean;
}

/** What extension rules compare: a name without a dot, so that none of them takes it. */
const programName = '/program';

/**
 * Made-up programs that a rule for the architecture ought to take: ET_EXEC, ET_DYN, and the
 * OS ABI and ABI versions that qemu's own rule for it takes too.
 */
export function samplesFor(row: Architecture): Sample[] {
  const laterAbi = headFor(row);
  laterAbi[8] = 1;
  const samples = [
    { name: 'programs at a fixed address (ET_EXEC)', head: headFor(row) },
    { name: 'position-independent programs (ET_DYN)', head: headFor(row, { type: 'dyn' }) },
    { name: 'programs marked GNU/Linux (EI_OSABI 3)', head: headFor(row, { osabi: 3 }) },
    { name: 'programs of ABI version 1 (EI_ABIVERSION)', head: laterAbi },
  ];
  const { magic, mask } = magicAndMask(row);
  return samples.filter(({ head }) =>
    magic.every((byte, at) => (((head[at] ?? 0) ^ byte) & (mask[at] ?? 0xff)) === 0),
  );
}

/** The enabled rule that takes such a program; `unknown` where a rule of an unknown kind is first. */
export function takerOf(rules: readonly Rule[], head: Uint8Array): Rule | 'unknown' | undefined {
  return findRule(rules, head, programName);
}

/** Whether the rule, enabled or not, takes programs of any kind that qemu's own rule takes. */
export function takes(rule: Rule, row: Architecture): boolean {
  return samplesFor(row).some(({ head }) => matchRule(rule, head, programName) === true);
}

/** The taker of the first kind of program that has one: ordinary programs come first. */
function firstTaker(rules: readonly Rule[], row: Architecture): Rule | 'unknown' | undefined {
  for (const { head } of samplesFor(row)) {
    const found = takerOf(rules, head);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Joins a platform with the probe's run of its program and with the rules that take it. */
export function wantedOf(
  platform: Platform,
  facts: { kernel?: KernelFacts; rules?: readonly Rule[]; own: string },
): Wanted {
  const program = programOf(platform);
  const run = facts.kernel?.runs.find((one) => one.program === program && program !== undefined);
  const own = platform.os === 'linux' && platform.architecture === facts.own;
  const basics = { platform, name: formatPlatform(platform), own, ...(run && { run }) };
  const row = platform.os === 'linux' ? findArchitecture(platform.architecture) : undefined;
  if (row === undefined) return { ...basics, takers: [], opaque: false };
  const rules = facts.rules ?? [];
  const found = firstTaker(rules, row);
  return {
    ...basics,
    row,
    takers: rules.filter((rule) => takes(rule, row)),
    ...(found !== undefined && found !== 'unknown' && { rule: found }),
    opaque: found === 'unknown',
  };
}

/** Whether the probe's program of that platform was really executed. */
export function ran(wanted: Wanted): boolean {
  return wanted.run?.outcome === 'ran';
}

/** Whether its programs need an emulator: not the engine's own, and not run natively. */
export function needsRule(wanted: Wanted): boolean {
  if (wanted.platform.os !== 'linux' || wanted.own) return false;
  return !ran(wanted) || wanted.run?.emulator !== undefined;
}
