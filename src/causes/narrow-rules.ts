import { shown } from '../model/bytes-text.ts';
import { findArchitecture, headFor } from '../model/architecture.ts';
import { explainMismatch, matchRule, type Rule } from '../model/binfmt-rule.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { replaceFix } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { type Foreign, ofForeign, ruleLine } from './foreign.ts';
import { disabledRule, sentence } from './rules-off.ts';
import type { Scene } from './scene.ts';

/** The enabled rule for an architecture whose mask misses this one of its programs. */
export function narrowRule(
  { rules }: Scene,
  { head, hop, architecture }: Foreign,
): Rule | undefined {
  const row = findArchitecture(architecture);
  if (row === undefined) return undefined;
  const usual = [headFor(row), headFor(row, { type: 'dyn' })];
  return rules.find(
    (rule) =>
      rule.enabled &&
      matchRule(rule, head, hop.name) === false &&
      usual.some((made) => matchRule(rule, made, '/program') === true),
  );
}

const fields: Readonly<Record<number, string>> = {
  7: 'EI_OSABI',
  8: 'EI_ABIVERSION',
  16: 'e_type',
  17: 'e_type',
};

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}

function mismatchLine(rule: Rule, { head, hop }: Foreign): string {
  const mismatch = explainMismatch(rule, head, hop.name);
  if (mismatch === undefined || mismatch === 'unknown' || mismatch.field !== 'magic')
    return ruleLine(rule);
  const { at, wanted, found, mask } = mismatch;
  const field = fields[at] === undefined ? '' : ` (${fields[at]})`;
  return `byte ${at}${field} of the file is ${hex(found)}, rule ${shown(rule.name)} wants ${hex(wanted)} with mask ${hex(mask)}`;
}

export function tooNarrow(scene: Scene): CauseMatch | undefined {
  return ofForeign(scene, (foreign) => {
    if (scene.binfmt?.status === 'disabled') return undefined;
    const rule = narrowRule(scene, foreign);
    if (rule === undefined || disabledRule(scene, foreign) !== undefined) return undefined;
    return {
      message: `${sentence(foreign)}, and rule ${shown(rule.name)} is for such programs, yet its mask misses this one`,
      evidence: [mismatchLine(rule, foreign), ruleLine(rule)],
      fix: replaceFix(engineToFix(scene), [rule], [foreign.architecture]),
    };
  });
}
