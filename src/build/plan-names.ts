import type { EngineFacts } from '../model/facts.ts';
import { formatPlatform, platformSlug, samePlatform, type Platform } from '../model/platform.ts';
import type { BuildPlan, PlanInput } from './plan.ts';
import type { BuildRequest } from './request.ts';

/** A name that an image gets once all of its platforms are built. */
export interface TagPlan {
  /** The name that the user asked for. */
  of: string;
  platforms: readonly Platform[];
  reference: string;
}

/** One name to push; `from` are names of single platforms to push first and to join to an index. */
export interface Push {
  reference: string;
  from: string[];
}

/** Names for what each solve makes: they tell the platforms, since no name holds them all yet. */
export function tagsOfSolves(
  request: BuildRequest,
  solves: readonly (readonly Platform[])[],
): TagPlan[] {
  if (request.output !== 'store' && request.output !== 'push') return [];
  return request.tags.flatMap((tag) =>
    solves.map((platforms) => ({ of: tag, platforms, reference: platformsTag(tag, platforms) })),
  );
}

/** Names of single platforms joined on this engine: in the registry, or under the plain name. */
export function joinedHere(
  { request, platforms, engine }: PlanInput,
  perPlatform: readonly TagPlan[],
): Pick<BuildPlan, 'tags' | 'pushes' | 'notes'> {
  const { tags: names } = request;
  const tags = [...perPlatform];
  if (request.output === 'push') {
    const pushes = names.map((reference) => ({
      reference,
      from: platforms.map((platform) => platformsTag(reference, [platform])),
    }));
    return { tags, pushes, notes: [] };
  }
  const own = platforms.find((platform) => isEnginesOwn(platform, engine));
  const plain =
    own === undefined
      ? []
      : names.map((reference) => ({ of: reference, platforms: [own], reference }));
  return {
    tags: [...tags, ...plain],
    pushes: [],
    notes: names.length === 0 ? [] : [explainTags(names, own)],
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

/** `app` → `app:latest-arm64`, `reg:5000/app:1` → `reg:5000/app:1-amd64-arm-v7`. */
export function platformsTag(reference: string, platforms: readonly Platform[]): string {
  const slash = reference.lastIndexOf('/');
  const hasTag = reference.indexOf(':', slash + 1) >= 0;
  const tag = hasTag ? reference : `${reference}:latest`;
  return [tag, ...platforms.map(platformSlug)].join('-');
}
