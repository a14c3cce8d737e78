import type { Diagnoser } from '../build/diagnose-failures.ts';
import { causes } from '../causes/index.ts';
import { asksForFiles, gatherStep } from '../diagnose/gather-step.ts';
import { diagnose } from '../diagnose/judge.ts';
import { saveFailure } from '../diagnose/last-build.ts';
import { sessionOf } from '../diagnose/open-session.ts';
import type { CommandContext } from './command.ts';

/** Diagnoses what fails in a build, and keeps the facts for `xbuild diagnose` without a target. */
export function diagnoserOf(
  build: { context: string },
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
): Diagnoser {
  return {
    async step(step, { gathered, platform, log }, withFiles) {
      const session = await sessionOf(gathered.engine, { env, signal });
      const { kernel } = gathered.facts;
      const facts = await (asksForFiles(step)
        ? withFiles((files) => gatherStep(session, step, kernel, files))
        : gatherStep(session, step, kernel, undefined));
      if (log !== undefined) await saveFailure(log, { ...build, platform, facts });
      const diagnosis = diagnose(facts, causes);
      return diagnosis.cause === null ? undefined : diagnosis;
    },
  };
}
