import { parseRuleFile, type Rule } from './binfmt-rule.ts';
import type { RuleFile } from './facts.ts';

/** The rules that a table's files stand for; what no reading makes a rule of is left out. */
export function rulesOfFiles(files: readonly RuleFile[]): Rule[] {
  return files.flatMap((file): Rule[] => {
    const reading = parseRuleFile(file);
    if ('rule' in reading) return [reading.rule];
    return 'ambiguous' in reading ? reading.ambiguous.slice(0, 1) : [];
  });
}
