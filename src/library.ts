import type { Allowance } from './model/allowance.ts';
import { XbuildError } from './model/errors.ts';
import type { BuildReport } from './model/build.ts';
import type { Diagnosis, TargetKind } from './model/diagnosis.ts';
import { parsePlatform, parsePlatformList } from './model/platform.ts';
import type { PreflightReport } from './model/preflight.ts';
import type { ImageVerification } from './model/verification.ts';
import type { BuildEvent } from './progress/event.ts';

/** Which engine to talk to; without both, the one that the docker command would take. */
export interface EngineOptions {
  /** `unix:///run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. */
  host?: string;
  /** The name of a Docker context. */
  context?: string;
  signal?: AbortSignal;
}

/** What `preflight` is asked. */
export interface PreflightOptions extends EngineOptions {
  /** `linux/arm64`, `arm/v7`, … */
  platforms: readonly string[];
  /** A builder of buildx. */
  builder?: string;
}

/** What `build` builds, and who hears of it. */
export interface BuildOptions extends EngineOptions {
  /** Words as after `xbuild build`: `['--platform', 'linux/arm64', '-t', 'app', '.']`. */
  arguments: readonly string[];
  /** Hears what the build does, and for which platforms. */
  onEvent?: (event: BuildEvent, platforms: readonly string[]) => void;
}

/** What `verify` looks at, and what it lets pass. */
export interface VerifyOptions extends EngineOptions {
  /** As `xbuild verify` takes them: names, `docker://NAME`, `oci:FOLDER`, `container:NAME` … */
  images: readonly string[];
  /** Without them, every platform that an image has. */
  platforms?: readonly string[];
  /** Platforms that each image must have, whatever others it has. */
  require?: readonly string[];
  /** Faults that may be there, and why. */
  allow?: readonly Allowance[];
  /** False forgets what was found out about the same layers before. */
  cache?: boolean;
}

/** What `diagnose` explains. */
export interface DiagnoseOptions extends EngineOptions {
  /** A container, an image, a file, `IMAGE:PATH`, `CONTAINER:PATH`, or the path of a log. */
  target: string;
  /** Which of them, where a name could be several. */
  kind?: Exclude<TargetKind, 'step'>;
  platform?: string;
  /** What would be executed in the container, in place of what it starts. */
  exec?: readonly string[];
}

/** Says which platforms an engine can build and run, and what stands in the way. Changes nothing. */
export async function preflight(options: PreflightOptions): Promise<PreflightReport> {
  const [{ gatherFacts }, { judge }] = await Promise.all([
    import('./facts/gather.ts'),
    import('./checks/preflight.ts'),
  ]);
  const platforms = parsePlatformList(options.platforms);
  const { facts } = await gatherFacts({ ...gatherInput(options), ...builderOf(options) });
  return judge({ facts, platforms, named: true });
}

/**
 * Checks the engine, builds every platform, and proves that each image runs.
 *
 * A platform that fails is a result; a request that cannot be carried out throws XbuildError, also
 * where preflight shows that a platform cannot be built (`platform-unsupported`, with its findings).
 */
export async function build(options: BuildOptions): Promise<BuildReport> {
  const [{ parseBuildRequest }, { runBuild }, { silentSink }] = await Promise.all([
    import('./build/request.ts'),
    import('./build/build.ts'),
    import('./progress/lines.ts'),
  ]);
  const request = parseBuildRequest(options.arguments, process.env);
  const sink = silentSink();
  if (options.onEvent !== undefined) sink.event = options.onEvent;
  const outcome = await runBuild(
    { ...request, endpoint: { ...request.endpoint, ...endpointOf(options) } },
    { env: process.env, stdin: process.stdin, signal: signalOf(options), sink },
  );
  if ('report' in outcome) return outcome.report;
  if ('stopped' in outcome) throw cannotBuild(outcome.stopped);
  throw new XbuildError('bad-flag', '--call and --check build nothing', 'Leave them out.');
}

function cannotBuild(report: PreflightReport): XbuildError {
  const reasons = report.checks.filter(({ status }) => status === 'fail');
  return new XbuildError(
    'platform-unsupported',
    'preflight shows that a platform cannot be built on this engine',
    reasons[0]?.fix?.text ?? 'Call preflight() for the findings and what puts them right.',
    { detail: reasons.map(({ message }) => message) },
  );
}

/** Proves that images run, and are what they say they are. */
export async function verify(options: VerifyOptions): Promise<ImageVerification[]> {
  const [{ gatherFacts }, { verifySources }, { recogniseTarget }, { cacheOf }] = await Promise.all([
    import('./facts/gather.ts'),
    import('./verify/verify-sources.ts'),
    import('./inventory/recognise-target.ts'),
    import('./verify/verified-image.ts'),
  ]);
  return verifySources({
    targets: await Promise.all(options.images.map(recogniseTarget)),
    platforms: parsePlatformList(options.platforms ?? []),
    required: parsePlatformList(options.require ?? []),
    allow: options.allow ?? [],
    cache: cacheOf(process.env, options.cache ?? true),
    signal: signalOf(options),
    gather: () => gatherFacts(gatherInput(options)),
  });
}

/**
 * Says why something does not run: one cause, the evidence, the fix. That nothing is wrong is an
 * answer too. Changes nothing.
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const [{ gatherTarget }, { openSession }, judging, { causes }] = await Promise.all([
    import('./diagnose/find-target.ts'),
    import('./diagnose/open-session.ts'),
    import('./diagnose/judge.ts'),
    import('./causes/index.ts'),
  ]);
  const { target, kind, platform, exec } = options;
  const question = {
    name: target,
    ...(kind === undefined ? {} : { kind }),
    ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    ...(exec === undefined ? {} : { exec: [...exec] }),
    stdin: process.stdin,
  };
  const world = { env: process.env, signal: signalOf(options) };
  const { facts } = await gatherTarget(question, () => openSession(endpointOf(options), world));
  return judging.diagnose(facts, causes);
}

function gatherInput(options: EngineOptions) {
  return {
    endpoint: endpointOf(options),
    probe: true,
    env: process.env,
    signal: signalOf(options),
  };
}

function builderOf({ builder }: PreflightOptions): { builder?: string } {
  return builder === undefined ? {} : { builder };
}

function endpointOf({ host, context }: EngineOptions): { host?: string; context?: string } {
  return {
    ...(host === undefined ? {} : { host }),
    ...(context === undefined ? {} : { context }),
  };
}

function signalOf({ signal }: EngineOptions): AbortSignal {
  return signal ?? new AbortController().signal;
}
