import { shown } from '../model/bytes-text.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import type { CauseMatch, EngineSummary } from '../model/diagnosis.ts';
import { installFix } from '../model/rule-fixes.ts';
import { rulesOfFiles } from '../model/rules-of-files.ts';
import { engineToFix } from './engine-fix.ts';
import { type Foreign, ofForeign, ruleLine, rulesLine } from './foreign.ts';
import { narrowRule } from './narrow-rules.ts';
import { disabledRule, isMounted, sentence } from './rules-off.ts';
import { type Scene, wouldTake } from './scene.ts';

/** The rule of the machine itself that would take a program, where its table is not the engine's. */
export function machineRule({ facts }: Scene, { head, hop }: Foreign): Rule | undefined {
  const own = facts.client?.binfmt;
  if (own === undefined || own.status === 'disabled') return undefined;
  return wouldTake(rulesOfFiles(own.rules), head, hop.name);
}

/** Whether the engine's own table explains it: a rule there is off, or misses this file. */
function hasRule(scene: Scene, foreign: Foreign): boolean {
  return (
    wouldTake(scene.rules, foreign.head, foreign.hop.name) !== undefined ||
    disabledRule(scene, foreign) !== undefined ||
    narrowRule(scene, foreign) !== undefined
  );
}

function namespaceLines(engine: EngineSummary | undefined): string[] {
  if (engine?.rootless === true) return ['the engine is rootless'];
  return engine?.usernsRemap === true ? ['the engine maps users (userns-remap)'] : [];
}

export function inNamespace(scene: Scene): CauseMatch | undefined {
  const { engine, client } = scene.facts;
  const isNamespaced = namespaceLines(engine);
  return ofForeign(scene, (foreign) => {
    if (!isMounted(scene) || hasRule(scene, foreign)) return undefined;
    const fix = installFix(engineToFix(scene), [foreign.architecture]);
    const own = machineRule(scene, foreign);
    if (own !== undefined) {
      return {
        message: `${sentence(foreign)}, and rule ${shown(own.name)} of this machine does not count in the engine, whose user namespace has a table of its own`,
        evidence: [
          ...isNamespaced,
          rulesLine(scene),
          `on this machine, whose kernel is the same: ${ruleLine(own)}`,
        ],
        fix,
      };
    }
    // Where the machine's own rules were read, none of them takes it.
    if (isNamespaced.length === 0 || client?.binfmt !== undefined) return undefined;
    return {
      confidence: 'possible',
      message: `${sentence(foreign)}, and the engine runs in a user namespace, which may have rules of its own`,
      evidence: [...isNamespaced, rulesLine(scene)],
      fix,
    };
  });
}
