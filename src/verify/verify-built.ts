import type { BuiltPlatform } from '../model/build.ts';
import type { Gathered } from '../facts/gather.ts';
import { verifyTargets } from './verify-images.ts';

/** An id as people write it: `4e1f02a9c7d3`. */
function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/**
 * Verifies what a build has left in the engine's store and writes each result into its
 * `result.verification`. Platforms that were not built have none.
 */
export async function verifyBuilt(
  built: readonly BuiltPlatform[],
  gathered: Gathered,
  signal: AbortSignal,
): Promise<void> {
  const stored = built.flatMap((one) =>
    one.result.ok && one.imageId !== undefined ? [{ one, imageId: one.imageId }] : [],
  );
  const targets = stored.map(({ one, imageId }) => ({
    image: imageId,
    reference: one.result.tags[0] ?? shortId(imageId),
    platform: one.platform,
  }));
  const verified = await verifyTargets(targets, gathered, signal);
  for (const [index, { one }] of stored.entries()) {
    const verification = verified[index];
    if (verification !== undefined) one.result.verification = verification;
  }
}
