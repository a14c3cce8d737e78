/**
 * What a build says of itself, one event at a time, whatever BuildKit client it came from. Names
 * and output are untrusted: escape them before they are printed.
 */
export type BuildEvent = StepEvent | OutputEvent | MessageEvent;

/** A step, each time that its state changes. */
export interface StepEvent {
  kind: 'step';
  /** BuildKit's vertex: stable within one solve. */
  id: string;
  name: string;
  /** The steps that it is made from; absent where the client does not say. */
  inputs?: string[];
  /** `announced`: BuildKit knows of it, and has not begun. */
  state: 'announced' | 'running' | 'done' | 'cached' | 'failed' | 'cancelled';
  /** Unix time in milliseconds; absent where the client does not say. */
  started?: number;
  completed?: number;
  error?: string;
}

/** What a step wrote; `id` is that of its StepEvents. */
export interface OutputEvent {
  kind: 'output';
  id: string;
  text: string;
}

/** Something that the docker command itself said. */
export interface MessageEvent {
  kind: 'message';
  text: string;
}

/** What a step's name tells. */
export interface StepName {
  /** The platform that the step's result is for, where the name says it: `linux/arm/v7`. */
  target?: string;
  /** The platform that the step runs on, where the name says it. */
  runsOn?: string;
  stage?: string;
  index?: number;
  total?: number;
  /** `RUN make`, `exporting to image`. */
  instruction: string;
}

const label = /^\[(?<inner>[^\]]*)\] (?<instruction>.*)$/s;
const platformWord =
  /^(?<os>linux|windows|darwin|freebsd)\/(?<rest>[\w/.]+?)(?:->(?<target>[\w/.]+))?$/;
const count = /^(?<index>\d+)\/(?<total>\d+)$/;

/**
 * Reads the name of a step: `[linux/amd64->arm64 build 2/5] RUN make`.
 *
 * Source: prefixCommand and formatTargetPlatform in BuildKit's frontend/dockerfile/dockerfile2llb.
 */
export function parseStepName(name: string): StepName {
  const groups = label.exec(name)?.groups;
  if (groups === undefined) return { instruction: name };
  const words = (groups['inner'] ?? '').split(' ').filter(Boolean);
  const platform = platformWord.exec(words[0] ?? '')?.groups;
  const rest = platform === undefined ? words : words.slice(1);
  const steps = count.exec(rest.at(-1) ?? '')?.groups;
  const stage = (steps === undefined ? rest : rest.slice(0, -1)).join(' ');
  return {
    ...platformsOf(platform),
    ...(stage === '' ? {} : { stage }),
    ...(steps === undefined
      ? {}
      : { index: Number(steps['index']), total: Number(steps['total']) }),
    instruction: groups['instruction'] ?? '',
  };
}

function platformsOf(groups: Record<string, string> | undefined): {
  target?: string;
  runsOn?: string;
} {
  if (groups === undefined) return {};
  const runsOn = `${groups['os']}/${groups['rest']}`;
  const target = groups['target'];
  if (target === undefined) return { runsOn, target: runsOn };
  // Only what differs stands behind the arrow: `arm64`, and with another system `linux/arm64`.
  const hasSystem = /^(?:linux|windows|darwin|freebsd)\//.test(target);
  return { runsOn, target: hasSystem ? target : `${groups['os']}/${target}` };
}
