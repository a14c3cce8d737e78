import { listed } from '../model/sentence.ts';
import { architectures, findArchitecture, headFor } from '../model/architecture.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { commandRuleFile, placeOfRoot, replaceFix } from '../model/rule-fixes.ts';
import { aboutRules, complain } from './scene.ts';
import type { Scene } from './scene.ts';
import { needsRule, ran, takerOf, takes } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 130;

const id = 'rule-not-too-wide';

export const check: Check = {
  id,
  title: 'No rule takes programs that are not for it',
  run: (input) =>
    aboutRules(id, input, 'No rule takes native programs, or those of several CPUs.', (scene) => {
      const hijacker = takerOfNative(scene);
      if (hijacker !== undefined) return [takesNative(scene, hijacker)];
      return scene.wanted.filter(needsRule).flatMap((wanted) => takesSeveral(scene, wanted));
    }),
};

/** The rule that takes programs of the engine's own architecture. */
function takerOfNative({ engine, rules }: Scene): Rule | undefined {
  const own = findArchitecture(engine.architecture);
  if (own === undefined) return undefined;
  const heads = [headFor(own), headFor(own, { type: 'dyn' })];
  const takers = heads.map((head) => takerOf(rules, head));
  return takers.find((taker): taker is Rule => taker !== undefined && taker !== 'unknown');
}

function takesNative(scene: Scene, rule: Rule): Finding {
  const own = scene.engine.architecture;
  const stopped = scene.wanted.filter((wanted) => !ran(wanted)).map(({ name }) => name);
  const errno = rule.flags.includes('O') ? 'ENOEXEC' : 'ELOOP';
  return {
    id,
    status: scene.named && stopped.length > 0 ? 'fail' : 'warn',
    message: `Rule ${rule.name} takes ${own} programs, which are native to the engine.`,
    why: `binfmt_misc is asked before the kernel's own loader: every program of the machine goes through ${rule.interpreter}, and an interpreter that is itself such a program cannot start (${errno}).`,
    evidence: [
      ruleLine(rule),
      ...(stopped.length === 0
        ? ['yet the programs of the wanted platforms ran']
        : [`did not run: ${listed(stopped)}`]),
    ],
    fix: {
      text: `Switch the rule off.${placeOfRoot(scene.engine)}`,
      commands: [commandRuleFile(scene.engine, rule.name, '0')],
    },
  };
}

/** Names of the CPUs whose programs a rule takes; ABIs of one CPU count once. */
function cpusOf(rule: Rule): string[] {
  const byIdentity = new Map<string, string>();
  for (const row of architectures) {
    const identity = `${row.class} ${row.endian} ${row.machine}`;
    if (!byIdentity.has(identity) && takes(rule, row)) byIdentity.set(identity, row.name);
  }
  return [...byIdentity.values()];
}

function takesSeveral(scene: Scene, wanted: Wanted): Finding[] {
  const { rule } = wanted;
  if (rule === undefined) return [];
  const cpus = cpusOf(rule);
  if (cpus.length < 2) return [];
  return [
    complain(id, scene, wanted, {
      message: `Rule ${rule.name}, which takes the programs for ${wanted.name}, takes those of other CPUs too: ${listed(cpus)}.`,
      why: `${rule.interpreter} emulates one CPU; what the rule takes of the others cannot run.`,
      evidence: [ruleLine(rule), pattern(rule)],
      fix: replaceFix(scene.engine, [rule], [wanted.platform.architecture]),
    }),
  ];
}

function pattern(rule: Rule): string {
  if (rule.type !== 'magic') return `kind: ${rule.type}`;
  return `offset ${rule.offset}, magic ${rule.magic}, mask ${rule.mask ?? 'none: every bit counts'}`;
}
