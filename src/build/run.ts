import { XbuildError } from '../model/errors.ts';
import type { BuildFailure, BuiltPlatform, PlatformResult } from '../model/build.ts';
import { formatPlatform, platformSlug, type Platform } from '../model/platform.ts';
import type { PlatformSupport } from '../model/preflight.ts';
import { stepText } from '../progress/lines.ts';
import { trackPlatforms, type PlatformProgress, type Tracker } from '../progress/track.ts';
import type { BuildEvent } from '../progress/event.ts';
import type { ProgressSink } from '../progress/sink.ts';
import { addTimes, stepTimes, timesOf } from './step-times.ts';
import { openLog, type PlatformLog } from './logs.ts';
import { withoutNames, type BuildPlan, type PlanInput, type Solve } from './plan.ts';
import { runSolve, type SolveResult } from './solve.ts';

export interface RunInput {
  plan: BuildPlan;
  input: PlanInput;
  support: ReadonlyMap<string, PlatformSupport>;
  /** The name of the engine that builds, for people. */
  node: string;
  sink: ProgressSink;
  logFolder: string;
  stdin?: string;
  signal: AbortSignal;
}

/**
 * Carries out a plan. One platform's failure does not stop the others: where BuildKit drops all
 * platforms because one failed, the others are built again, from its cache and without a name,
 * since a name that lacks a platform would mislead whoever pulls it.
 */
export async function runPlan(run: RunInput): Promise<BuiltPlatform[]> {
  const logs = await openLogs(run);
  try {
    if (run.plan.mode === 'separate') {
      const solved = await Promise.all(run.plan.solves.map((solve) => runOne(solve, run, logs)));
      return solved.flatMap((one) => one.built);
    }
    const [solve] = run.plan.solves;
    return solve === undefined ? [] : await runTogether(solve, run, logs);
  } finally {
    await Promise.all([...logs.values()].map((log) => log.close()));
  }
}

type Logs = ReadonlyMap<string, PlatformLog>;

async function openLogs({ logFolder, input }: RunInput): Promise<Logs> {
  const opened = input.platforms.map(
    async (platform) =>
      [formatPlatform(platform), await openLog(logFolder, platformSlug(platform))] as const,
  );
  return new Map(await Promise.all(opened));
}

async function runTogether(solve: Solve, run: RunInput, logs: Logs): Promise<BuiltPlatform[]> {
  const first = await runOne(solve, run, logs);
  const failed = first.built.filter(({ result }) => result.state === 'failed');
  const others = first.built.filter(({ result }) => result.state === 'interrupted');
  if (others.length === 0 || failed.length === 0 || run.signal.aborted) return first.built;
  const again = withoutNames(
    run.input,
    others.map(({ platform }) => platform),
  );
  run.sink.phase(`building ${namesOf(others)} again, without ${namesOf(failed)}`);
  const rest = await runTogether(again, run, logs);
  const settled = rest.map((built) => ({ ...withEarlier(built, others), unnamed: true }));
  return inOrder([...failed, ...settled], solve.platforms);
}

function namesOf(built: readonly BuiltPlatform[]): string {
  return built.map(({ result }) => result.platform).join(', ');
}

/** What was built again took the time of both tries. */
function withEarlier(built: BuiltPlatform, earlier: readonly BuiltPlatform[]): BuiltPlatform {
  const first = earlier.find(({ result }) => result.platform === built.result.platform);
  return first === undefined ? built : { ...built, result: addTimes(first.result, built.result) };
}

function inOrder(built: readonly BuiltPlatform[], platforms: readonly Platform[]): BuiltPlatform[] {
  const rank = new Map(platforms.map((platform, index) => [formatPlatform(platform), index]));
  const rankOf = (one: BuiltPlatform) => rank.get(one.result.platform) ?? 0;
  return built.toSorted((one, other) => rankOf(one) - rankOf(other));
}

async function runOne(
  solve: Solve,
  run: RunInput,
  logs: Logs,
  isAgain = false,
): Promise<{ built: BuiltPlatform[] }> {
  const names = solve.platforms.map(formatPlatform);
  const tracker = trackPlatforms(
    names,
    (platform) => run.support.get(platform)?.support === 'emulated',
  );
  for (const name of names) logs.get(name)?.begin();
  const onEvent = (event: BuildEvent) => {
    const owners = tracker.take(event);
    for (const owner of owners) logs.get(owner)?.write(event);
    run.sink.event(event, owners, tracker);
  };
  const result = await runSolve(solve, {
    client: run.input.client,
    onEvent,
    ...(run.sink.raw === undefined ? {} : { onRaw: run.sink.raw }),
    ...(run.stdin === undefined ? {} : { stdin: run.stdin }),
    stdout: run.input.request.output === 'other' ? 'inherit' : 'ignore',
    signal: run.signal,
  });
  if (!isAgain && cameTooLate(result, tracker)) return runOne(solve, run, logs, true);
  const built = solve.platforms.map((platform) => settle(platform, result, { run, logs, tracker }));
  for (const { result: settled } of built) run.sink.settled(settled);
  return { built };
}

