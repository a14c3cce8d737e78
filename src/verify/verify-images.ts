import pMap from 'p-map';
import { judge } from '../checks/preflight.ts';
import type { Gathered } from '../facts/gather.ts';
import { XbuildError } from '../model/errors.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { makeImageProbe } from '../probe/image-probe.ts';
import type { InspectedImage } from './inspect-image.ts';
import { findImage, platformsInStore, readImage, type ReadImage } from './read-image.ts';
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
  /** What the engine said of the name, where it was asked already. */
  inspected?: InspectedImage;
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
    images.map(async ({ reference, platform, inspected: known }) => {
      const inspected = known ?? (await findImage(engine, reference));
      const target = { image: reference, reference, inspected };
      if (platform !== undefined) return [{ ...target, platform }];
      const platforms = await platformsInStore(engine, facts.engine, {
        name: reference,
        image: inspected,
      });
      return platforms.map((one) => ({ ...target, platform: one }));
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
  // The probe is made ready meanwhile.
  const reads = targets.map(async (target) => readImage(engine, facts.engine, target));
  for (const read of reads) read.catch(() => undefined);
  try {
    const probe = await probeOf({ engine, facts }, signal);
    const { engine: engineFacts, kernel } = facts;
    const session = { engine, facts: engineFacts, kernel, noSupport, probe, options };
    return await pMap(
      targets,
      async (target, index) => verifyImage(target, readOf(reads, index), session),
      { concurrency },
    );
  } catch (error) {
    if (signal.aborted) throw verificationStopped();
    throw engine.failure(error);
  }
}

function readOf(reads: readonly Promise<ReadImage>[], index: number): Promise<ReadImage> {
  return reads[index] ?? Promise.reject(new Error(`no image ${index}`));
}

/** The probe, or why there is none: an engine of an architecture that it is not made for. */
async function probeOf(
  { engine, facts }: Gathered,
  signal: AbortSignal,
): Promise<VerifySession['probe']> {
  const { architecture } = facts.engine;
  try {
    return await makeImageProbe(engine.docker, { architecture, signal });
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code !== 'probe-failed') throw error;
    return { unknown: error.message };
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
