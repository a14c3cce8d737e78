import { judge } from '../checks/preflight.ts';
import type { Gathered } from '../facts/gather.ts';
import type { EndpointFlags } from '../io/endpoint.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown } from '../model/facts.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { PreflightReport } from '../model/preflight.ts';
import type { NodeRequest } from './node-request.ts';
import type { BuildRequest } from './request.ts';
import { placePlatforms, type Ability, type Candidate, type Unplaced } from './place.ts';

/** An engine that builds: how the docker command is told of it, and what is known of it. */
export interface BuildNode {
  name: string;
  endpoint: EndpointFlags;
  gathered: Gathered;
  /** The only platforms that it is to build; absent for any. */
  takes?: Platform[];
}

/** A node that cannot be used, and why. */
export interface AbsentNode {
  name: string;
  error: XbuildError;
}

export interface OpenedNodes {
  nodes: BuildNode[];
  absent: AbsentNode[];
}

/** Asks one engine for its facts. */
export type Gather = (endpoint: EndpointFlags) => Promise<Gathered>;

/**
 * Asks all nodes at once what they can do. One that cannot be reached, or that cannot build as a
 * node does, is absent. Throws what is wrong with the request itself.
 */
export async function openNodes(
  { nodes: requested, endpoint }: Pick<BuildRequest, 'nodes' | 'endpoint'>,
  gather: Gather,
): Promise<OpenedNodes> {
  const opened = await Promise.all(requested.map((one) => openNode({ endpoint, ...one }, gather)));
  const nodes: BuildNode[] = [];
  const absent: AbsentNode[] = [];
  for (const one of opened) {
    const twin = 'error' in one ? undefined : nodes.find((other) => urlOf(other) === urlOf(one));
    if ('error' in one) absent.push(one);
    else if (twin === undefined) nodes.push(one);
    else absent.push({ name: one.name, error: sameEngine(twin) });
  }
  return { nodes, absent };
}

async function openNode(
  { name, endpoint, platforms }: Required<Pick<NodeRequest, 'endpoint'>> & NodeRequest,
  gather: Gather,
): Promise<BuildNode | AbsentNode> {
  try {
    const gathered = await gather(endpoint);
    const error = otherBuilder(gathered);
    if (error !== undefined) return { name, error };
    return { name, endpoint, gathered, ...(platforms === undefined ? {} : { takes: platforms }) };
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code === 'interrupted') throw error;
    if (error.code === 'bad-argument' && endpoint.context === undefined) throw error;
    return { name, error };
  }
}

function urlOf({ gathered }: BuildNode): string {
  return gathered.facts.engine.endpoint.url;
}

function sameEngine({ name }: BuildNode): XbuildError {
  return new XbuildError(
    'bad-argument',
    `it is the same engine as ${name}`,
    'Leave one of the two out.',
  );
}

/** What a builder of its own makes stays in that builder, and cannot be verified or joined. */
function otherBuilder({ facts }: Gathered): XbuildError | undefined {
  if (!isKnown(facts.builder)) return undefined;
  const { name, driver } = facts.builder;
  if (driver === 'docker' || driver === 'unknown') return undefined;
  return new XbuildError(
    'builder-unusable',
    `docker buildx use has chosen the builder "${name}" (${driver}) for it, and a node builds with the engine's own`,
    'Choose that again: docker buildx use default',
  );
}

/** What one node is to build, and what preflight says of that. */
export interface Share {
  node: BuildNode;
  platforms: Platform[];
  preflight: PreflightReport;
}

export interface ShareQuestion {
  platforms: readonly Platform[];
  /** False where a failed check stops nothing: then any node will do, if need be. */
  mustRun: boolean;
}

/** Pure: puts the platforms on the nodes. Throws where one of them has no node. */
export function shareOut(
  { nodes, absent }: OpenedNodes,
  { platforms, mustRun }: ShareQuestion,
): Share[] {
  const names = platforms.map(formatPlatform);
  const candidates = [
    ...nodes.map((node) => candidateOf(node, platforms, mustRun)),
    ...absent.map(({ name, error }) => unusable(name, names, error.message)),
  ];
  const { placed, unplaced } = placePlatforms(names, candidates);
  if (unplaced.length > 0) throw noNode(unplaced, absent);
  return nodes.flatMap((node) => {
    const own = placed.find((one) => one.node === node.name)?.platforms ?? [];
    const wanted = platforms.filter((platform) => own.includes(formatPlatform(platform)));
    if (wanted.length === 0) return [];
    const preflight = judge({ facts: node.gathered.facts, platforms: wanted, named: true });
    return [{ node, platforms: wanted, preflight }];
  });
}

function candidateOf(node: BuildNode, platforms: readonly Platform[], mustRun: boolean): Candidate {
  const { facts } = node.gathered;
  const abilities = platforms.map((platform): [string, Ability] => {
    const report = judge({ facts, platforms: [platform], named: true });
    const row = report.platforms[0];
    const failed = report.checks.find(({ status }) => status === 'fail');
    const refusal = row?.reason ?? failed?.message ?? 'It was not seen to run there.';
    return [
      formatPlatform(platform),
      {
        support: row?.support ?? 'unknown',
        ...(report.ok || !mustRun ? {} : { refusal }),
      },
    ];
  });
  return {
    name: node.name,
    ...(node.takes === undefined ? {} : { takes: node.takes.map(formatPlatform) }),
    cpus: facts.engine.cpus,
    abilities: new Map(abilities),
  };
}

function unusable(name: string, platforms: readonly string[], refusal: string): Candidate {
  const abilities = platforms.map((one) => [one, { support: 'none' as const, refusal }] as const);
  return { name, cpus: 1, abilities: new Map(abilities) };
}

function noNode(unplaced: readonly Unplaced[], absent: readonly AbsentNode[]): XbuildError {
  const names = unplaced.map(({ platform }) => platform).join(', ');
  const detail = unplaced.flatMap(({ platform, reasons }) =>
    reasons.map(({ node, reason }) => `${platform} on ${node}: ${reason}`),
  );
  const [first] = absent;
  return new XbuildError(
    first === undefined ? 'platform-unsupported' : 'engine-unreachable',
    `no node can build ${names}`,
    first?.error.hint ??
      `Add a node that can, or an emulator to one of these: xbuild preflight --platform ${names.replaceAll(' ', '')} --context NODE`,
    { detail },
  );
}
