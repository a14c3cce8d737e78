import { globalArguments } from '../io/endpoint.ts';
import type { BuildReport } from '../model/build.ts';
import type { ProgressSink } from '../progress/sink.ts';
import { bringHome, type Brought } from './bring-home.ts';
import { removeUnnamed } from './names.ts';
import { within, type BuiltPart } from './part.ts';
import type { Join } from './plan-join.ts';
import { pushAll, pushIndex, pushNames, readIndex } from './push.ts';
import type { BuildRequest } from './request.ts';

/** What becomes of the parts of a build. */
export interface JoinInput {
  request: BuildRequest;
  parts: readonly BuiltPart[];
  join: Join;
  /** Every platform was built, and every image is what it says. */
  complete: boolean;
  verified: boolean;
  sink: ProgressSink;
  signal: AbortSignal;
}

/** Brings the parts together as they were planned to be, where nothing is missing; then tidies up. */
export async function joinParts(input: JoinInput): Promise<BuildReport['indexes']> {
  const { parts, join, complete, verified, request } = input;
  const indexes = complete && verified ? await push(input) : [];
  let brought: Brought | undefined;
  if (complete && join.kind === 'home') {
    input.sink.phase(`bringing the images to ${join.home.name}`);
    brought = await bringHome(parts, join.home, { tags: request.tags, signal: input.signal });
  }
  await tidyUp(parts, join);
  for (const { result } of brought === undefined ? [] : parts.flatMap(({ built }) => built)) {
    const digest = brought?.digests.get(result.platform);
    Object.assign(result, { imageId: brought?.id, tags: [...request.tags] }, digest && { digest });
  }
  return indexes;
}

/** Removes what carries none of the user's names, and what was brought away. */
export async function tidyUp(parts: readonly BuiltPart[], join: Join): Promise<void> {
  for (const { built, node, lost } of parts) {
    for (const one of built) one.unnamed ||= join.kind === 'home';
    if (!lost) await removeUnnamed(built, node.gathered.engine);
  }
}

/** Nothing is pushed before all of it is verified. */
async function push({ request, parts, join, sink }: JoinInput): Promise<BuildReport['indexes']> {
  if (request.output !== 'push') return [];
  if (join.kind === 'registry') return pushParts(request, within(parts), sink);
  const [only] = parts;
  if (only === undefined) return [];
  const globals = globalArguments(only.node.endpoint);
  if (only.plan.pushes.length === 0) {
    return Promise.all(request.tags.map((tag) => readIndex(tag, globals)));
  }
  sink.phase(`pushing ${only.plan.pushes.map(({ reference }) => reference).join(', ')}`);
  return pushAll(only.plan, only.input.client, globals);
}

/** Every node pushes what it has; the index is made in the registry, of names only. */
async function pushParts(
  { tags }: BuildRequest,
  parts: readonly BuiltPart[],
  sink: ProgressSink,
): Promise<BuildReport['indexes']> {
  sink.phase(`pushing ${tags.join(', ')}`);
  await Promise.all(
    parts.map(({ plan, node }) =>
      pushNames(
        plan.tags.map(({ reference }) => reference),
        globalArguments(node.endpoint),
      ),
    ),
  );
  // Only the docker command talks to the registry here: any node's word will do.
  const globals = globalArguments(parts[0]?.node.endpoint ?? {});
  const indexes: BuildReport['indexes'] = [];
  for (const tag of tags) {
    const from = parts.flatMap(({ plan }) => plan.tags.filter(({ of }) => of === tag));
    const names = from.map(({ reference }) => reference);
    indexes.push(await pushIndex(tag, names, globals));
  }
  return indexes;
}
