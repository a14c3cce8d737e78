import { listed } from '../model/sentence.ts';
import { headFor } from '../model/architecture.ts';
import { explainMismatch } from '../model/binfmt-rule.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { installFix } from '../model/rule-fixes.ts';
import { aboutRules, architecturesOf, complainOfAll } from './scene.ts';
import type { Fault, Scene } from './scene.ts';
import { needsRule } from './wanted.ts';
import type { Wanted } from './wanted.ts';

export const order = 100;

const id = 'rule-present';

/** Rules are compared by their bytes with a program's header; their names say nothing. */
export const check: Check = {
  id,
  title: 'A rule takes the programs of every wanted platform',
  run: (input) =>
    aboutRules(id, input, 'Every wanted platform that needs a rule has one.', (scene) => {
      const inNeed = scene.wanted.filter(needsRule);
      const faults = inNeed.flatMap((wanted) => faultOf(scene, wanted));
      return [
        ...inNeed.flatMap((wanted) => notKnown(scene, wanted)),
        ...complainOfAll(id, scene, faults, ({ engine }, faulty) =>
          installFix(engine, architecturesOf(faulty)),
        ),
      ];
    }),
};

function notKnown(scene: Scene, { name: platform, row, opaque }: Wanted): Finding[] {
  if (row === undefined) {
    const message = `xbuild does not know what programs for ${platform} look like.`;
    return [{ id, status: 'unknown', platform, message }];
  }
  if (!opaque) return [];
  const message = `A rule of a kind that xbuild does not know is asked first; whether it takes programs for ${platform} is not known.`;
  return [{ id, status: 'unknown', platform, message, evidence: names(scene) }];
}

function faultOf(scene: Scene, wanted: Wanted): Fault[] {
  if (wanted.row === undefined || wanted.opaque || wanted.takers.length > 0) return [];
  const complaint = {
    message: `No rule takes programs for ${wanted.name}.`,
    why: `${whyNotItself(scene, wanted.name)}, so each of them ends in "exec format error".`,
    evidence: [...names(scene), ...nearest(scene, wanted.row)],
  };
  return [{ wanted, complaint }];
}

/** 32-bit programs of the machine's own family are the kernel's choice, not only the CPU's. */
function whyNotItself({ engine }: Scene, platform: string): string {
  if (engine.architecture === 'amd64' && platform === 'linux/386')
    return 'The kernel does not run 32-bit programs itself (built without CONFIG_IA32_EMULATION, or switched off by ia32_emulation=0 or its hypervisor)';
  if (engine.architecture === 'arm64' && platform.startsWith('linux/arm/'))
    return 'The kernel does not run 32-bit programs itself (the CPU has no AArch32, or CONFIG_COMPAT is off)';
  return 'The CPU cannot run such programs itself';
}

function names({ rules, unreadable }: Scene): string[] {
  const there = rules.length === 0 ? 'none' : listed(rules.map(({ name }) => name));
  const note = unreadable.length === 0 ? [] : [`not readable as rules: ${listed(unreadable)}`];
  return [`rules there: ${there}`, ...note];
}

/** Where the rule that agrees with the header longest first differs from it. */
function nearest({ rules }: Scene, row: NonNullable<Wanted['row']>): string[] {
  let best: { rule: Rule; at: number; line: string } | undefined;
  for (const rule of rules) {
    const mismatch = explainMismatch(rule, headFor(row), '/program');
    if (mismatch === undefined || mismatch === 'unknown' || mismatch.field !== 'magic') continue;
    const { at, wanted, found, mask } = mismatch;
    if (best !== undefined && best.at >= at) continue;
    const line = `nearest rule ${rule.name}: byte ${at} of the header is ${hex(found)}, the rule wants ${hex(wanted)} (mask ${hex(mask)})`;
    best = { rule, at, line };
  }
  return best === undefined ? [] : [best.line];
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
