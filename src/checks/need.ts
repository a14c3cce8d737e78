import { listed } from '../model/sentence.ts';
import type { Finding } from '../model/finding.ts';
import { architecturesOf } from './scene.ts';
import type { Complaint, Scene } from './scene.ts';
import { needsRule, ran } from './wanted.ts';

/** Architectures of the platforms that need an emulator and did not run, each once. */
export function architecturesInNeed(scene: Scene): string[] {
  return architecturesOf(
    scene.wanted.filter((wanted) => needsRule(wanted) && !ran(wanted) && wanted.row !== undefined),
  );
}

/**
 * Something that all emulation needs is missing: a failure where the user named a platform that
 * did not run for want of it, a warning where none was named, and nothing wrong (`unneeded`) else.
 */
export function need(id: string, scene: Scene, unneeded: string, complaint: Complaint): Finding[] {
  const inNeed = scene.wanted.filter(needsRule);
  if (inNeed.length === 0) {
    return [{ id, status: 'pass', message: unneeded, evidence: complaint.evidence }];
  }
  const stopped = inNeed.filter((wanted) => !ran(wanted)).map(({ name }) => name);
  const evidence = [
    ...complaint.evidence,
    stopped.length === 0
      ? 'yet the programs of the wanted platforms ran'
      : `did not run: ${listed(stopped)}`,
  ];
  const status = scene.named && stopped.length > 0 ? 'fail' : 'warn';
  return [{ id, status, ...complaint, evidence }];
}
