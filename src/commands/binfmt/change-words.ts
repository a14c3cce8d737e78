import type { Outcome } from '../../changes/outcome.ts';
import type { OpenPlace } from '../../changes/open-place.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { quoteBytes, shellLine } from '../../changes/plan/write.ts';
import type { PlannedChange, TriedChange } from '../../reporters/binfmt-change.ts';

/** An outcome in the words for people. */
export function outcomeLines(outcome: Outcome, directory: string): TriedChange {
  return {
    ...outcome,
    attempts: linesOf(outcome.attempts, directory),
    undo: linesOf(outcome.undo, directory),
  };
}

function linesOf(attempts: Outcome['attempts'], directory: string) {
  return attempts.map(({ write, errno }) => ({ line: shellLine(write, directory), errno }));
}

/** A plan in the words for people. */
export function plannedOf(plan: Plan, { place }: OpenPlace): PlannedChange {
  return {
    purpose: plan.purpose,
    place: place.name,
    lines: plan.writes.map((write) => shellLine(write, place.directory)),
    preparations: Object.entries(plan.sources).flatMap(([path, source]) => {
      if (source.from === 'here')
        return [`${quoteBytes(path)} is sent to the engine, whose kernel keeps it open`];
      return source.from === 'image'
        ? [`${quoteBytes(path)} is taken from the image ${source.image}`]
        : [];
    }),
    expectations: [
      'native programs start',
      'the table reads as planned',
      ...plan.gained.map((program) => `a program for ${program.replace('-', '/')} runs`),
      ...(plan.mustRun.length > plan.gained.length ? ['what ran before still runs'] : []),
    ],
    notes: plan.notes,
  };
}
