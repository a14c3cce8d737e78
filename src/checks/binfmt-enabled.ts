import type { Check } from '../model/preflight.ts';
import { commandRuleFile, placeOfRoot, RULES } from '../model/rule-fixes.ts';
import { need } from './need.ts';
import { aboutRules } from './scene.ts';
import type { Scene } from './scene.ts';

export const order = 90;

const id = 'binfmt-enabled';

export const check: Check = {
  id,
  title: 'binfmt_misc is switched on',
  run: (input) => aboutRules(id, input, 'binfmt_misc is switched on.', look),
};

function look(scene: Scene): ReturnType<Check['run']> {
  const { status } = scene.kernel.binfmt;
  if (status === 'enabled') return [];
  if (status === null) {
    const message = `The switch ${RULES}/status could not be read.`;
    return [{ id, status: 'unknown', message }];
  }
  return need(id, scene, 'binfmt_misc is switched off; no wanted platform needs it.', {
    message: 'binfmt_misc is switched off as a whole.',
    why: 'While it is off no rule is asked, however good it is.',
    evidence: [`${RULES}/status: disabled`],
    fix: {
      text: `Switch it on.${placeOfRoot(scene.engine)}`,
      commands: [commandRuleFile(scene.engine, 'status', '1')],
    },
  });
}
