import { unusedAllowances } from '../faults/allow.ts';
import type { Gathered } from '../facts/gather.ts';
import { readInventorySource } from '../inventory/read-source.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import type { VerifyTarget } from '../model/verify-target.ts';
import { comparePlatforms } from './compare-platforms.ts';
import { requirePlatforms } from './require-platforms.ts';
import type { VerifiedImage, VerifyOptions } from './verified-image.ts';
import { platformsOfSet, verifySet } from './verify-content.ts';
import { verificationStopped } from './verify-image.ts';
import { verifyImages } from './verify-images.ts';

/** What is verified, and what each of it must have. */
export interface VerifyRequest extends VerifyOptions {
  targets: readonly VerifyTarget[];
  /** Only these platforms, and each of them must be there; all that there are where it is empty. */
  platforms: readonly Platform[];
  /** Platforms that each target must have, though others are verified as well. */
  required: readonly Platform[];
  /** Connects to the engine; called only where a target is the engine's. */
  gather: () => Promise<Gathered>;
}

/** Whether an image or container of an engine is to be verified. */
export function needsEngine({ kind }: VerifyTarget): boolean {
  return kind === 'image' || kind === 'container';
}

/**
 * Verifies images wherever they are: those of an engine are run and read, those of a registry, a
 * layout or an archive are only read. In the order of the targets.
 *
 * Throws `image-missing`, `interrupted`, and what a registry or a lost connection throws.
 */
export async function verifySources(request: VerifyRequest): Promise<ImageVerification[]> {
  const gathered = request.targets.some(needsEngine) ? await request.gather() : undefined;
  const groups: VerifiedImage[][] = [];
  try {
    for (const target of request.targets)
      groups.push(await verifyTarget(target, request, gathered));
  } catch (error) {
    if (request.signal.aborted) throw verificationStopped();
    throw error;
  }
  return concluded(groups, request);
}

async function verifyTarget(
  target: VerifyTarget,
  request: VerifyRequest,
  gathered: Gathered | undefined,
): Promise<VerifiedImage[]> {
  if (target.kind === 'image' && gathered !== undefined) {
    return verifyLocal(target.name, request, gathered);
  }
  const { required, signal, cache, onProgress } = request;
  const platforms = wantedOf(request);
  const engine = gathered?.engine;
  const options = { cache, signal, onProgress, engine, platforms };
  const set = await readInventorySource(target, options);
  const has = platformsOfSet(set);
  const lacking = requirePlatforms(set.reference, has, [...platforms, ...required]);
  const isEmpty = set.images.length === 0 && set.findings.length === 0;
  return [...(isEmpty ? [] : verifySet(set, request)), ...lacking];
}

async function verifyLocal(
  reference: string,
  request: VerifyRequest,
  gathered: Gathered,
): Promise<VerifiedImage[]> {
  const named = wantedOf(request).map((platform) => ({ reference, platform }));
  const images = await verifyImages(
    named.length === 0 ? [{ reference }] : named,
    gathered,
    request,
  );
  const has = images.map(({ verification }) => verification.platform);
  return [...images, ...requirePlatforms(reference, has, request.required)];
}

/** Named platforms are the only ones to be verified, and those required are among them. */
function wantedOf({ platforms, required }: VerifyRequest): Platform[] {
  if (platforms.length === 0) return [];
  const byName = new Map([...platforms, ...required].map((one) => [formatPlatform(one), one]));
  return [...byName.values()];
}

/** The verifications of one image's platforms, with what shows when they are compared. */
export function verificationsOf(platforms: readonly VerifiedImage[]): ImageVerification[] {
  const compared = comparePlatforms(platforms);
  return platforms.map(({ verification }, index) =>
    withFindings(verification, compared[index] ?? []),
  );
}

/** Adds what only all images together show. */
function concluded(
  groups: readonly VerifiedImage[][],
  { allow }: VerifyRequest,
): ImageVerification[] {
  const images = groups.flatMap(verificationsOf);
  const judged = groups.flat().flatMap(({ files }) => files?.allowed ?? []);
  const [first, ...rest] = images;
  if (first === undefined) return [];
  return [withFindings(first, unusedAllowances(allow, judged)), ...rest];
}

function withFindings(
  verification: ImageVerification,
  further: readonly Finding[],
): ImageVerification {
  if (further.length === 0) return verification;
  const ok = verification.ok && further.every(({ status }) => status !== 'fail');
  return { ...verification, ok, findings: [...verification.findings, ...further] };
}
