import { shown } from '../model/bytes-text.ts';
import { matchRule, type Rule } from '../model/binfmt-rule.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { commandRuleFile, mountFix, RULES } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, subjectOf } from './entry.ts';
import { type Foreign, ofForeign, ruleLine, rulesLine } from './foreign.ts';
import { type Scene, signsOf, wouldTake } from './scene.ts';
import { withArticle } from './words.ts';

/** What is so of a program that wants a rule. */
export function sentence({ failure, hop, architecture }: Foreign): string {
  const program = subjectOf(failure);
  const own = hop.name === failure.hops[0]?.name;
  const who = own ? program : `${program} is started by ${shown(hop.name)}, which`;
  return `${who} is ${withArticle(architecture)} program`;
}

/** The disabled rule that would take a program. */
export function disabledRule({ rules }: Scene, { head, hop }: Foreign): Rule | undefined {
  return rules.find((rule) => !rule.enabled && matchRule(rule, head, hop.name) === true);
}

export function isMounted({ binfmt }: Scene): boolean {
  return binfmt === undefined || binfmt.mount === 'binfmt_misc';
}

export function ruleDisabled(scene: Scene): CauseMatch | undefined {
  return ofForeign(scene, (foreign) => {
    const rule = disabledRule(scene, foreign);
    if (rule === undefined || !isMounted(scene)) return undefined;
    return {
      message: `${sentence(foreign)}, and rule ${shown(rule.name)}, which would take it, is disabled`,
      evidence: [ruleLine(rule)],
      fix: advice('Enable the rule.', [commandRuleFile(engineToFix(scene), rule.name, '1')]),
    };
  });
}

export function binfmtDisabled(scene: Scene): CauseMatch | undefined {
  if (scene.binfmt?.status !== 'disabled') return undefined;
  return ofForeign(scene, (foreign) => {
    const rule = wouldTake(scene.rules, foreign.head, foreign.hop.name);
    return {
      message: `${sentence(foreign)}, and binfmt_misc as a whole is switched off`,
      evidence: [
        `${RULES}/status: disabled`,
        rule === undefined ? rulesLine(scene) : ruleLine(rule),
      ],
      fix: advice('Switch it on.', [commandRuleFile(engineToFix(scene), 'status', '1')]),
      ...(rule === undefined ? { confidence: 'likely' as const } : {}),
    };
  });
}

const mounts: Readonly<Record<string, string>> = {
  autofs: "systemd's automount is there, and nothing has triggered it",
  nothing: 'the folder is there, and nothing is mounted on it',
  absent: 'the kernel has no such folder: the module is not loaded',
};

function mountSteps({ binfmt }: Scene): string[] {
  if (binfmt?.mount === 'autofs') return [`ls ${RULES}`];
  const mount = `mount -t binfmt_misc binfmt_misc ${RULES}`;
  return binfmt?.knownToKernel === false ? ['modprobe binfmt_misc', mount] : [mount];
}

export function notMounted(scene: Scene): CauseMatch | undefined {
  const { binfmt } = scene;
  if (binfmt !== undefined && binfmt.mount !== 'binfmt_misc') {
    return ofForeign(scene, (foreign) => ({
      message: `${sentence(foreign)}, and the kernel's rules are out of reach: binfmt_misc is not mounted`,
      evidence: [`${RULES}: ${mounts[binfmt.mount] ?? binfmt.mount}`],
      fix: mountFix(engineToFix(scene), mountSteps(scene), [foreign.architecture]),
    }));
  }
  const [sign] = signsOf(scene, 'binfmt-not-mounted');
  if (sign === undefined || binfmt !== undefined) return undefined;
  return {
    confidence: 'possible',
    message: 'binfmt_misc is not mounted where the rules were to be written',
    evidence: [sign.line],
    fix: mountFix(engineToFix(scene), mountSteps(scene), []),
  };
}
