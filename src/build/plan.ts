import { XbuildError } from '../model/errors.ts';
import type { EngineFacts } from '../model/facts.ts';
import type { BuilderFacts, ClientFacts } from '../model/preflight.ts';
import { formatPlatform, platformSlug, samePlatform, type Platform } from '../model/platform.ts';
import { globalArguments } from '../io/endpoint.ts';
import { buildxOnly } from './docker-flags.ts';
import type { BuildRequest } from './request.ts';

/** One call of the docker command. */
export interface Solve {
  platforms: Platform[];
  /** Arguments after `docker`; the context is the last. */
  arguments: string[];
  environment: Record<string, string>;
}

/** A name that an image gets once it is built. */
export interface TagPlan {
  platform: Platform;
  reference: string;
}

/** One name to push; `from` are names of single platforms to push first and to join to an index. */
export interface Push {
  reference: string;
  from: string[];
}

/**
 * How a request is carried out.
 *
 * `together`: one solve builds every platform and joins them (containerd image store, or a builder
 * of its own). `separate`: one solve a platform, side by side, named afterwards, because the
 * engine's store holds one platform a name.
 */
export interface BuildPlan {
  mode: 'together' | 'separate';
  solves: Solve[];
  /** With `separate`: the names, given only after the builds. */
  tags: TagPlan[];
  /** With --push, once everything is built and verified: what goes to the registry. */
  pushes: Push[];
  /** Sentences for the user about what will be done differently than they may expect. */
  notes: string[];
}

export interface PlanInput {
  request: BuildRequest;
  platforms: readonly Platform[];
  engine: EngineFacts;
  client: ClientFacts;
  builder: BuilderFacts;
}

/** Decides how to build; throws `builder-unusable` or `bad-flag` for what no way can do. */
export function planBuild(input: PlanInput): BuildPlan {
  refuseLegacyClient(input);
  refuseRawProgress(input);
  const { platforms, request } = input;
  const native = engineOwnBuilder(input);
  if (platforms.length === 1 || !native || input.engine.store === 'containerd')
    return together(input);
  if (request.output === 'other') throw notFromClassicStore(request.outputs);
  return separate(input);
}

/** Whether a client can print its progress as JSON: buildx 0.13 and newer. */
export function speaksJson({ buildx }: ClientFacts): boolean {
  const [major = 0, minor = 0] = (buildx ?? '0.0').split('.').map(Number);
  return major > 0 || minor >= 13;
}

function refuseRawProgress({ client, request }: PlanInput): void {
  if (request.progress !== 'rawjson' || speaksJson(client)) return;
  throw new XbuildError(
    'bad-flag',
    '--progress=rawjson needs buildx 0.13 or newer, and this docker command has none',
    'Use --progress=plain, or install docker-buildx.',
  );
}

/** Whether the engine's own BuildKit builds: then its image store decides what a name can hold. */
function engineOwnBuilder({ builder }: PlanInput): boolean {
  return builder.driver === 'docker' || builder.driver === 'unknown';
}

function refuseLegacyClient({ client, request, platforms }: PlanInput): void {
  if (client.buildx !== null) return;
  if (Number(client.version?.split('.')[0]) >= 23) {
    throw new XbuildError(
      'builder-unusable',
      `docker ${client.version} cannot use BuildKit without its buildx plugin, and the plugin is not installed`,
      'Install it: sudo apt-get install docker-buildx-plugin (or docker-buildx, with packages of Debian and Ubuntu).',
    );
  }
  const flag = request.passed.find(({ name }) => buildxOnly.has(name));
  const builder = request.builder === undefined ? undefined : 'builder';
  const push = request.output === 'push' && platforms.length > 1 ? 'push' : undefined;
  const name = flag?.name ?? builder ?? push;
  if (name === undefined) return;
  throw new XbuildError(
    'builder-unusable',
    `--${name} needs buildx, and docker ${client.version} here has no buildx plugin`,
    `Install docker-buildx, or leave out --${name}.`,
  );
}

function notFromClassicStore(outputs: readonly string[]): XbuildError {
  return new XbuildError(
    'builder-unusable',
    `this engine's classic image store cannot write --output ${outputs.join(' ')} for several platforms at once`,
    'Switch on the containerd image store ("features": {"containerd-snapshotter": true} in daemon.json), or build one platform at a time.',
  );
}

function together(input: PlanInput): BuildPlan {
  const { request, platforms } = input;
  const tags = request.tags.flatMap((tag) => ['--tag', tag]);
  const solve = solveOf(input, platforms, [...tags, ...outputArguments(input)]);
  const pushes = pushesLast(input)
    ? request.tags.map((reference) => ({ reference, from: [] }))
    : [];
  return { mode: 'together', solves: [solve], tags: [], pushes, notes: [] };
}

/**
 * Whether a push can wait until the images are verified: the engine keeps them until then. A builder
 * of its own, or an --output with options, pushes as part of the solve.
 */
export function pushesLast(input: PlanInput): boolean {
  const { request } = input;
  return request.output === 'push' && request.outputs.length === 0 && engineOwnBuilder(input);
}

