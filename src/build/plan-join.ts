import { OWN_ENGINE } from './node-request.ts';
import type { BuildNode, Share } from './nodes.ts';
import type { BuildRequest } from './request.ts';

/**
 * How the parts of several nodes become what was asked for.
 *
 * `registry`: every node pushes its part, and one index a name is made of them there. `home`: all
 * images are brought into the image store of the engine that the command itself talks to, under one
 * name. `apart`: each stays in the store of the node that built it. `none`: there is nothing to
 * join.
 */
export type Join =
  | { kind: 'registry' | 'none' }
  | { kind: 'home'; home: BuildNode }
  | { kind: 'apart'; why: string };

/** Pure: `nodes` are all that can be used, `shares` what is built on those that are. */
export function planJoin(
  { output }: BuildRequest,
  nodes: readonly BuildNode[],
  shares: readonly Share[],
): Join {
  const several = shares.length > 1;
  if (output === 'push') return { kind: several ? 'registry' : 'none' };
  if (output !== 'store') return { kind: 'none' };
  const home = nodes.find(({ name }) => name === OWN_ENGINE);
  if (!several && (home === undefined || shares[0]?.node === home)) return { kind: 'none' };
  if (home === undefined) return { kind: 'apart', why: `"${OWN_ENGINE}" is none of the nodes` };
  if (holdsAll(home)) return { kind: 'home', home };
  return {
    kind: 'apart',
    why: 'the engine of this machine cannot take them all under one name: that needs the containerd image store, and Docker 28 or newer',
  };
}

/** Engines tell which images a name of the containerd store holds from API 1.48 on. */
function holdsAll({ gathered }: BuildNode): boolean {
  const { store, apiVersion } = gathered.facts.engine;
  const [major = 0, minor = 0] = apiVersion.split('.').map(Number);
  return store === 'containerd' && (major > 1 || minor >= 48);
}
