import type { PlatformResult, StepTime } from '../model/build.ts';
import { stepText } from '../progress/lines.ts';
import type { PlatformProgress } from '../progress/track.ts';

type Times = Pick<PlatformResult, 'emulatedShare' | 'steps'>;

/** The RUN steps that one solve executed for a platform. */
export function stepTimes(progress: PlatformProgress | undefined): StepTime[] {
  return [...(progress?.ran.values() ?? [])].map(({ step, milliseconds, emulated }) => ({
    step: stepText(step),
    ...(step.stage === undefined ? {} : { stage: step.stage }),
    seconds: milliseconds / 1000,
    emulated,
  }));
}

/** The steps, and how much of their time was emulated. */
export function timesOf(steps: readonly StepTime[]): Times {
  if (steps.length === 0) return { emulatedShare: null };
  const all = secondsOf(steps);
  const emulated = secondsOf(steps.filter((step) => step.emulated));
  return { emulatedShare: all === 0 ? null : emulated / all, steps: [...steps] };
}

export function secondsOf(steps: readonly StepTime[]): number {
  return steps.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** A platform that was built in two tries: the result of the second, the time of both. */
export function addTimes(first: PlatformResult, second: PlatformResult): PlatformResult {
  return {
    ...second,
    seconds: first.seconds + second.seconds,
    ...timesOf([...(first.steps ?? []), ...(second.steps ?? [])]),
  };
}
