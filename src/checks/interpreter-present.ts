import type { Rule } from '../model/binfmt-rule.ts';
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { installFix, machineName } from '../model/rule-fixes.ts';
import { namedFile } from './interpreter-file.ts';
import type { InterpreterFile } from './interpreter-file.ts';
import { aboutRules, complainOfAll, replaceRulesOf } from './scene.ts';
import type { Fault, Scene } from './scene.ts';
import { needsRule, ran } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 170;

const id = 'interpreter-present';

export const check: Check = {
  id,
  title: 'The interpreters that the rules name are there',
  run: (input) =>
    aboutRules(id, input, 'No interpreter of a wanted platform is known to be gone.', (scene) => {
      const inNeed = scene.wanted.filter(needsRule);
      const faults = inNeed.flatMap((wanted) => faultOf(scene, wanted));
      return [
        ...inNeed.flatMap((wanted) => notKnown(scene, wanted)),
        ...inNeed.flatMap((wanted) => heldOpen(scene, wanted)),
        ...complainOfAll(id, scene, faults, replaceRulesOf),
      ];
    }),
};

function notKnown({ kernel }: Scene, wanted: Wanted): Finding[] {
  const { rule, name: platform } = wanted;
  if (rule === undefined || ran(wanted) || namedFile(kernel, rule) !== undefined) return [];
  const message = `The interpreter ${rule.interpreter} of rule ${rule.name} was not looked at.`;
  return [{ id, status: 'unknown', platform, message }];
}

/** The file that the rule names, where it cannot be found. */
function missingFile({ kernel }: Scene, { rule }: Wanted): InterpreterFile | undefined {
  const found = rule && namedFile(kernel, rule);
  return found?.file.errno === 'ok' ? undefined : found;
}

function evidenceOf(rule: Rule, { links, file }: InterpreterFile): string[] {
  return [ruleLine(rule), ...links, `${file.path}: ${file.errno}`];
}

function faultOf(scene: Scene, wanted: Wanted): Fault[] {
  const { rule } = wanted;
  const missing = missingFile(scene, wanted);
  if (rule === undefined || missing === undefined || rule.flags.includes('F')) return [];
  const complaint = {
    message: `The interpreter of rule ${rule.name}, ${missing.path}, is not there.`,
    why: 'A rule whose interpreter is missing takes programs and then fails them: "no such file or directory".',
    evidence: evidenceOf(rule, missing),
  };
  return [{ wanted, complaint }];
}

/** With F the kernel keeps the file of the registration, whatever became of its name. */
function heldOpen(scene: Scene, wanted: Wanted): Finding[] {
  const { rule } = wanted;
  const missing = missingFile(scene, wanted);
  if (rule === undefined || missing === undefined || !rule.flags.includes('F')) return [];
  const basics = { id, platform: wanted.name, evidence: evidenceOf(rule, missing) };
  const place = machineName(scene.engine);
  if (ran(wanted)) {
    const message = `The interpreter ${missing.path} is not on ${place}; flag F holds the file of its registration, and that one works.`;
    return [{ ...basics, status: 'pass', message }];
  }
  return [
    {
      ...basics,
      status: 'warn',
      message: `The interpreter ${missing.path} is gone from ${place}; flag F still holds the file of its registration.`,
      why: 'It can be used until the kernel restarts or the rule is removed, and cannot be registered again from there.',
      fix: installFix(scene.engine, [wanted.platform.architecture]),
    },
  ];
}
