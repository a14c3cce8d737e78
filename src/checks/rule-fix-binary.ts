import type { Check } from '../model/preflight.ts';
import { aboutRules, complainOfAll, replaceRulesOf } from './scene.ts';
import type { Fault } from './scene.ts';
import { needsRule } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 150;

const id = 'rule-fix-binary';

export const check: Check = {
  id,
  title: 'The rules have flag F, so their interpreters work inside containers',
  run: (input) =>
    aboutRules(id, input, 'Every rule of a wanted platform has flag F.', (scene) =>
      complainOfAll(id, scene, scene.wanted.filter(needsRule).flatMap(faultOf), replaceRulesOf),
    ),
};

function faultOf(wanted: Wanted): Fault[] {
  const { rule } = wanted;
  if (rule === undefined || rule.flags.includes('F')) return [];
  const complaint = {
    message: `Rule ${rule.name} for ${wanted.name} has no flag F (fix binary).`,
    why: `Without F the kernel looks for ${rule.interpreter} inside each container, where images do not have it: "no such file or directory", though the program is there.`,
    evidence: [ruleLine(rule)],
  };
  return [{ wanted, complaint }];
}
