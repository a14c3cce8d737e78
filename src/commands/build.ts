import { buildFlags } from '../build/request.ts';
import type { Diagnoser } from '../build/diagnose-failures.ts';
import { runBuild } from '../build/build.ts';
import { findDockerfile } from '../build/context.ts';
import { liveSink } from '../io/live.ts';
import { describeTerminal } from '../io/terminal.ts';
import { XbuildError } from '../model/errors.ts';
import { parseReportTargets } from '../model/report-target.ts';
import { formatPlatform } from '../model/platform.ts';
import { lineSink, silentSink } from '../progress/lines.ts';
import type { ProgressSink } from '../progress/sink.ts';
import type { BuildReport } from '../model/build.ts';
import { buildDocument, preflightDocument } from '../reporters/json.ts';
import { renderBuild } from '../reporters/build-text.ts';
import { renderPreflight } from '../reporters/preflight-text.ts';
import type { BuildRequest } from '../build/request.ts';
import type { PreflightReport } from '../model/preflight.ts';
import { reportOfBuild } from '../reports/build.ts';
import { reportOfPreflight } from '../reports/preflight.ts';
import type { Command, CommandContext } from './command.ts';
import { foldPhases } from './fold-phases.ts';
import { joinResults, resultOfRefusal, type NamedResult } from './join-results.ts';
import { runReported, type Result } from './reporting.ts';
import { requestedBuilds, type RequestedBuild } from './requested-builds.ts';

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const builds = await requestedBuilds(argv, context.env);
  for (const { request } of builds) refuseTwoOnStdout(request);
  const { reports = [], json = false } = builds[0]?.request ?? {};
  return runReported({ command: 'build', reports, json }, context, () => workAll(builds, context));
}

/** Several images one after the other; one that cannot be built does not hide the others. */
async function workAll(
  builds: readonly RequestedBuild[],
  context: CommandContext,
): Promise<Result | number> {
  const [only] = builds;
  if (only !== undefined && builds.length === 1) return workOne(only, context);
  const results: NamedResult[] = [];
  let status = 0;
  for (const build of builds) {
    const { name = '' } = build;
    context.stderr.write(`image ${name}\n`);
    const result = await workOne(build, context).catch((error: unknown) =>
      resultOfRefusal(error, 'build'),
    );
    if (typeof result === 'number') status ||= result;
    else results.push({ name, result });
  }
  return results.length === 0 ? status : joinResults('build', results);
}

async function workOne(build: RequestedBuild, context: CommandContext): Promise<Result | number> {
  try {
    return await work(build.request, context);
  } catch (error) {
    throw build.locate?.(error) ?? error;
  }
}

async function work(request: BuildRequest, context: CommandContext): Promise<Result | number> {
  const { env, stdin, signal, ci, commandStreams } = context;
  const own = await chooseSink(request, context);
  const sink = showsLines(request, context)
    ? foldPhases(own, ci, (line) => void commandStreams.stderr.write(`${line}\n`))
    : own;
  const outcome = await runBuild(request, {
    env,
    stdin,
    signal,
    sink,
    diagnoser: lazyDiagnoser(request, context),
  }).finally(() => sink.close());
  if ('stopped' in outcome) return resultOfStopped(outcome.stopped);
  return 'passedThrough' in outcome
    ? outcome.passedThrough
    : resultOfReport(outcome.report, request, context);
}

/** Loaded only where something fails. */
function lazyDiagnoser(request: BuildRequest, context: CommandContext): Diagnoser {
  return {
    async step(...words) {
      const { diagnoserOf } = await import('./diagnose-build.ts');
      return diagnoserOf(request, context).step(...words);
    },
    async image(...words) {
      const { diagnoserOf } = await import('./diagnose-build.ts');
      return diagnoserOf(request, context).image(...words);
    },
  };
}

/** Whether --output sends the image itself to standard output. */
function ownsStdout({ outputs }: BuildRequest): boolean {
  return outputs.some((spec) => spec === '-' || /(?:^|,)dest=-(?:,|$)/.test(spec));
}

function refuseTwoOnStdout(request: BuildRequest): void {
  if (!ownsStdout(request)) return;
  const printed = parseReportTargets(request.reports, false).find(({ file }) => file === undefined);
  if (printed === undefined) return;
  throw new XbuildError(
    'bad-flag',
    `--output sends the image to standard output, and --report ${printed.format} would too`,
    `Give the report a file: --report ${printed.format}=FILE`,
  );
}

/** Whether progress is plain lines. */
function showsLines({ progress }: BuildRequest, { stderr, env }: CommandContext): boolean {
  if (progress === 'auto') return !describeTerminal(stderr, env).live;
  return progress === 'plain';
}

async function chooseSink(request: BuildRequest, context: CommandContext): Promise<ProgressSink> {
  const { stderr, env } = context;
  if (request.progress === 'quiet' || request.progress === 'none') return silentSink();
  if (request.progress === 'rawjson') return silentSink((chunk) => void stderr.write(chunk));
  if (!showsLines(request, context)) return liveSink(stderr, describeTerminal(stderr, env));
  return lineSink((line) => void stderr.write(`${line}\n`), request.platforms.map(formatPlatform));
}

function resultOfStopped(report: PreflightReport): Result {
  return {
    exitStatus: 3,
    report: (end) => reportOfPreflight(report, end, 'build'),
    document: () => ({ ...preflightDocument(report), command: 'build' }),
    text: (options) => renderPreflight(report, options),
  };
}

function resultOfReport(
  report: BuildReport,
  request: BuildRequest,
  context: CommandContext,
): Result {
  return {
    exitStatus: exitStatusOf(report),
    report: (end) => reportOfBuild(report, end, findDockerfile(request)),
    document: () => buildDocument(report),
    text: (options) =>
      request.quiet && report.ok ? imageIds(report) : renderBuild(report, options),
    ...(ownsStdout(request) ? { textStream: context.stderr } : {}),
  };
}

function imageIds({ platforms }: BuildReport): string {
  const ids = platforms.map(({ imageId }) => imageId).filter((id) => id !== undefined);
  return [...new Set(ids)].map((id) => `${id}\n`).join('');
}

function exitStatusOf({ platforms }: BuildReport): number {
  if (platforms.some(({ state }) => state !== 'built')) return 1;
  return platforms.some(({ verification }) => verification?.ok === false) ? 4 : 0;
}

export const buildCommand: Command = {
  name: 'build',
  usage: '[flags] CONTEXT | [flags] [IMAGE…]',
  summary: 'build for every platform and prove that each image runs',
  examples: [
    'xbuild --platform linux/amd64,linux/arm64 -t app .',
    'xbuild --platform linux/arm/v7 -t registry.example/app:1 --push .',
    'xbuild build                              # all images of xbuild.yaml',
  ],
  flags: buildFlags,
  completes: 'folders',
  run,
};
