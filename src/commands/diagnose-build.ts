import type { Diagnoser } from '../build/diagnose-failures.ts';
import { causes } from '../causes/index.ts';
import { asksForFiles, gatherStep, type StageFiles } from '../diagnose/gather-step.ts';
import { diagnose } from '../diagnose/judge.ts';
import { saveFailure } from '../diagnose/last-build.ts';
import { sessionOf } from '../diagnose/open-session.ts';
import { refusalOf } from '../probe/refusal.ts';
import { diagnoseImage, isForDiagnosis } from './diagnose-images.ts';
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
      const gather = (files: StageFiles) => gatherStep(session, step, kernel, files);
      const facts = await (asksForFiles(step) ? withFiles(gather) : gather(undefined)).catch(
        (error: unknown) => {
          // An engine that shows no files must not hide the failure itself.
          if (refusalOf(error) === undefined) throw gathered.engine.failure(error);
          return gather(undefined);
        },
      );
      if (log !== undefined) await saveFailure(log, { ...build, platform, facts });
      const diagnosis = diagnose(facts, causes);
      return diagnosis.cause === null ? undefined : diagnosis;
    },
    async image(verification, { gathered, log }) {
      if (!isForDiagnosis(verification)) return undefined;
      const diagnosis = await diagnoseImage(verification, gathered, { env, signal });
      if (diagnosis === undefined || log === undefined || verification.ok) return diagnosis;
      const { facts } = diagnosis;
      await saveFailure(log, { ...build, platform: verification.platform, facts });
      return diagnosis;
    },
  };
}
