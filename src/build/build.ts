import { setImmediate as nextTurn } from 'node:timers/promises';
import { judge } from '../checks/preflight.ts';
import { gatherFacts, type Gathered } from '../facts/gather.ts';
import { missingDocker } from '../io/docker-cli.ts';
import { globalArguments } from '../io/endpoint.ts';
import type { BuildReport, BuiltPlatform } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown } from '../model/facts.ts';
import { formatPlatform, normalizePlatform, type Platform } from '../model/platform.ts';
import type { BuilderFacts, ClientFacts, PreflightReport } from '../model/preflight.ts';
import type { ProgressSink } from '../progress/sink.ts';
import { findDockerfile, readDockerfile } from './context.ts';
import { diagnoseFailures, diagnoseImages, type Diagnoser } from './diagnose-failures.ts';
import { explainStep } from './explain-step.ts';
import {
  checkResultFiles,
  nameImages,
  pushAll,
  readIndex,
  readSizes,
  removeUnnamed,
  writeResultFiles,
} from './finish.ts';
import { makeLogFolder } from './logs.ts';
import { passThrough } from './pass-through.ts';
import type { Mistakes } from './mistakes.ts';
import { planBuild, type BuildPlan, type PlanInput } from './plan.ts';
import type { BuildRequest } from './request.ts';
import { interrupted, runPlan } from './run.ts';
import { withStdin } from './stdin.ts';

/** `stopped`: preflight showed that a platform cannot be built. */
export type BuildOutcome =
  | { report: BuildReport }
  | { stopped: PreflightReport }
  | { passedThrough: number };

/** What a build needs of the outside world. */
export interface BuildContext {
  env: Readonly<Record<string, string | undefined>>;
  stdin: NodeJS.ReadableStream;
  signal: AbortSignal;
  sink: ProgressSink;
  /** Says why what failed could not run; without it failures stay as BuildKit tells them. */
  diagnoser?: Diagnoser;
}

/**
 * The whole of a build: facts, preflight, plan, solves, names, verification, report.
 *
 * Throws XbuildError where the request cannot be carried out; a platform that fails is a result.
 */
export async function runBuild(
  request: BuildRequest,
  context: BuildContext,
): Promise<BuildOutcome> {
  const dockerfile = findDockerfile(request);
  if (request.buildsNothing) return { passedThrough: await passThrough(request) };
  checkResultFiles(request);
  refuseLegacyBuilder(context.env);
  context.sink.phase('checking the engine');
  const gathered = await gather(request, context);
  const platforms = platformsOf(request, gathered);
  const named = request.platforms.length > 0;
  const preflight = judge({ facts: gathered.facts, platforms, named });
  const stops = request.preflight && request.preflightStops;
  if (!preflight.ok && stops && (await needsToRun(dockerfile, request))) {
    return { stopped: preflight };
  }
  const work = { request, dockerfile, platforms, gathered, preflight, context };
  return { report: await buildAndVerify(work) };
}

/** Enough for what people have in a context, and some milliseconds. */
const contextLimits = { entries: 3000, heads: 300 };

/** Done while docker builds: then it takes no time of its own. */
async function findBuildMistakes({
  request,
  dockerfile,
  gathered,
  platforms,
  context,
}: Work): Promise<Mistakes | undefined> {
  if (dockerfile === undefined) return undefined;
  const { lookForMistakes } = await import('./mistakes.ts');
  await nextTurn();
  const { os, architecture, version } = gathered.facts.engine;
  return lookForMistakes(request, dockerfile, {
    platforms,
    native: normalizePlatform({ os, architecture }),
    engineVersion: version,
    env: context.env,
    limits: contextLimits,
  });
}

function refuseLegacyBuilder(env: BuildContext['env']): void {
  if (!/^(?:0|f|false)$/i.test(env['DOCKER_BUILDKIT'] ?? '')) return;
  throw new XbuildError(
    'builder-unusable',
    'DOCKER_BUILDKIT=0 asks for the legacy builder: it leaves TARGETARCH empty, cannot start from scratch for another platform, and takes base images of the wrong platform in silence',
    'Unset DOCKER_BUILDKIT, or set it to 1.',
  );
}

async function gather(request: BuildRequest, { env, signal }: BuildContext): Promise<Gathered> {
  return gatherFacts({
    endpoint: request.endpoint,
    ...(request.builder === undefined ? {} : { builder: request.builder }),
    probe: request.preflight || request.verify,
    whileWaiting: loadWhatComesNext,
    env,
    signal,
  });
}

