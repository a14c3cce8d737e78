import type { BuiltPlatform } from '../model/build.ts';
import type { PreflightReport } from '../model/preflight.ts';
import type { ProgressSink } from '../progress/sink.ts';
import { diagnoseFailures, type Diagnoser } from './diagnose-failures.ts';
import { explainStep } from './explain-step.ts';
import type { Mistakes } from './mistakes.ts';
import type { BuiltPart } from './part.ts';
import { interrupted } from './run.ts';

/** What failures are explained with. */
export interface ExplainInput {
  mistakes: Mistakes | undefined;
  diagnoser?: Diagnoser;
  /** Standard input, in a file. */
  stdin?: string;
  sink: ProgressSink;
  signal: AbortSignal;
}

/** Writes into what failed why: what preflight and the Dockerfile tell, and what a diagnosis finds. */
export async function explainFailures(
  parts: readonly BuiltPart[],
  { mistakes, diagnoser, stdin, sink, signal }: ExplainInput,
): Promise<void> {
  const failed = parts.filter(
    ({ built, lost }) => !lost && built.some(({ result }) => result.failure !== undefined),
  );
  if (failed.length === 0) return;
  for (const { built, preflight } of failed) explainByPreflight(built, preflight);
  if (mistakes !== undefined) {
    for (const { built } of failed) await explainByMistakes(built, mistakes);
  }
  if (diagnoser === undefined) return;
  sink.phase('diagnosing');
  await Promise.all(
    failed.map(async ({ built, input, node: { gathered } }) => {
      const from = { input, gathered, signal, ...(stdin === undefined ? {} : { stdin }) };
      await diagnoseFailures(built, from, diagnoser);
    }),
  );
  if (signal.aborted) throw interrupted();
}

/** A step that the engine's rules made fail shows as any other: preflight knows the difference. */
function explainByPreflight(built: readonly BuiltPlatform[], { checks }: PreflightReport): void {
  for (const { result } of built) {
    if (result.failure === undefined) continue;
    const finding = explainStep(result.platform, result.failure, checks);
    if (finding !== undefined) result.failure.finding = finding;
  }
}

/** Where nothing else is known of a step that failed: the mistake that stands there. */
async function explainByMistakes(
  built: readonly BuiltPlatform[],
  mistakes: Mistakes,
): Promise<void> {
  const { mistakeAt } = await import('../mistakes/explain.ts');
  for (const { failure } of built.map(({ result }) => result)) {
    if (failure === undefined || failure.finding !== undefined) continue;
    const finding = mistakeAt(failure.location, mistakes);
    if (finding !== undefined) failure.finding = finding;
  }
}

/** A wrong file of an image: by which instruction it came there. */
export async function explainVerification(
  built: readonly BuiltPlatform[],
  mistakes: Mistakes,
): Promise<void> {
  const { explainBySources } = await import('../mistakes/explain.ts');
  for (const { verification, platform } of built.map(({ result }) => result)) {
    if (verification === undefined) continue;
    verification.findings = verification.findings.map((finding) =>
      explainBySources(finding, platform, mistakes),
    );
  }
}
