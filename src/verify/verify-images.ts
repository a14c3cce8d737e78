import pMap from 'p-map';
import { judge } from '../checks/preflight.ts';
import type { Gathered } from '../facts/gather.ts';
import { XbuildError } from '../model/errors.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { withImageProbe, type ImageProbe } from '../probe/image-probe.ts';
import { platformsInStore, readImage, type ReadImage } from './read-image.ts';
import type { VerifiedImage, VerifyOptions } from './verified-image.ts';
import {
  verificationStopped,
  verifyImage,
  type VerifySession,
  type VerifyTarget,
} from './verify-image.ts';

/** An image that the user named; without a platform every one that it has in the store. */
export interface NamedImage {
  reference: string;
  platform?: Platform;
}

/**
 * Verifies images by name: one container an image and platform, side by side.
 *
 * Throws `image-missing` where the engine does not have one, `interrupted`, and what a lost
 * connection throws. What an image has wrong is a finding.
 */
export async function verifyImages(
  images: readonly NamedImage[],
  gathered: Gathered,
  options: VerifyOptions,
): Promise<VerifiedImage[]> {
  const { engine, facts } = gathered;
  const targets = await Promise.all(
    images.map(async ({ reference, platform }) => {
      const platforms =
        platform === undefined
          ? await platformsInStore(engine, facts.engine, reference)
          : [platform];
      return platforms.map((one) => ({ image: reference, reference, platform: one }));
    }),
  );
  return verifyTargets(targets.flat(), gathered, options);
}

/** Verifies what the engine has by name or id; the results are in the order of the targets. */
export async function verifyTargets(
  targets: readonly VerifyTarget[],
  { engine, facts }: Gathered,
  options: VerifyOptions,
): Promise<VerifiedImage[]> {
  if (targets.length === 0) return [];
  const { signal } = options;
  const noSupport = whyNot(targets, facts);
  const concurrency = Math.max(2, facts.engine.cpus);
  // The engine makes the probe ready meanwhile.
  const reads = targets.map(async (target) => readImage(engine, facts.engine, target));
  for (const read of reads) read.catch(() => undefined);
  const verifyAll = async (probe: VerifySession['probe']) => {
    const { engine: engineFacts, kernel } = facts;
    const session = { engine, facts: engineFacts, kernel, noSupport, probe, options };
    return pMap(
      targets,
      async (target, index) => verifyImage(target, readOf(reads, index), session),
      { concurrency },
    );
  };
  try {
    return await withProbe({ engine, facts }, signal, verifyAll);
  } catch (error) {
    if (signal.aborted) throw verificationStopped();
    throw engine.failure(error);
  }
}

function readOf(reads: readonly Promise<ReadImage>[], index: number): Promise<ReadImage> {
  return reads[index] ?? Promise.reject(new Error(`no image ${index}`));
}

/** A policy that does not let the probe run leaves what the files say. */
async function withProbe<T>(
  { engine, facts }: Gathered,
  signal: AbortSignal,
  work: (probe: ImageProbe | { unknown: string }) => Promise<T>,
): Promise<T> {
  let entered = false;
  const { architecture } = facts.engine;
  try {
    return await withImageProbe(engine.docker, { architecture, signal }, async (probe) => {
      entered = true;
      return work(probe);
    });
  } catch (error) {
    if (entered || !(error instanceof XbuildError) || error.code !== 'probe-failed') throw error;
    return work({ unknown: error.message });
  }
}

function whyNot(
  targets: readonly VerifyTarget[],
  facts: Gathered['facts'],
): ReadonlyMap<string, string> {
  const byName = new Map(targets.map(({ platform }) => [formatPlatform(platform), platform]));
  const { platforms } = judge({ facts, platforms: [...byName.values()], named: true });
  return new Map(
    platforms.flatMap(({ platform, support, reason }) =>
      support === 'none' && reason !== undefined ? [[platform, reason] as const] : [],
    ),
  );
}
