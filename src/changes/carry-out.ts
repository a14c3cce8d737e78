import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { tableOf, type Plan } from './plan/plan.ts';
import type { Write } from './plan/write.ts';
import type { Attempt, Outcome, Proof } from './outcome.ts';
import type { Place, Written } from './place.ts';
import { prove } from './prove.ts';
import { undo } from './undo.ts';

/**
 * Carries a plan out: writes, reads the table back, runs what has to run, and brings the former
 * state back where anything of that is not as planned.
 *
 * Not stopped by a signal half way: what is begun is finished, or undone.
 */
export async function carryOut(plan: Plan, place: Place, signal?: AbortSignal): Promise<Outcome> {
  if (signal?.aborted === true)
    throw new XbuildError('interrupted', 'interrupted', 'Run it again.');
  const split = plan.proveAfter ?? plan.writes.length;
  const attempts: Attempt[] = [];
  const proofs: Proof[] = [];
  for (const writes of [plan.writes.slice(0, split), plan.writes.slice(split)]) {
    if (writes.length === 0) continue;
    const last = attempts.length + writes.length === plan.writes.length;
    const reason =
      (await tryStage({ plan, place, writes, last, attempts, proofs })) ?? interrupted(signal);
    if (reason !== undefined) return { attempts, proofs, reason, ...(await undo(plan, place)) };
  }
  const after = tableOf((await place.read([])).binfmt);
  return { result: 'applied', attempts, proofs, undo: [], remains: [], after };
}

interface Stage {
  plan: Plan;
  place: Place;
  writes: readonly Write[];
  /** The table is the plan's afterwards. */
  last: boolean;
  /** What is filled in. */
  attempts: Attempt[];
  proofs: Proof[];
}

/** Writes and looks; returns why it did not work, also where the engine refused to do either. */
async function tryStage(stage: Stage): Promise<string | undefined> {
  const { plan, place, writes, last, attempts, proofs } = stage;
  try {
    const written = await place.write(writes, plan.sources);
    attempts.push(...writes.map((write, at) => ({ write, errno: written.results[at] ?? '' })));
    proofs.splice(0, proofs.length, ...(await prove(plan, place, written, last)));
    return whyNot(attempts, written, proofs);
  } catch (error) {
    return `It could not be carried out, or not be checked: ${(error as Error).message}.`;
  }
}

function interrupted(signal: AbortSignal | undefined): string | undefined {
  return signal?.aborted === true ? 'It was interrupted.' : undefined;
}

function whyNot(
  attempts: readonly Attempt[],
  { broken }: Written,
  proofs: readonly Proof[],
): string | undefined {
  const refused = attempts.find(({ errno }) => errno !== 'ok');
  if (broken !== undefined) return `Native programs no longer started (${broken}).`;
  if (refused !== undefined) {
    return `A write was refused: ${escapeLine(refused.errno)}${meaningOf(refused.errno)}.`;
  }
  const failed = proofs.find(({ ok }) => !ok);
  return failed === undefined
    ? undefined
    : `Not so afterwards: ${failed.what}${failed.seen === undefined ? '' : ` (${failed.seen})`}.`;
}

const meanings: Readonly<Record<string, string>> = {
  EEXIST: 'a rule of that name is there already',
  ENOENT: 'the interpreter, or the rule, is not there',
  EACCES: 'the interpreter may not be executed, or the writer is not root of this table',
  EPERM: 'the writer is not root of this table',
  EROFS: 'it is mounted read-only',
  EINVAL: 'the kernel does not take this string',
  ETXTBSY: 'the interpreter is being written to',
};

function meaningOf(errno: string): string {
  return meanings[errno] === undefined ? '' : ` (${meanings[errno]})`;
}
