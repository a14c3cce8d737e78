import type { PlatformResult, StepTime } from '../model/build.ts';
import type { Dockerfile, Stage } from '../dockerfile/model.ts';
import { lineage } from '../dockerfile/scope.ts';
import { platformOf, targetStage } from '../dockerfile/stages.ts';
import { shorten } from '../model/sentence.ts';
import { formatSeconds } from '../progress/lines.ts';
import type { Mistakes } from './mistakes.ts';
import { secondsOf } from './step-times.ts';

/** Below this many emulated seconds, advice costs more than it saves. */
const WORTH_SECONDS = 10;

/** Another machine is more work than another FROM. */
const WORTH_A_NODE_SECONDS = 60;

/** Long instructions are cut: the Dockerfile has the rest. */
const STEP_LENGTH = 60;

/** What of a build was emulated. */
interface Emulated {
  steps: StepTime[];
  platforms: string[];
  seconds: number;
}

/**
 * The advice that pays, once: the stage whose emulated RUN steps took longest, where it only makes
 * files and so could run on the machine that builds; else a machine of that architecture, where it
 * took long. Pure.
 */
export function adviseNative(
  results: readonly PlatformResult[],
  found: Pick<Mistakes, 'dockerfile' | 'target'> | undefined,
): string | undefined {
  if (found === undefined) return undefined;
  const { dockerfile, target } = found;
  const [worst] = movableStages(dockerfile, target)
    .map((stage) => ({ stage, emulated: emulatedIn(results, labelOf(stage)) }))
    .toSorted((a, b) => b.emulated.seconds - a.emulated.seconds);
  if (worst !== undefined && worst.emulated.seconds >= WORTH_SECONDS) {
    const { line } = rootOf(worst.stage, dockerfile).from;
    return (
      `${spent(worst.emulated, ` in the stage ${labelOf(worst.stage)}`)} ` +
      `What can be made for $TARGETARCH on the machine that builds needs no emulation: FROM --platform=$BUILDPLATFORM in ${dockerfile.file}:${line}, as xbuild init writes it.`
    );
  }
  const all = emulatedIn(results);
  if (all.seconds < WORTH_A_NODE_SECONDS) return undefined;
  return `${spent(all, '')} A machine of that architecture needs none: name its docker context with --node, or let CI's do it: xbuild init --ci github-native.`;
}

/** Stages that make files for others, and that the image is not based on. */
function movableStages(dockerfile: Dockerfile, target: string | undefined): Stage[] {
  const last = targetStage(dockerfile, target);
  const based = new Set(last === undefined ? [] : lineage(last, dockerfile));
  return dockerfile.stages.filter(
    (stage) =>
      !based.has(rootOf(stage, dockerfile)) && platformOf(stage, dockerfile).kind === 'target',
  );
}

/** The stage whose FROM names the image. */
function rootOf(stage: Stage, dockerfile: Dockerfile): Stage {
  return lineage(stage, dockerfile)[0] ?? stage;
}

/** As BuildKit names stages. */
function labelOf({ name, index }: Stage): string {
  return name ?? `stage-${index}`;
}

function emulatedIn(results: readonly PlatformResult[], label?: string): Emulated {
  const ofPlatforms = results.map(({ platform, steps = [] }) => ({
    platform,
    own: steps.filter(
      ({ emulated, stage }) => emulated && (label === undefined || stage === label),
    ),
  }));
  const steps = ofPlatforms.flatMap(({ own }) => own);
  return {
    steps,
    platforms: ofPlatforms.filter(({ own }) => own.length > 0).map(({ platform }) => platform),
    seconds: secondsOf(steps),
  };
}

function spent({ steps, platforms, seconds }: Emulated, where: string): string {
  const [slowest] = steps.toSorted((a, b) => b.seconds - a.seconds);
  const { step = '', seconds: most = 0 } = slowest ?? {};
  return `Emulation took ${formatSeconds(seconds)}${where} (${platforms.join(', ')}), most of it ${shorten(step, STEP_LENGTH)} (${formatSeconds(most)}).`;
}
