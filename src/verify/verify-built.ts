import type { BuiltPlatform } from '../model/build.ts';
import type { Gathered } from '../facts/gather.ts';
import { cacheOf, type VerifyOptions } from './verified-image.ts';
import { verifyTargets } from './verify-images.ts';
import { verificationsOf } from './verify-sources.ts';

/** An id as people write it: `4e1f02a9c7d3`. */
function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** How images are verified once they are built. */
export interface BuiltOptions extends Pick<VerifyOptions, 'signal'> {
  env: Readonly<Record<string, string | undefined>>;
  /** Faults that the user lets pass. */
  allow?: VerifyOptions['allow'];
}

/**
 * Verifies what a build has left in the engine's store and writes each result into its
 * `result.verification`. Platforms that were not built have none.
 */
export async function verifyBuilt(
  built: readonly BuiltPlatform[],
  gathered: Gathered,
  { env, signal, allow = [] }: BuiltOptions,
): Promise<void> {
  const stored = built.flatMap((one) =>
    one.result.ok && one.imageId !== undefined ? [{ one, imageId: one.imageId }] : [],
  );
  const targets = stored.map(({ one, imageId }) => ({
    image: imageId,
    reference: one.result.tags[0] ?? shortId(imageId),
    platform: one.platform,
  }));
  const options = { cache: cacheOf(env), allow, signal };
  const verified = verificationsOf(await verifyTargets(targets, gathered, options));
  for (const [index, { one }] of stored.entries()) {
    const verification = verified[index];
    if (verification !== undefined) one.result.verification = verification;
  }
}
