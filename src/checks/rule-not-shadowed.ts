import { listed } from '../model/sentence.ts';
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { commandRuleFile, placeOfRoot } from '../model/rule-fixes.ts';
import { aboutRules, complain } from './scene.ts';
import type { Scene } from './scene.ts';
import { needsRule, ran } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 120;

const id = 'rule-not-shadowed';

/** Two rules for the same programs are no fault while the one that is asked first works. */
export const check: Check = {
  id,
  title: 'No rule is kept from its work by another one',
  run: (input) =>
    aboutRules(id, input, 'No wanted platform is kept from a rule by another rule.', (scene) =>
      scene.wanted
        .filter((wanted) => needsRule(wanted) && !ran(wanted))
        .flatMap((wanted) => judge(scene, wanted)),
    ),
};

function judge(scene: Scene, wanted: Wanted): Finding[] {
  const { rule } = wanted;
  const others = wanted.takers.filter((taker) => taker.enabled && taker !== rule);
  // The probe's program says whether the first one works; without it nothing is known to be wrong.
  if (rule === undefined || others.length === 0 || wanted.run === undefined) return [];
  const names = others.map(({ name }) => name);
  return [
    complain(id, scene, wanted, {
      message: `Rule ${rule.name} takes the programs for ${wanted.name} and does not run them; ${listed(names)} would take them too, but the kernel never gets that far.`,
      why: 'The newest rule is asked first, and the first that matches decides: there is no second try.',
      evidence: wanted.takers.map(ruleLine),
      fix: {
        text: `Switch ${rule.name} off, so that the next one is asked.${placeOfRoot(scene.engine)}`,
        commands: [commandRuleFile(scene.engine, rule.name, '0')],
      },
    }),
  ];
}