function outputArguments(input: PlanInput): string[] {
  const { request } = input;
  if (request.outputs.length > 0) return request.outputs.flatMap((spec) => ['--output', spec]);
  // The engine's own BuildKit keeps the image in its store; other builders must be told to.
  if (engineOwnBuilder(input)) return [];
  return [request.output === 'push' ? '--push' : '--load'];
}

function separate(input: PlanInput): BuildPlan {
  const { request, platforms } = input;
  const nothing = request.output === 'none';
  const output = nothing ? request.outputs.flatMap((spec) => ['--output', spec]) : [];
  const named = nothing ? [] : request.tags;
  const own = platforms.find((platform) => isEnginesOwn(platform, input.engine));
  const perPlatform = named.flatMap((tag) =>
    platforms.map((platform) => ({ platform, reference: platformTag(tag, platform) })),
  );
  const push = request.output === 'push';
  const plain =
    own === undefined || push ? [] : named.map((reference) => ({ platform: own, reference }));
  const pushes = named.map((reference) => ({
    reference,
    from: platforms.map((platform) => platformTag(reference, platform)),
  }));
  return {
    mode: 'separate',
    solves: platforms.map((platform) => solveOf(input, [platform], output)),
    tags: [...perPlatform, ...plain],
    pushes: push ? pushes : [],
    notes: push || named.length === 0 ? [] : [explainTags(named, own)],
  };
}

function explainTags(tags: readonly string[], own: Platform | undefined): string {
  const plain =
    own === undefined
      ? 'The engine’s own platform was not asked for, so the plain name is not set.'
      : `${tags.join(', ')} is ${formatPlatform(own)}.`;
  return `The engine’s classic image store holds one platform a name: each platform gets a name of its own. ${plain}`;
}

/** Tells whether a platform is the one that `docker run` takes without --platform on this engine. */
export function isEnginesOwn(platform: Platform, engine: EngineFacts): boolean {
  const { os, architecture } = engine;
  if (architecture === 'arm') return platform.architecture === 'arm';
  return samePlatform(platform, { os, architecture });
}

/** `app` → `app:latest-arm64`, `reg:5000/app:1` → `reg:5000/app:1-arm-v7`. */
export function platformTag(reference: string, platform: Platform): string {
  const slash = reference.lastIndexOf('/');
  const hasTag = reference.indexOf(':', slash + 1) >= 0;
  return `${hasTag ? reference : `${reference}:latest`}-${platformSlug(platform)}`;
}

function solveOf(
  input: PlanInput,
  platforms: readonly Platform[],
  output: readonly string[],
): Solve {
  const { client, request } = input;
  const buildx = client.buildx !== null;
  const builder =
    buildx && input.builder.name !== 'default' ? ['--builder', input.builder.name] : [];
  const words = [
    ...globalArguments(request.endpoint),
    ...(buildx ? ['buildx', 'build'] : ['build']),
    ...builder,
    '--platform',
    platforms.map(formatPlatform).join(','),
    ...request.passed.flatMap((flag) => flag.words),
    ...output,
    // "--" keeps a context that begins with "-" from being taken as a flag.
    ...(request.context === '-' ? ['-'] : ['--', request.context]),
  ];
  return { platforms: [...platforms], arguments: words, environment: environmentOf(input) };
}

function environmentOf({ client, request }: PlanInput): Record<string, string> {
  if (client.buildx === null) return { DOCKER_BUILDKIT: '1' };
  return {
    ...(request.attestations === 'off' ? { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } : {}),
    // xbuild reads the image's id from the metadata file; the provenance in it costs a step.
    ...(request.metadataFile === undefined ? { BUILDX_METADATA_PROVENANCE: 'disabled' } : {}),
  };
}

/** What a build of part of a Dockerfile must not take over: it comes from the cache, and is only looked at. */
const notForStages = new Set(
  'file target no-cache no-cache-filter pull cache-to attest provenance sbom annotation label call check'.split(
    ' ',
  ),
);

/**
 * The solve that makes an image of a Dockerfile's part, for one platform. Undefined where it would
 * not come to be in the engine's store at once: with a builder of its own.
 */
export function forStage(input: PlanInput, platform: Platform, file: string): Solve | undefined {
  if (!engineOwnBuilder(input)) return undefined;
  const passed = input.request.passed.filter(({ name }) => !notForStages.has(name));
  const request = { ...input.request, passed };
  const solve = solveOf({ ...input, request }, [platform], ['--file', file]);
  const { BUILDX_METADATA_PROVENANCE: _asked, ...environment } = solve.environment;
  const off = input.client.buildx === null ? {} : attestationsOff;
  return { ...solve, environment: { ...environment, ...off } };
}

const attestationsOff = {
  BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
  BUILDX_METADATA_PROVENANCE: 'disabled',
};

/** The same solve for fewer platforms, kept out of the user's names: its result is only looked at. */
export function withoutNames(input: PlanInput, platforms: readonly Platform[]): Solve {
  const keeps = input.request.output === 'store' && engineOwnBuilder(input);
  return solveOf(input, platforms, keeps ? [] : ['--output', 'type=cacheonly']);
}
