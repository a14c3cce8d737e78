import { missingDocker } from '../io/docker-cli.ts';
import type { BuiltPlatform } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown } from '../model/facts.ts';
import type { BuilderFacts, ClientFacts } from '../model/preflight.ts';
import type { Gathered } from '../facts/gather.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { Chosen } from './choose-nodes.ts';
import type { Share } from './nodes.ts';
import { planBuild, type BuildPlan, type PlanInput } from './plan.ts';
import { refuseForParts } from './refuse.ts';
import type { BuildRequest } from './request.ts';

/** What one node does of a build: all of it, where there is only one. */
export interface Part extends Share {
  input: PlanInput;
  plan: BuildPlan;
}

/** The same, once docker has built. */
export interface BuiltPart extends Part {
  built: BuiltPlatform[];
  /** The engine went away in the middle: nothing more can be asked of it. */
  lost: boolean;
}

/** Plans each node's part. Throws what no way can do. */
export function planParts(request: BuildRequest, { shares, join }: Chosen): Part[] {
  const whole = shares.length === 1 && join.kind === 'none';
  if (!whole) refuseForParts(request, join);
  // What is brought home gets its names there.
  const names = join.kind === 'home' ? { tags: [] } : {};
  return shares.map((share) => {
    const input = planInputOf({ ...request, ...names }, share);
    return { ...share, input, plan: planBuild(input, whole ? 'whole' : 'part') };
  });
}

function planInputOf(request: BuildRequest, { node, platforms }: Share): PlanInput {
  const { client, builder, engine } = node.gathered.facts;
  return {
    request: { ...request, endpoint: node.endpoint },
    platforms,
    engine,
    client: clientOf(client),
    builder: builderOf(builder),
  };
}

function clientOf(client: Gathered['facts']['client']): ClientFacts {
  if (isKnown(client)) return client;
  throw new XbuildError('cli-missing', client.unknown, missingDocker().hint);
}

function builderOf(builder: Gathered['facts']['builder']): BuilderFacts {
  return isKnown(builder) ? builder : { name: 'default', driver: 'docker', source: 'default' };
}

/** The parts that still have an engine to talk to. */
export function within(parts: readonly BuiltPart[]): BuiltPart[] {
  return parts.filter(({ lost }) => !lost);
}

/** The platforms of all parts, in the order in which they were asked for. */
export function builtOf(parts: readonly BuiltPart[], order: readonly Platform[]): BuiltPlatform[] {
  const rank = new Map(order.map((platform, index) => [formatPlatform(platform), index]));
  const rankOf = ({ result }: BuiltPlatform) => rank.get(result.platform) ?? 0;
  return parts.flatMap(({ built }) => built).toSorted((a, b) => rankOf(a) - rankOf(b));
}
