import { buildFlags, parseBuildRequest } from '../build/request.ts';
import type { Diagnoser } from '../build/diagnose-failures.ts';
import { runBuild } from '../build/build.ts';
import { liveSink } from '../io/live.ts';
import { describeTerminal } from '../io/terminal.ts';
import { formatPlatform } from '../model/platform.ts';
import { lineSink, silentSink } from '../progress/lines.ts';
import type { ProgressSink } from '../progress/sink.ts';
import type { BuildReport } from '../model/build.ts';
import { buildDocument } from '../reporters/json.ts';
import { renderBuild } from '../reporters/build-text.ts';
import { renderPreflight } from '../reporters/preflight-text.ts';
import { preflightDocument } from '../reporters/json.ts';
import type { BuildRequest } from '../build/request.ts';
import type { PreflightReport } from '../model/preflight.ts';
import type { Command, CommandContext } from './command.ts';

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const request = parseBuildRequest(argv, context.env);
  const { env, stdin, signal } = context;
  const sink = await chooseSink(request, context);
  const outcome = await runBuild(request, {
    env,
    stdin,
    signal,
    sink,
    diagnoser: lazyDiagnoser(request, context),
  }).finally(() => sink.close());
  if ('stopped' in outcome) return printStopped(outcome.stopped, request, context);
  if ('passedThrough' in outcome) return outcome.passedThrough;
  printReport(outcome.report, request, context);
  return exitStatusOf(outcome.report);
}

/** Loaded only where something fails. */
function lazyDiagnoser(request: BuildRequest, context: CommandContext): Diagnoser {
  return {
    async step(...words) {
      const { diagnoserOf } = await import('./diagnose-build.ts');
      return diagnoserOf(request, context).step(...words);
    },
  };
}

async function chooseSink(
  request: BuildRequest,
  { stderr, env }: CommandContext,
): Promise<ProgressSink> {
  const terminal = describeTerminal(stderr, env);
  const names = request.platforms.map(formatPlatform);
  if (request.progress === 'quiet' || request.progress === 'none') return silentSink();
  if (request.progress === 'rawjson') return silentSink((chunk) => void stderr.write(chunk));
  const live = request.progress === 'tty' || (request.progress === 'auto' && terminal.live);
  return live
    ? liveSink(stderr, terminal)
    : lineSink((line) => void stderr.write(`${line}\n`), names);
}

function printStopped(
  report: PreflightReport,
  request: BuildRequest,
  { env, stdout }: CommandContext,
): number {
  if (request.json)
    stdout.write(
      `${JSON.stringify({ ...preflightDocument(report), command: 'build' }, null, 2)}\n`,
    );
  else stdout.write(renderPreflight(report, textOptions(stdout, env)));
  return 3;
}

function printReport(
  report: BuildReport,
  request: BuildRequest,
  { env, stdout }: CommandContext,
): void {
  if (request.json) {
    stdout.write(`${JSON.stringify(buildDocument(report), null, 2)}\n`);
    return;
  }
  if (request.quiet && report.ok) {
    const ids = new Set(
      report.platforms.map(({ imageId }) => imageId).filter((id) => id !== undefined),
    );
    stdout.write([...ids].map((id) => `${id}\n`).join(''));
    return;
  }
  // An --output to `-` has standard output to itself.
  const target = request.outputs.some((spec) => spec === '-' || /(?:^|,)dest=-(?:,|$)/.test(spec))
    ? process.stderr
    : stdout;
  target.write(renderBuild(report, textOptions(target, env)));
}

function textOptions(stream: NodeJS.WriteStream, env: CommandContext['env']) {
  const terminal = describeTerminal(stream, env);
  return { width: terminal.columns, unicode: terminal.unicode, colour: terminal.paint };
}

function exitStatusOf({ platforms }: BuildReport): number {
  if (platforms.some(({ state }) => state !== 'built')) return 1;
  return platforms.some(({ verification }) => verification?.ok === false) ? 4 : 0;
}

export const buildCommand: Command = {
  name: 'build',
  usage: '[flags] CONTEXT',
  summary: 'check the engine, build for every platform, and prove that each image runs',
  examples: [
    'xbuild --platform linux/amd64,linux/arm64 -t app .',
    'xbuild --platform linux/arm/v7 -t registry.example/app:1 --push .',
    'xbuild --platform arm64 -f docker/Dockerfile --progress plain .',
  ],
  flags: buildFlags,
  completes: 'folders',
  run,
};
