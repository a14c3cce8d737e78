import { listed } from '../model/sentence.ts';
import type { Check } from '../model/preflight.ts';
import { aboutReplaceable } from './scene.ts';
import type { Fault, Scene } from './scene.ts';
import { samplesFor, takerOf } from './wanted.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 140;

const id = 'rule-not-too-narrow';

/** The measure is qemu's own rule for the architecture: what that one takes ought to be taken. */
export const check: Check = {
  id,
  title: 'The rules take every kind of program of their platform',
  run: (input) =>
    aboutReplaceable(
      id,
      input,
      'No rule of a wanted platform passes over some of its programs.',
      faultOf,
    ),
};

function faultOf(scene: Scene, wanted: Wanted): Fault[] {
  const { rule, row } = wanted;
  if (rule === undefined || row === undefined) return [];
  const missed = samplesFor(row).filter(({ head }) => takerOf(scene.rules, head) === undefined);
  if (missed.length === 0) return [];
  const complaint = {
    message: `The rules for ${wanted.name} pass over ${listed(missed.map(({ name }) => name))}.`,
    why: 'Most programs of today are position-independent, and static ones are often marked GNU/Linux: those that the rule does not take end in "exec format error".',
    evidence: [
      ruleLine(rule),
      ...(rule.type === 'magic' ? [`magic ${rule.magic}`, `mask ${rule.mask ?? 'none'}`] : []),
    ],
  };
  return [{ wanted, complaint }];
}
