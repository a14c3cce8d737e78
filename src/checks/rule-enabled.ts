import { listed } from '../model/sentence.ts';
import type { Check } from '../model/preflight.ts';
import { commandRuleFile, placeOfRoot } from '../model/rule-fixes.ts';
import { aboutRules, complain } from './scene.ts';
import { needsRule } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 110;

const id = 'rule-enabled';

export const check: Check = {
  id,
  title: 'The rules of the wanted platforms are switched on',
  run: (input) =>
    aboutRules(id, input, 'No rule that a wanted platform needs is switched off.', (scene) =>
      scene.wanted
        .filter((wanted) => needsRule(wanted) && wanted.takers.length > 0)
        .filter((wanted) => wanted.rule === undefined && !wanted.opaque)
        .map((wanted) => {
          const [first] = wanted.takers;
          return complain(id, scene, wanted, {
            message: `The only rules for ${wanted.name} are switched off: ${listed(wanted.takers.map(({ name }) => name))}.`,
            why: 'The kernel passes over a rule that is off, so such programs end in "exec format error".',
            evidence: wanted.takers.map(ruleLine),
            fix: {
              text: `Switch the rule on.${placeOfRoot(scene.engine)}`,
              commands: [commandRuleFile(scene.engine, first?.name ?? '', '1')],
            },
          });
        }),
    ),
};
