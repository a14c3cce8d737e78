import type { PlatformSupport } from '../model/preflight.ts';

/** A node as the planner sees it. Platforms are formatted: `linux/arm/v7`. */
export interface Candidate {
  name: string;
  /** The only platforms that it is to build; absent for any. */
  takes?: readonly string[];
  /** How many CPUs share its work. */
  cpus: number;
  /** One a platform that was asked for; why not, where it cannot be built there. */
  abilities: ReadonlyMap<string, Ability>;
}

/** Whether a node can build a platform. */
export interface Ability {
  support: PlatformSupport['support'];
  /** Why it cannot; absent where it can. */
  refusal?: string;
}

/** The platforms of one node, in the order in which they were asked for. */
export interface Placed {
  node: string;
  platforms: string[];
}

/** A platform that no node can build, and each node's reason. */
export interface Unplaced {
  platform: string;
  reasons: { node: string; reason: string }[];
}

export interface Placement {
  placed: Placed[];
  unplaced: Unplaced[];
}

/**
 * Puts platforms on nodes. A node that is meant for a platform comes first; then one that runs it
 * natively, then one that emulates it; among equals the one with the least to do for its CPUs, then
 * the one that was named first.
 *
 * Platforms with the fewest such nodes choose first: the others can still make up for it.
 */
export function placePlatforms(
  platforms: readonly string[],
  nodes: readonly Candidate[],
): Placement {
  const open = platforms.map((platform) => ({ platform, best: bestFor(platform, nodes) }));
  const load = new Map(nodes.map(({ name }) => [name, 0]));
  const chosen = new Map<string, string>();
  for (const { platform, best } of open.toSorted((a, b) => a.best.length - b.best.length)) {
    const after = (node: Candidate) =>
      ((load.get(node.name) ?? 0) + costOf(node, platform)) / Math.max(1, node.cpus);
    const [node] = best.toSorted((a, b) => after(a) - after(b));
    if (node === undefined) continue;
    load.set(node.name, (load.get(node.name) ?? 0) + costOf(node, platform));
    chosen.set(platform, node.name);
  }
  return {
    placed: nodes
      .map(({ name }) => ({
        node: name,
        platforms: platforms.filter((platform) => chosen.get(platform) === name),
      }))
      .filter((one) => one.platforms.length > 0),
    unplaced: platforms
      .filter((platform) => !chosen.has(platform))
      .map((platform) => ({ platform, reasons: nodes.map((node) => reasonOf(node, platform)) })),
  };
}

/** The nodes that are as good for a platform as any, in the order in which they were named. */
function bestFor(platform: string, nodes: readonly Candidate[]): Candidate[] {
  const able = nodes.filter((node) => takes(node, platform) && canBuild(node, platform));
  const ranks = able.map((node) => rankOf(node, platform));
  const first = Math.min(...ranks);
  return able.filter((_, index) => ranks[index] === first);
}

function takes(node: Candidate, platform: string): boolean {
  return node.takes?.includes(platform) ?? true;
}

function canBuild(node: Candidate, platform: string): boolean {
  const ability = node.abilities.get(platform);
  return ability !== undefined && ability.refusal === undefined;
}

const ranks = ['native', 'emulated', 'unknown', 'none'];

function rankOf(node: Candidate, platform: string): number {
  const meant = node.takes === undefined ? ranks.length : 0;
  return meant + ranks.indexOf(node.abilities.get(platform)?.support ?? 'unknown');
}

/** Compilers run about five times as long in an emulator. */
function costOf(node: Candidate, platform: string): number {
  const support = node.abilities.get(platform)?.support;
  return support === 'emulated' || support === 'unknown' ? 5 : 1;
}

function reasonOf(node: Candidate, platform: string): { node: string; reason: string } {
  const { name, takes: own = [] } = node;
  if (!takes(node, platform)) {
    return { node: name, reason: `It is to build ${own.join(', ')} only.` };
  }
  const refusal = node.abilities.get(platform)?.refusal;
  return { node: name, reason: refusal ?? 'Nothing is known of it.' };
}