/** BuildKit waits five seconds for its client's files, which through a slow ssh may be too short. */
function cameTooLate(result: SolveResult, { messages }: Tracker): boolean {
  if (result.ok || result.interrupted) return false;
  return messages.some((line) => /no active session for \w+: context deadline/.test(line));
}

interface Settling {
  run: RunInput;
  logs: Logs;
  tracker: Tracker;
}

function settle(platform: Platform, result: SolveResult, context: Settling): BuiltPlatform {
  const { run, logs, tracker } = context;
  const name = formatPlatform(platform);
  const progress = tracker.platforms.get(name);
  const log = logs.get(name);
  const state = stateOf(name, result, tracker);
  const failure = state === 'failed' ? failureOf(progress, tracker, log) : undefined;
  return {
    platform,
    unnamed: false,
    ...(result.imageId === undefined ? {} : { imageId: result.imageId }),
    ...(result.metadata === undefined ? {} : { metadata: result.metadata }),
    ...failedOf(failure, progress, log),
    result: {
      platform: name,
      ok: state === 'built',
      state,
      support: run.support.get(name) ?? { platform: name, support: 'unknown' },
      node: run.node,
      seconds: secondsOf(progress, result, tracker.platforms.size),
      ...timesOf(stepTimes(progress)),
      tags: [],
      ...(log === undefined ? {} : { log: log.file }),
      ...(failure === undefined ? {} : { failure }),
    },
  };
}

/** More of what the step printed than people are shown: for its diagnosis. */
function failedOf(
  failure: BuildFailure | undefined,
  progress: PlatformProgress | undefined,
  log: PlatformLog | undefined,
): Pick<BuiltPlatform, 'failed'> {
  if (failure === undefined || progress?.failure === undefined) return {};
  const { id, step } = progress.failure;
  const lines = [...(log?.tail(id, 100) ?? []), ...failure.error.split('\n')];
  return { failed: { step, lines } };
}

/** BuildKit names the platform of a step that failed; a failure without one is everybody's. */
function stateOf(platform: string, result: SolveResult, tracker: Tracker): PlatformResult['state'] {
  if (result.ok) return 'built';
  if (result.interrupted) return 'interrupted';
  const failed = [...tracker.platforms.values()].filter(({ state }) => state === 'failed');
  const attributed = failed.length > 0 && failed.length < tracker.platforms.size;
  if (!attributed) return 'failed';
  return failed.some((progress) => progress.platform === platform) ? 'failed' : 'interrupted';
}

function secondsOf(
  progress: PlatformProgress | undefined,
  result: SolveResult,
  platforms: number,
): number {
  if (platforms === 1 || progress?.started === undefined || progress.completed === undefined) {
    return result.seconds;
  }
  return (progress.completed - progress.started) / 1000;
}

function failureOf(
  progress: PlatformProgress | undefined,
  tracker: Tracker,
  log: PlatformLog | undefined,
): BuildFailure {
  const said = tracker.messages.findLast((line) => /^(?:ERROR|error|failed)/.test(line));
  const last = said ?? tracker.messages.findLast((line) => line.trim() !== '');
  const error = progress?.failure?.error ?? last ?? 'docker ended without saying why';
  // buildx quotes the Dockerfile after the error, under its name and line.
  const location = tracker.messages.findLast((line) => /^\S+:\d+$/.test(line));
  return {
    step: progress?.failure === undefined ? null : stepText(progress.failure.step),
    ...(location === undefined ? {} : { location }),
    error: withoutReferences(error.replace(/^ERROR: /, '')),
    lines: progress?.failure === undefined ? [] : (log?.tail(progress.failure.id, 12) ?? []),
  };
}

/** BuildKit names its own snapshots, which tell nobody anything. */
function withoutReferences(error: string): string {
  return error.replaceAll(/ of ref [a-z0-9]+::[a-z0-9]+/g, '');
}

/** What a build that was stopped by the user ends with. */
export function interrupted(): XbuildError {
  return new XbuildError(
    'interrupted',
    'interrupted: nothing was named and nothing is left behind',
    'Run it again: what was built is in the cache.',
  );
}