/** Loaded while the engine starts the probe: together that takes one time and not two. */
function loadWhatComesNext(): void {
  void import('execa');
  void import('../verify/verify-built.ts');
  void import('./mistakes.ts');
}

function platformsOf(request: BuildRequest, { facts }: Gathered): Platform[] {
  if (request.platforms.length > 0) return request.platforms;
  return [normalizePlatform({ os: facts.engine.os, architecture: facts.engine.architecture })];
}

/** A Dockerfile that runs nothing on the target platform can be built without emulation. */
async function needsToRun(dockerfile: string | undefined, request: BuildRequest): Promise<boolean> {
  const text = readDockerfile(dockerfile);
  if (text === undefined) return true;
  const [{ runsOnTarget }, { parseDockerfile }] = await Promise.all([
    import('./foreign-steps.ts'),
    import('../dockerfile/parse.ts'),
  ]);
  const target = request.passed.findLast(({ name }) => name === 'target')?.value;
  return runsOnTarget(parseDockerfile(text), target);
}

interface Work {
  request: BuildRequest;
  platforms: Platform[];
  gathered: Gathered;
  preflight: PreflightReport;
  context: BuildContext;
  /** Undefined where it is not a file of this machine. */
  dockerfile: string | undefined;
}

/** The same, once docker has built. */
interface Done extends Work {
  /** Undefined where the Dockerfile is not a file of this machine. */
  mistakes: Mistakes | undefined;
}

async function buildAndVerify(work: Work): Promise<BuildReport> {
  const { request, preflight, context } = work;
  const input = planInput(work);
  const plan = planBuild(input);
  const support = new Map(preflight.platforms.map((entry) => [entry.platform, entry]));
  const logFolder = await makeLogFolder(context.env);
  return withStdin(request, context, async (stdin) => {
    context.sink.phase(`building ${work.platforms.map(formatPlatform).join(', ')}`);
    const building = runPlan({
      plan,
      input,
      support,
      sink: context.sink,
      logFolder,
      ...(stdin === undefined ? {} : { stdin }),
      signal: context.signal,
    });
    const [built, mistakes] = await Promise.all([building, findBuildMistakes(work)]);
    const done = { ...work, mistakes };
    await stopIfInterrupted(built, done);
    await explainFailures(built, input, stdin, done);
    return finish(built, plan, done);
  });
}

function planInput({ request, platforms, gathered }: Work): PlanInput {
  const { client, builder, engine } = gathered.facts;
  return { request, platforms, engine, client: needed(client), builder: neededBuilder(builder) };
}

function needed(client: Gathered['facts']['client']): ClientFacts {
  if (isKnown(client)) return client;
  throw new XbuildError('cli-missing', client.unknown, missingDocker().hint);
}

function neededBuilder(builder: Gathered['facts']['builder']): BuilderFacts {
  return isKnown(builder) ? builder : { name: 'default', driver: 'docker', source: 'default' };
}

/** Images that were finished before Ctrl-C carry no name yet: they go. */
async function stopIfInterrupted(
  built: readonly BuiltPlatform[],
  { context, gathered, request }: Work,
): Promise<void> {
  if (!context.signal.aborted) {
    await reportLostEngine(built, gathered);
    return;
  }
  const nameless = request.tags.length > 0 ? built : [];
  await removeUnnamed(
    nameless.map((one) => ({ ...one, unnamed: true })),
    gathered.engine,
  );
  throw interrupted();
}

/** An engine that went away shows as a failed build; asking it once tells the two apart. */
async function reportLostEngine(
  built: readonly BuiltPlatform[],
  { engine }: Gathered,
): Promise<void> {
  if (built.every(({ result }) => result.ok)) return;
  try {
    await engine.docker.ping();
  } catch (error) {
    const failure = engine.failure(error);
    throw new XbuildError(
      'engine-lost',
      `the engine went away in the middle of the build: ${failure.message}`,
      'Look at why it stopped (journalctl -u docker, or dmesg where memory ran out), then run this again: what was built is in its cache.',
      { cause: error },
    );
  }
}

