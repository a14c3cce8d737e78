import type { EngineFacts } from '../model/facts.ts';
import type { BuilderFacts, ClientFacts } from '../model/preflight.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { globalArguments } from '../io/endpoint.ts';
import { localFolderFor } from './local-output.ts';
import { joinedHere, tagsOfSolves, type Push, type TagPlan } from './plan-names.ts';
import { notFromClassicStore, refuseLegacyClient, refuseRawProgress } from './refuse.ts';
import type { BuildRequest } from './request.ts';

/** One call of the docker command. */
export interface Solve {
  platforms: Platform[];
  /** Arguments after `docker`; the context is the last. */
  arguments: string[];
  environment: Record<string, string>;
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
  /** Names that the solve gives, once all platforms are built. */
  solveTags: readonly string[];
  /** Names that are given only after the builds. */
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

/** Whether a request is for one engine, or this is what one node of several does of it. */
type Role = 'whole' | 'part';

/**
 * Decides how to build; throws `builder-unusable` or `bad-flag` for what no way can do.
 *
 * A `part` is what one node of several builds: its images are named last, for the platforms that
 * they have.
 */
export function planBuild(input: PlanInput, role: Role = 'whole'): BuildPlan {
  refuseLegacyClient(input);
  refuseRawProgress(input);
  const { platforms, request } = input;
  const native = engineOwnBuilder(input);
  if (platforms.length === 1 || !native || input.engine.store === 'containerd')
    return together(input, role);
  if (request.output === 'other' && role === 'whole') throw notFromClassicStore(request.outputs);
  return separate(input, role);
}

/** Whether the engine's own BuildKit builds: then its image store decides what a name can hold. */
function engineOwnBuilder({ builder }: PlanInput): boolean {
  return builder.driver === 'docker' || builder.driver === 'unknown';
}

function together(input: PlanInput, role: Role): BuildPlan {
  const { request, platforms } = input;
  const solveTags = role === 'whole' ? request.tags : [];
  const tags = solveTags.flatMap((tag) => ['--tag', tag]);
  const solve = solveOf(input, platforms, [...tags, ...outputArguments(input, platforms, role)]);
  const pushes = pushesLast(input) ? solveTags.map((reference) => ({ reference, from: [] })) : [];
  return {
    mode: 'together',
    solves: [solve],
    solveTags,
    tags: role === 'whole' ? [] : tagsOfSolves(request, [platforms]),
    pushes,
    notes: [],
  };
}

/**
 * Whether a push can wait until the images are verified: the engine keeps them until then. A builder
 * of its own, or an --output with options, pushes as part of the solve.
 */
export function pushesLast(input: PlanInput): boolean {
  const { request } = input;
  return request.output === 'push' && request.outputs.length === 0 && engineOwnBuilder(input);
}

function outputArguments(input: PlanInput, platforms: readonly Platform[], role: Role): string[] {
  const { request } = input;
  if (request.outputs.length > 0) return outputsFor(request, platforms, role);
  // The engine's own BuildKit keeps the image in its store; other builders must be told to.
  if (engineOwnBuilder(input)) return [];
  return [request.output === 'push' ? '--push' : '--load'];
}

/** Of several solves that write to one folder, each with one platform needs a folder of its own. */
function outputsFor(
  { output, outputs }: BuildRequest,
  platforms: readonly Platform[],
  role: Role,
): string[] {
  const [only, ...others] = platforms;
  const shares = role === 'part' && output === 'other' && others.length === 0;
  return outputs.flatMap((spec) => [
    '--output',
    shares && only !== undefined ? localFolderFor(spec, only) : spec,
  ]);
}

function separate(input: PlanInput, role: Role): BuildPlan {
  const { request, platforms } = input;
  const keeps = request.output === 'store' || request.output === 'push';
  const tags = tagsOfSolves(
    request,
    platforms.map((platform) => [platform]),
  );
  const plan = {
    mode: 'separate' as const,
    solves: platforms.map((platform) =>
      solveOf(input, [platform], keeps ? [] : outputsFor(request, [platform], role)),
    ),
    solveTags: [],
    tags,
    pushes: [],
    notes: [],
  };
  return role === 'part' || !keeps ? plan : { ...plan, ...joinedHere(input, tags) };
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
export function forStage(
  input: PlanInput,
  platform: Platform,
  { file, label }: { file: string; label: string },
): Solve | undefined {
  if (!engineOwnBuilder(input)) return undefined;
  const passed = input.request.passed.filter(({ name }) => !notForStages.has(name));
  const request = { ...input.request, passed };
  const solve = solveOf({ ...input, request }, [platform], ['--file', file, '--label', label]);
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
