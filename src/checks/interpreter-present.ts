import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { installFix, machineName, replaceFix } from './fixes.ts';
import { namedFile } from './interpreter-file.ts';
import { aboutRules, complain } from './scene.ts';
import type { Scene } from './scene.ts';
import { needsRule, ran } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 170;

const id = 'interpreter-present';

export const check: Check = {
  id,
  title: 'The interpreters that the rules name are there',
  run: (input) =>
    aboutRules(id, input, 'No interpreter of a wanted platform is known to be gone.', (scene) =>
      scene.wanted.filter(needsRule).flatMap((wanted) => judge(scene, wanted)),
    ),
};

function judge(scene: Scene, wanted: Wanted): Finding[] {
  const { rule, name: platform } = wanted;
  if (rule === undefined) return [];
  const found = namedFile(scene.kernel, rule);
  if (found === undefined) {
    if (ran(wanted)) return [];
    const message = `The interpreter ${rule.interpreter} of rule ${rule.name} was not looked at.`;
    return [{ id, status: 'unknown', platform, message }];
  }
  if (found.file.errno === 'ok') return [];
  const evidence = [ruleLine(rule), ...found.links, `${found.file.path}: ${found.file.errno}`];
  if (rule.flags.includes('F')) return [heldOpen(scene, wanted, evidence)];
  return [
    complain(id, scene, wanted, {
      message: `The interpreter of rule ${rule.name}, ${found.path}, is not there.`,
      why: 'A rule whose interpreter is missing takes programs and then fails them: "no such file or directory".',
      evidence,
      fix: replaceFix(scene.engine, [rule], [wanted.platform.architecture]),
    }),
  ];
}

/** With F the kernel keeps the file of the registration, whatever became of its name. */
function heldOpen(scene: Scene, wanted: Wanted, evidence: string[]): Finding {
  const interpreter = wanted.rule?.interpreter ?? '';
  const basics = { id, platform: wanted.name, evidence };
  if (ran(wanted)) {
    const message = `The interpreter ${interpreter} is not on ${machineName(scene.engine)}; flag F holds the file of its registration, and that one works.`;
    return { ...basics, status: 'pass', message };
  }
  return {
    ...basics,
    status: 'warn',
    message: `The interpreter ${interpreter} is gone from ${machineName(scene.engine)}; flag F still holds the file of its registration.`,
    why: 'It can be used until the kernel restarts or the rule is removed, and cannot be registered again from there.',
    fix: installFix(scene.engine, [wanted.platform.architecture]),
  };
}
