import type { BuiltPlatform } from '../model/build.ts';
import type { Gathered } from '../facts/gather.ts';
import { cacheOf, type VerifyOptions } from './verified-image.ts';
import { verifyTargets } from './verify-images.ts';
import { verificationsOf } from './verify-sources.ts';

/** An id as people write it: `4e1f02a9c7d3`. */
function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** What was built on one engine. */
export interface BuiltSite {
  built: readonly BuiltPlatform[];
  gathered: Gathered;
}

/** How images are verified once they are built. */
export interface BuiltOptions extends Pick<VerifyOptions, 'signal'> {
  env: Readonly<Record<string, string | undefined>>;
  /** Faults that the user lets pass. */
  allow?: VerifyOptions['allow'];
  /** What they are called where an image has no name of its own yet. */
  name?: string | undefined;
}

/**
 * Verifies what a build has left in the stores of its engines, each on the engine that built it, and
 * writes each result into its `result.verification`. Platforms that were not built have none.
 */
export async function verifyBuilt(
  sites: readonly BuiltSite[],
  { env, signal, allow = [], name }: BuiltOptions,
): Promise<void> {
  const options = { cache: cacheOf(env), allow, signal };
  const verified = await Promise.all(
    sites.map(async ({ built, gathered }) => {
      const stored = built.filter(({ result, imageId }) => result.ok && imageId !== undefined);
      const targets = stored.map(({ result, platform, imageId = '' }) => ({
        image: imageId,
        reference: result.tags[0] ?? name ?? shortId(imageId),
        platform,
      }));
      const images = await verifyTargets(targets, gathered, options);
      return images.map((image, index) => ({ image, result: stored[index]?.result }));
    }),
  );
  const all = verified.flat();
  const verifications = verificationsOf(
    all.map(({ image }) => image),
    () => true,
  );
  for (const [index, { result }] of all.entries()) {
    const verification = verifications[index];
    if (result !== undefined && verification !== undefined) result.verification = verification;
  }
}
