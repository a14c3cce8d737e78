import type { Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { rulesFor, type Scene, takerOf } from './scene.ts';
import { nameOf } from './words.ts';

interface Held {
  rule: Rule;
  errno: string | undefined;
  subject: string;
  architectures: string[];
}

/** A walk that ends at an interpreter that only the kernel still has, and the probe's run of it. */
export function heldOf(scene: Scene): Held | undefined {
  const { facts, rules } = scene;
  const program = facts.traces.find(
    ({ trace }) => trace?.end.ok === 'unknown' && trace.end.what === 'held',
  );
  const taker = takerOf(scene, program?.trace?.hops ?? []);
  if (program === undefined || taker === undefined || 'unknown' in facts.kernel || !scene.failed)
    return undefined;
  const run = facts.kernel.runs.find(
    ({ head }) => rulesFor(scene, bytesOfBase64(head), '/program')[0] === taker.rule,
  );
  const { architecture } = taker.hop;
  return {
    rule: rules.find(({ name }) => name === taker.rule.name) ?? taker.rule,
    errno: run?.outcome === 'errno' ? run.errno : undefined,
    subject: nameOf(program),
    architectures: architecture === undefined ? [] : [architecture],
  };
}
