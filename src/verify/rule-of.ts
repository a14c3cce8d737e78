import type { Engine } from '../io/engine.ts';
import { findArchitecture, headFor } from '../model/architecture.ts';
import { findRule, parseRuleFile } from '../model/binfmt-rule.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown, type KernelFacts, type Known } from '../model/facts.ts';
import type { Inventory } from '../model/inventory.ts';
import { programOf, type Platform } from '../model/platform.ts';
import { probeKernel } from '../probe/probe.ts';
import type { Look } from './look-inside.ts';

/** A rule of binfmt_misc, as far as an image is judged by it. */
export interface PlatformRule {
  name: string;
  flags: string;
}

/** The engine's rule that takes programs of a platform; undefined where none does, or none is known. */
export function ruleOf(platform: Platform, kernel: Known<KernelFacts>): PlatformRule | undefined {
  const row = findArchitecture(platform.architecture);
  if (!isKnown(kernel) || row === undefined || kernel.binfmt.status === 'disabled')
    return undefined;
  const rules = kernel.binfmt.rules.flatMap((file) => {
    const reading = parseRuleFile(file);
    return 'rule' in reading && reading.rule !== undefined ? [reading.rule] : [];
  });
  const rule = findRule(rules, headFor(row), '/program');
  if (rule === undefined || rule === 'unknown') return undefined;
  return { name: rule.name, flags: rule.flags };
}

function hasSetUid({ files }: Inventory): boolean {
  return files.some(({ mode = 0, links }) => links !== undefined && (mode & 0o6000) !== 0);
}

/** Whether it matters how the engine's rule for an image is registered. */
export function needsRule({ inside, inventory }: Look): boolean {
  if (inventory === undefined || !isKnown(inventory) || !isKnown(inside)) return false;
  const { guest } = inside;
  const isEmulated = guest !== null && isKnown(guest) && guest.emulator !== undefined;
  return isEmulated && hasSetUid(inventory);
}

/** Reads the engine's rules, where a command has not done so before. */
export async function readRules(
  engine: Engine,
  request: { architecture: string; platform: Platform; signal: AbortSignal },
): Promise<Known<KernelFacts>> {
  const program = programOf(request.platform);
  const programs = program === undefined ? [] : [program];
  try {
    return await probeKernel(engine.docker, { ...request, programs });
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code !== 'probe-failed') throw error;
    return { unknown: error.message };
  }
}
