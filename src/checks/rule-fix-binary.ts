import type { Check } from '../model/preflight.ts';
import { replaceFix } from './fixes.ts';
import { aboutRules, complain } from './scene.ts';
import { needsRule } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 150;

const id = 'rule-fix-binary';

export const check: Check = {
  id,
  title: 'The rules have flag F, so their interpreters work inside containers',
  run: (input) =>
    aboutRules(id, input, 'Every rule of a wanted platform has flag F.', (scene) =>
      scene.wanted.filter(needsRule).flatMap((wanted) => {
        const { rule } = wanted;
        if (rule === undefined || rule.flags.includes('F')) return [];
        return [
          complain(id, scene, wanted, {
            message: `Rule ${rule.name} for ${wanted.name} has no flag F (fix binary).`,
            why: `Without F the kernel looks for ${rule.interpreter} inside each container, where images do not have it: "no such file or directory", though the program is there.`,
            evidence: [ruleLine(rule)],
            fix: replaceFix(scene.engine, [rule], [wanted.platform.architecture]),
          }),
        ];
      }),
    ),
};
