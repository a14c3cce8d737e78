import type { Gathered } from '../facts/gather.ts';
import type { BuiltPlatform, FailedStep } from '../model/build.ts';
import type { Diagnosis } from '../model/diagnosis.ts';
import type { ImageVerification } from '../model/verification.ts';
import { findDockerfile, readDockerfile } from './context.ts';
import { findInstruction, type FailedInstruction } from './failed-step.ts';
import type { PlanInput } from './plan.ts';
import { withStage } from './stage-image.ts';

/** What a failed step started from: an image, or nothing (FROM scratch); undefined where it cannot be had. */
export type StageFiles = { image: string } | 'empty' | undefined;

/** Gives out the files of a failed step as long as `work` goes on; asked for only where they matter. */
export type WithFiles = <T>(work: (files: StageFiles) => Promise<T>) => Promise<T>;

/** Says why failures of a build are what they are; src/commands gives it to a build. */
export interface Diagnoser {
  /** Undefined where nothing of it is about programs that could not be run. */
  step(
    step: FailedStep,
    from: { gathered: Gathered; platform: string; log?: string },
    withFiles: WithFiles,
  ): Promise<Diagnosis | undefined>;
  /** Of an image that did not run, or would not start. Undefined where no cause fits. */
  image(
    verification: ImageVerification,
    from: { gathered: Gathered; log?: string },
  ): Promise<Diagnosis | undefined>;
}

export interface FailuresInput {
  input: PlanInput;
  gathered: Gathered;
  /** Standard input, in a file. */
  stdin?: string;
  signal: AbortSignal;
}

/** Writes into each failed platform's result why its step failed, and where the Dockerfile has it. */
export async function diagnoseFailures(
  built: readonly BuiltPlatform[],
  from: FailuresInput,
  diagnoser: Diagnoser,
): Promise<void> {
  await Promise.all(built.map((one) => diagnoseOne(one, from, diagnoser)));
}

/** Writes into each verification that found fault with an image why it does not run. */
export async function diagnoseImages(
  built: readonly BuiltPlatform[],
  gathered: Gathered,
  diagnoser: Diagnoser,
): Promise<void> {
  for (const { result } of built) {
    const { verification, log } = result;
    if (verification === undefined || (verification.ok && verification.uname.actual !== null))
      continue;
    const from = { gathered, ...(log === undefined ? {} : { log }) };
    const diagnosis = await diagnoser.image(verification, from);
    if (diagnosis !== undefined) verification.diagnosis = diagnosis;
  }
}

async function diagnoseOne(
  { platform, result, failed }: BuiltPlatform,
  from: FailuresInput,
  diagnoser: Diagnoser,
): Promise<void> {
  const { failure } = result;
  if (failure === undefined) return;
  const { request } = from.input;
  const dockerfile = findDockerfile(request);
  const text = readDockerfile(dockerfile ?? (request.file === '-' ? from.stdin : undefined));
  const found =
    text === undefined || failed === undefined
      ? undefined
      : findInstruction(text, failed.step, failure.location);
  if (found !== undefined) failure.location ??= `${fileName(dockerfile)}:${found.line}`;
  const step: FailedStep = {
    text: failed?.step.instruction ?? 'the build',
    platform: failed?.step.runsOn ?? result.platform,
    lines: failed?.lines ?? failure.error.split('\n'),
    ...(found?.argv === undefined ? {} : { argv: found.argv }),
    ...(found?.base === undefined ? {} : { base: found.base }),
  };
  const withFiles: WithFiles = async (work) => {
    if (found === undefined) return work(undefined);
    if (isEmpty(found)) return work('empty');
    const stage = { ...from, engine: from.gathered.engine, platform, before: found.before };
    const path = dockerfile === undefined ? {} : { dockerfile };
    let done: { value: Awaited<ReturnType<typeof work>> } | undefined;
    await withStage({ ...stage, ...path }, async (image) => {
      done = { value: await work({ image }) };
    });
    return done === undefined ? work(undefined) : done.value;
  };
  const { log } = result;
  const known = {
    gathered: from.gathered,
    platform: result.platform,
    ...(log === undefined ? {} : { log }),
  };
  const diagnosis = await diagnoser.step(step, known, withFiles);
  if (diagnosis !== undefined) result.diagnosis = diagnosis;
}

function fileName(path: string | undefined): string {
  return path?.split('/').at(-1) ?? 'Dockerfile';
}

/** FROM scratch, and nothing before the step that makes a file. */
function isEmpty({ base, before }: FailedInstruction): boolean {
  if (base !== 'scratch') return false;
  const stage = before.slice(before.toLowerCase().lastIndexOf('from '));
  return !/^\s*(?:copy|add|run|workdir)\b/im.test(stage);
}