async function finish(built: BuiltPlatform[], plan: BuildPlan, work: Done): Promise<BuildReport> {
  const { gathered, preflight } = work;
  const complete = built.every(({ result }) => result.ok);
  await giveNames(built, plan, work);
  await verify(built, plan, work);
  if (work.mistakes !== undefined) await explainVerification(built, work.mistakes);
  // Verifying unpacks images, and only what is unpacked has the size that it takes.
  if (staysInStore(plan, work)) await readSizes(built, gathered.engine);
  const verified = built.every(({ result }) => result.verification?.ok !== false);
  const indexes = complete && verified ? await push(plan, work) : [];
  await removeUnnamed(built, gathered.engine);
  await writeResultFiles(work.request, built);
  return {
    ok: complete && verified,
    engine: gathered.facts.engine,
    platforms: built.map(({ result }) => result),
    checks: preflight.checks.filter(({ status }) => status !== 'pass'),
    ...(work.mistakes && { mistakes: work.mistakes.findings }),
    notes: [...plan.notes, ...notesOf(built, plan, { ...work.request, complete, verified })],
    indexes,
  };
}

/** What preflight knows of failures, and what a diagnosis finds. */
async function explainFailures(
  built: readonly BuiltPlatform[],
  input: PlanInput,
  stdin: string | undefined,
  { gathered, preflight, context, mistakes }: Done,
): Promise<void> {
  if (built.every(({ result }) => result.failure === undefined)) return;
  explain(built, preflight);
  if (mistakes !== undefined) await explainByMistakes(built, mistakes);
  const { diagnoser, signal, sink } = context;
  if (diagnoser === undefined) return;
  sink.phase('diagnosing');
  const from = { input, gathered, signal, ...(stdin === undefined ? {} : { stdin }) };
  await diagnoseFailures(built, from, diagnoser);
  if (signal.aborted) throw interrupted();
}

/** A step that the engine's rules made fail shows as any other: preflight knows the difference. */
function explain(built: readonly BuiltPlatform[], { checks }: PreflightReport): void {
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
async function explainVerification(
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

async function giveNames(built: BuiltPlatform[], plan: BuildPlan, work: Work): Promise<void> {
  const { engine } = work.gathered;
  for (const one of built) if (one.imageId !== undefined) one.result.imageId = one.imageId;
  if (plan.mode === 'separate') await nameImages(plan, built, engine);
  else if (built.every(({ result }) => result.ok)) {
    for (const { result } of built) result.tags.push(...work.request.tags);
  }
}

/** Whether the images are where containers can be made from them. */
function staysInStore(plan: BuildPlan, { request }: Work): boolean {
  return request.output === 'store' || plan.pushes.length > 0;
}

async function verify(built: BuiltPlatform[], plan: BuildPlan, work: Work): Promise<void> {
  if (!work.request.verify || !staysInStore(plan, work)) return;
  work.context.sink.phase('verifying');
  const { verifyBuilt } = await import('../verify/verify-built.ts');
  const { smokes, allow } = work.request;
  await verifyBuilt(built, work.gathered, { ...work.context, allow });
  const { diagnoser } = work.context;
  if (diagnoser !== undefined) await diagnoseImages(built, work.gathered, diagnoser);
  if (smokes.length === 0) return;
  work.context.sink.phase('running smoke commands');
  const { smokeBuilt } = await import('../verify/run-smoke.ts');
  await smokeBuilt(built, work.gathered, smokes, work.context.signal);
}

async function push(
  plan: BuildPlan,
  { request, gathered, context }: Work,
): Promise<BuildReport['indexes']> {
  const globals = globalArguments(request.endpoint);
  const { client } = gathered.facts;
  if (plan.pushes.length > 0) {
    context.sink.phase(`pushing ${plan.pushes.map(({ reference }) => reference).join(', ')}`);
    return pushAll(plan, needed(client), globals);
  }
  if (request.output !== 'push') return [];
  return Promise.all(request.tags.map((tag) => readIndex(tag, globals)));
}

function notesOf(
  built: readonly BuiltPlatform[],
  plan: BuildPlan,
  end: BuildRequest & { complete: boolean; verified: boolean },
): string[] {
  const notes: string[] = [];
  const tags = end.tags.join(', ');
  if (!end.complete && plan.mode === 'together' && built.length > 1 && tags !== '') {
    notes.push(
      `${tags} was left as it was: an image that lacks a platform would mislead whoever uses it. What was built is in the cache.`,
    );
  }
  if (!end.verified && end.output === 'push')
    notes.push('Nothing was pushed, since an image is not what it says.');
  if (end.verify && end.output !== 'store' && plan.pushes.length === 0 && end.output !== 'none') {
    notes.push('Not verified: the result is not in the engine’s image store.');
  }
  return notes;
}
