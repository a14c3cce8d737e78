import type { BuildEvent, StepEvent, StepName } from './event.ts';
import { StepGraph } from './step-graph.ts';

/** Where one platform's build is. */
export interface PlatformProgress {
  platform: string;
  state: 'waiting' | 'building' | 'built' | 'failed';
  /** The step that runs now, or ran last. */
  current?: StepName;
  /** Unix times in milliseconds of the first start and last end of its own steps. */
  started?: number;
  completed?: number;
  /** The RUN instructions that were executed, by BuildKit's id of the step. */
  ran: Map<string, RanStep>;
  /** The step that failed, and BuildKit's words. */
  failure?: { id: string; step: StepName; error: string };
}

/** A RUN instruction that was executed to its end. */
export interface RanStep {
  step: StepName;
  milliseconds: number;
  emulated: boolean;
}

/** Follows one solve: which platform each event belongs to, and where each platform is. */
export interface Tracker {
  /** Takes an event in; returns the platforms that it belongs to. */
  take(event: BuildEvent): string[];
  readonly platforms: ReadonlyMap<string, PlatformProgress>;
  /** What the docker command said outside of any step. */
  readonly messages: string[];
}

/**
 * Makes a tracker for the platforms of one solve. In a solve of one platform everything belongs to
 * it; in one of several, a step belongs to the platform that its name or what it is made from tells,
 * and a step without one (the context, the export) to all.
 *
 * `isEmulated` tells whether steps that run on a platform are emulated.
 */
export function trackPlatforms(
  platforms: readonly string[],
  isEmulated: (platform: string) => boolean,
): Tracker {
  const progress = new Map(platforms.map((platform) => [platform, fresh(platform)]));
  const graph = new StepGraph();
  const owners = new Map<string, string[]>();
  const messages: string[] = [];
  let begin: number | undefined;
  const ownersOf = (name: StepName): string[] =>
    name.target !== undefined && progress.has(name.target) ? [name.target] : [...platforms];
  return {
    platforms: progress,
    messages,
    take(event) {
      if (event.kind === 'message') {
        messages.push(event.text);
        return [...platforms];
      }
      if (event.kind === 'output') return owners.get(event.id) ?? [...platforms];
      graph.take(event);
      if (event.state === 'announced') return [];
      if (event.name.startsWith(FIRST_STEP)) begin ??= event.started;
      const step = graph.nameOf(event.id);
      const found = platforms.length === 1 ? [...platforms] : ownersOf(step);
      owners.set(event.id, found);
      for (const platform of found) {
        const state = progress.get(platform);
        const own = since(begin, event);
        // What all platforms share (the context, the export) is nobody's time.
        if (state !== undefined && found.length === 1) clock(state, own);
        if (state !== undefined) advance(state, step, own, isEmulated(step.runsOn ?? platform));
      }
      return found;
    },
  };
}

/** Each solve has its own: it begins with it. */
const FIRST_STEP = '[internal] load build definition';

/** A step that another build began, and BuildKit shares with it, counts from when this one began. */
function since(begin: number | undefined, event: StepEvent): StepEvent {
  if (begin === undefined || event.started === undefined) return event;
  const { started, completed } = event;
  return {
    ...event,
    started: Math.max(started, begin),
    ...(completed === undefined ? {} : { completed: Math.max(completed, begin) }),
  };
}

function fresh(platform: string): PlatformProgress {
  return { platform, state: 'waiting', ran: new Map() };
}

function clock(progress: PlatformProgress, { started, completed }: StepEvent): void {
  if (started !== undefined) progress.started = Math.min(progress.started ?? started, started);
  if (completed === undefined) return;
  progress.completed = Math.max(progress.completed ?? completed, completed);
}

function advance(
  progress: PlatformProgress,
  step: StepName,
  event: StepEvent,
  emulated: boolean,
): void {
  if (progress.state === 'waiting') progress.state = 'building';
  if (event.state === 'running' || event.state === 'failed') progress.current = step;
  if (event.state === 'failed') {
    progress.state = 'failed';
    progress.failure ??= { id: event.id, step, error: event.error ?? '' };
  }
  const ended = event.state === 'done' || event.state === 'failed';
  if (!ended || !step.instruction.startsWith('RUN ')) return;
  const milliseconds = (event.completed ?? 0) - (event.started ?? event.completed ?? 0);
  progress.ran.set(event.id, { step, milliseconds, emulated });
}
