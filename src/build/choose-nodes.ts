import { judge } from '../checks/preflight.ts';
import { XbuildError } from '../model/errors.ts';
import { normalizePlatform, type Platform } from '../model/platform.ts';
import type { PreflightReport } from '../model/preflight.ts';
import { readDockerfile } from './context.ts';
import type { NodeRequest } from './node-request.ts';
import { openNodes, shareOut, type AbsentNode, type Gather, type Share } from './nodes.ts';
import { planJoin, type Join } from './plan-join.ts';
import type { BuildRequest } from './request.ts';

/** Who builds what, and how it comes together. */
export interface Chosen {
  shares: Share[];
  join: Join;
  absent: AbsentNode[];
}

/**
 * Asks the engines that a request names, and puts the platforms on them. `stopped`: preflight
 * showed that the only engine cannot build a platform.
 *
 * Throws where no engine can be reached, and where no node can build a platform.
 */
export async function chooseNodes(
  request: BuildRequest,
  dockerfile: string | undefined,
  gather: Gather,
): Promise<Chosen | { stopped: PreflightReport }> {
  const { nodes } = request;
  const [only] = nodes;
  const isOne = nodes.length <= 1 && only?.platforms === undefined;
  return isOne
    ? chooseEngine(request, dockerfile, only, gather)
    : chooseSeveral(request, dockerfile, gather);
}

async function chooseEngine(
  request: BuildRequest,
  dockerfile: string | undefined,
  named: NodeRequest | undefined,
  gather: Gather,
): Promise<Chosen | { stopped: PreflightReport }> {
  const endpoint = named?.endpoint ?? request.endpoint;
  const gathered = await gather(endpoint);
  const { facts } = gathered;
  const platforms = platformsFor(request, facts.engine);
  const preflight = judge({ facts, platforms, named: request.platforms.length > 0 });
  if (!preflight.ok && (await isDemanded(request, dockerfile))) return { stopped: preflight };
  const node = { name: named?.name ?? facts.engine.name, endpoint, gathered };
  return { shares: [{ node, platforms, preflight }], join: { kind: 'none' }, absent: [] };
}

function platformsFor(
  request: BuildRequest,
  { os, architecture }: { os: string; architecture: string },
): Platform[] {
  if (request.platforms.length > 0) return request.platforms;
  return [normalizePlatform({ os, architecture })];
}

async function chooseSeveral(
  request: BuildRequest,
  dockerfile: string | undefined,
  gather: Gather,
): Promise<Chosen> {
  const opened = await openNodes(request, gather);
  if (opened.nodes.length === 0) throw noneThere(opened.absent);
  const mustRun = await isDemanded(request, dockerfile);
  const shares = shareOut(opened, { platforms: request.platforms, mustRun });
  return { shares, join: planJoin(request, opened.nodes, shares), absent: opened.absent };
}

function noneThere(absent: readonly AbsentNode[]): XbuildError {
  return new XbuildError(
    'engine-unreachable',
    'none of the nodes can be used',
    absent[0]?.error.hint ?? 'Name a node that can be reached.',
    { detail: absent.map(({ name, error }) => `${name}: ${error.message}`) },
  );
}

/**
 * Whether a platform that preflight finds not to run must not be built: not where the user says so,
 * and not where the Dockerfile runs nothing on the target platform, which needs no emulation.
 */
async function isDemanded(request: BuildRequest, dockerfile: string | undefined): Promise<boolean> {
  if (!request.preflight || !request.preflightStops) return false;
  const text = readDockerfile(dockerfile);
  if (text === undefined) return true;
  const [{ runsOnTarget }, { parseDockerfile }] = await Promise.all([
    import('./foreign-steps.ts'),
    import('../dockerfile/parse.ts'),
  ]);
  const target = request.passed.findLast(({ name }) => name === 'target')?.value;
  return runsOnTarget(parseDockerfile(text), target);
}
