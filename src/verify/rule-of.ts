import { findRule, parseRuleFile } from '../model/binfmt-rule.ts';
import { headFor, findArchitecture } from '../model/architecture.ts';
import { isKnown, type KernelFacts, type Known } from '../model/facts.ts';
import type { Platform } from '../model/platform.ts';

/** The engine's rule that takes programs of a platform; undefined where none does, or none is known. */
export function ruleOf(
  platform: Platform,
  kernel: Known<KernelFacts>,
): { name: string; flags: string } | undefined {
  const row = findArchitecture(platform.architecture);
  if (!isKnown(kernel) || row === undefined || kernel.binfmt.status === 'disabled')
    return undefined;
  const rules = kernel.binfmt.rules.flatMap((file) => {
    const reading = parseRuleFile(file);
    return 'rule' in reading && reading.rule !== undefined ? [reading.rule] : [];
  });
  const rule = findRule(rules, headFor(row), '/program');
  return rule === undefined || rule === 'unknown'
    ? undefined
    : { name: rule.name, flags: rule.flags };
}
