import type { Engine } from '../io/engine.ts';
import type { BuiltPlatform } from '../model/build.ts';
import { formatPlatform } from '../model/platform.ts';
import type { BuildPlan } from './plan.ts';

/**
 * Gives the images of a plan their names, all at once and last, so that an interrupted build leaves
 * every name as it was. A name that lacks a platform is not given.
 */
export async function giveNames(
  plan: BuildPlan,
  built: readonly BuiltPlatform[],
  engine: Engine,
): Promise<void> {
  for (const one of built) if (one.imageId !== undefined) one.result.imageId = one.imageId;
  if (built.every(({ result }) => result.ok)) {
    for (const { result } of built) result.tags.push(...plan.solveTags);
  }
  for (const { platforms, reference } of plan.tags) {
    const names = new Set(platforms.map(formatPlatform));
    const images = built.filter(({ result }) => names.has(result.platform));
    const id = images[0]?.imageId;
    if (id === undefined || !images.every(({ result }) => result.ok)) continue;
    await nameImage(engine, id, reference);
    for (const { result } of images) result.tags.push(reference);
  }
}

async function nameImage(engine: Engine, id: string, reference: string): Promise<void> {
  const { repo, tag } = splitReference(reference);
  try {
    await engine.docker.getImage(id).tag({ repo, tag });
  } catch (error) {
    throw engine.failure(error);
  }
}

/** `reg:5000/app:1` → its two parts; the tag is `latest` where there is none. */
export function splitReference(reference: string): { repo: string; tag: string } {
  const slash = reference.lastIndexOf('/');
  const colon = reference.indexOf(':', slash + 1);
  if (colon < 0) return { repo: reference, tag: 'latest' };
  return { repo: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

/**
 * Removes images that were built only to be looked at, unless something else gave them a name; the
 * results no longer tell of them.
 */
export async function removeUnnamed(
  built: readonly BuiltPlatform[],
  engine: Engine,
): Promise<void> {
  const unnamed = built.filter((one) => one.unnamed && one.imageId !== undefined);
  for (const id of new Set(unnamed.map((one) => one.imageId ?? ''))) {
    await removeNameless(engine, id);
  }
  for (const { result } of unnamed) {
    delete result.imageId;
    delete result.digest;
  }
}

/** Removes an image, unless something gave the same content a name. */
export async function removeNameless({ docker }: Engine, id: string): Promise<void> {
  const image = docker.getImage(id);
  const names = await image.inspect().then(
    (facts) => facts.RepoTags ?? [],
    () => [],
  );
  if (names.length === 0) await image.remove({ noprune: false }).catch(() => undefined);
}

/** Removes every nameless image with a label: also one that a build made whose end was not waited for. */
export async function removeLabelled(engine: Engine, label: string): Promise<void> {
  const found = await engine.docker.listImages({ filters: { label: [label] } }).catch(() => []);
  for (const { Id } of found) await removeNameless(engine, Id);
}
