import { setImmediate as nextTurn } from 'node:timers/promises';
import { gatherFacts, type Gathered } from '../facts/gather.ts';
import type { EndpointFlags } from '../io/endpoint.ts';
import type { BuildReport } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import { formatPlatform, normalizePlatform } from '../model/platform.ts';
import type { PreflightReport } from '../model/preflight.ts';
import type { ProgressSink } from '../progress/sink.ts';
import { chooseNodes, type Chosen } from './choose-nodes.ts';
import { findDockerfile } from './context.ts';
import { diagnoseImages, type Diagnoser } from './diagnose-failures.ts';
import { explainFailures, explainVerification } from './explain.ts';
import { joinParts, tidyUp } from './join.ts';
import { makeLogFolder } from './logs.ts';
import type { Mistakes } from './mistakes.ts';
import { giveNames } from './names.ts';
import { builtOf, planParts, within, type BuiltPart, type Part } from './part.ts';
import { passThrough } from './pass-through.ts';
import { reportOf } from './report.ts';
import type { BuildRequest } from './request.ts';
import { checkResultFiles, writeResultFiles } from './result-files.ts';
import { runParts } from './run-parts.ts';
import { readSizes } from './sizes.ts';
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
 * The whole of a build: facts, preflight, plan, solves, names, verification, report. Several nodes
 * go through it side by side, each with its own part, and what they made is joined at the end.
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
  const names = request.nodes.map(({ name }) => name);
  context.sink.phase(`checking ${names.length > 0 ? names.join(', ') : 'the engine'}`);
  const gather = (endpoint: EndpointFlags) => gatherFrom(endpoint, request, context);
  const chosen = await chooseNodes(request, dockerfile, gather);
  if ('stopped' in chosen) return chosen;
  const parts = planParts(request, chosen);
  return { report: await buildAndVerify(parts, { request, dockerfile, context, chosen }) };
}

/** Enough for what people have in a context, and some milliseconds. */
const contextLimits = { entries: 3000, heads: 300 };

/** Done while docker builds: then it takes no time of its own. */
async function findBuildMistakes(
  parts: readonly Part[],
  { request, dockerfile, context }: Work,
): Promise<Mistakes | undefined> {
  const engine = parts[0]?.node.gathered.facts.engine;
  if (dockerfile === undefined || engine === undefined) return undefined;
  const { lookForMistakes } = await import('./mistakes.ts');
  await nextTurn();
  const { os, architecture, version } = engine;
  return lookForMistakes(request, dockerfile, {
    platforms: parts.flatMap(({ platforms }) => platforms),
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

async function gatherFrom(
  endpoint: EndpointFlags,
  request: BuildRequest,
  { env, signal }: BuildContext,
): Promise<Gathered> {
  return gatherFacts({
    endpoint,
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

interface Work {
  request: BuildRequest;
  context: BuildContext;
  chosen: Chosen;
  /** Undefined where it is not a file of this machine. */
  dockerfile: string | undefined;
}

async function buildAndVerify(parts: readonly Part[], work: Work): Promise<BuildReport> {
  const { request, context, chosen } = work;
  const { sink, signal, diagnoser } = context;
  const logFolder = await makeLogFolder(context.env);
  if (request.nodes.length > 1) sink.placed?.(nodesByPlatform(parts));
  return withStdin(request, context, async (stdin) => {
    sink.phase(`building ${namesOf(parts, request).join(', ')}`);
    const more = stdin === undefined ? {} : { stdin };
    const named = request.tags.length > 0 || parts.length > 1 || chosen.join.kind === 'home';
    const building = runParts(parts, { sink, logFolder, signal, named, ...more });
    const [built, mistakes] = await Promise.all([building, findBuildMistakes(parts, work)]);
    const explaining = { mistakes, sink, signal, ...more };
    try {
      await explainFailures(built, {
        ...explaining,
        ...(diagnoser === undefined ? {} : { diagnoser }),
      });
      return await finish(built, { ...work, mistakes });
    } catch (error) {
      // What waits for a name, as a signal or a full disk ends the build, is not left without one.
      await tidyUp(built, chosen.join);
      throw error;
    }
  });
}

/** The platforms, in the order in which they were asked for. */
function namesOf(parts: readonly Part[], { platforms }: BuildRequest): string[] {
  const wanted = platforms.length > 0 ? platforms : parts.flatMap((part) => part.platforms);
  return wanted.map(formatPlatform);
}

function nodesByPlatform(parts: readonly Part[]): ReadonlyMap<string, string> {
  return new Map(
    parts.flatMap(({ node, platforms }) =>
      platforms.map((platform) => [formatPlatform(platform), node.name] as const),
    ),
  );
}

async function finish(
  parts: readonly BuiltPart[],
  work: Work & { mistakes: Mistakes | undefined },
): Promise<BuildReport> {
  const { request, chosen, mistakes, context } = work;
  const built = builtOf(parts, request.platforms);
  const complete = built.every(({ result }) => result.ok);
  for (const part of within(parts))
    await giveNames(part.plan, part.built, part.node.gathered.engine);
  await verify(parts, work);
  if (mistakes !== undefined) await explainVerification(built, mistakes);
  // Verifying unpacks images, and only what is unpacked has the size that it takes.
  for (const part of staying(parts, request))
    await readSizes(part.built, part.node.gathered.engine);
  const verified = built.every(({ result }) => result.verification?.ok !== false);
  const state = { complete, verified };
  const { join, absent } = chosen;
  const indexes = await joinParts({
    request,
    parts,
    join,
    ...state,
    sink: context.sink,
    signal: context.signal,
  });
  await writeResultFiles(request, built, indexes);
  return reportOf(parts, { request, join, absent, built, indexes, mistakes, ...state });
}

/** The parts whose images are where containers can be made from them. */
function staying(parts: readonly BuiltPart[], { output }: BuildRequest): BuiltPart[] {
  const keeps = ({ plan }: BuiltPart) =>
    output === 'store' || plan.pushes.length > 0 || plan.tags.length > 0;
  return within(parts).filter(keeps);
}

async function verify(
  parts: readonly BuiltPart[],
  { request, context }: Pick<Work, 'request' | 'context'>,
): Promise<void> {
  const stored = staying(parts, request).filter(({ built }) =>
    built.some(({ result }) => result.ok),
  );
  if (!request.verify || stored.length === 0) return;
  const { sink, signal, diagnoser, env } = context;
  sink.phase('verifying');
  const { verifyBuilt } = await import('../verify/verify-built.ts');
  const { smokes, allow, tags } = request;
  const sites = stored.map(({ built, node: { gathered } }) => ({ built, gathered }));
  await verifyBuilt(sites, { env, signal, allow, name: tags[0] });
  if (diagnoser !== undefined) {
    for (const { built, gathered } of sites) await diagnoseImages(built, gathered, diagnoser);
  }
  if (smokes.length === 0) return;
  sink.phase('running smoke commands');
  const { smokeBuilt } = await import('../verify/run-smoke.ts');
  await Promise.all(
    sites.map(({ built, gathered }) => smokeBuilt(built, gathered, smokes, signal)),
  );
}
