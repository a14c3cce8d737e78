import { unusedAllowances } from '../faults/allow.ts';
import type { Gathered } from '../facts/gather.ts';
import type { Engine } from '../io/engine.ts';
import type { Finding } from '../model/finding.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import type { VerifyTarget } from '../model/verify-target.ts';
import { comparePlatforms, type SameImage } from './compare-platforms.ts';
import type { InspectedImage } from './inspect-image.ts';
import { findImage } from './read-image.ts';
import { placeContainer } from './place-container.ts';
import { pathsToLookAt } from './programs.ts';
import { requirePlatforms } from './require-platforms.ts';
import type { VerifiedImage, VerifyOptions } from './verified-image.ts';
import { platformsOfSet, verifySet } from './verify-content.ts';
import { verificationStopped } from './verify-image.ts';
import { verifyImages, type NamedImage } from './verify-images.ts';

/** What is verified, and what each of it must have. */
export interface VerifyRequest extends VerifyOptions {
  targets: readonly VerifyTarget[];
  /** Only these platforms, and each of them must be there; all that there are where it is empty. */
  platforms: readonly Platform[];
  /** Platforms that each target must have, though others are verified as well. */
  required: readonly Platform[];
  /**
   * Connects to the engine; called only where a target is the engine's. `connected` is for what can
   * be asked while the engine tells of itself.
   */
  gather: (connected: (engine: Engine) => void) => Promise<Gathered>;
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
  const asked: Asked = new Map();
  const gathered = request.targets.some(needsEngine)
    ? await request.gather((engine) => askForImages(engine, request, asked))
    : undefined;
  const groups: VerifiedImage[][] = [];
  try {
    for (const target of request.targets)
      groups.push(await verifyTarget(target, request, { gathered, asked }));
  } catch (error) {
    if (request.signal.aborted) throw verificationStopped();
    throw error;
  }
  return concluded(groups, request);
}

/** What the engine says of images, by name. */
type Asked = Map<string, Promise<InspectedImage>>;

function askForImages(engine: Engine, { targets }: VerifyRequest, asked: Asked): void {
  for (const target of targets) {
    if (target.kind !== 'image') continue;
    const answer = findImage(engine, target.name);
    // That no engine is there is told by who asks for it.
    answer.catch(() => undefined);
    asked.set(target.name, answer);
  }
}

interface InEngine {
  gathered: Gathered | undefined;
  asked: Asked;
}

async function verifyTarget(
  target: VerifyTarget,
  request: VerifyRequest,
  { gathered, asked }: InEngine,
): Promise<VerifiedImage[]> {
  if (target.kind === 'image' && gathered !== undefined) {
    const inspected = await asked.get(target.name);
    const image = { reference: target.name, ...(inspected === undefined ? {} : { inspected }) };
    return verifyLocal(image, request, gathered);
  }
  const { readInventorySource } = await import('../inventory/read-source.ts');
  const { required, signal, cache, onProgress } = request;
  const platforms = wantedOf(request);
  const engine = gathered?.engine;
  const options = { cache, signal, onProgress, engine, platforms, lookAt: pathsToLookAt };
  const read = await readInventorySource(target, options);
  const isContainer = target.kind === 'container' && engine !== undefined;
  const set = isContainer ? await placeContainer(read, engine, request) : read;
  const has = platformsOfSet(set);
  const lacking = requirePlatforms(set.reference, has, [...platforms, ...required]);
  const isEmpty = set.images.length === 0 && set.findings.length === 0;
  return [...(isEmpty ? [] : verifySet(set, request)), ...lacking];
}

async function verifyLocal(
  image: NamedImage,
  request: VerifyRequest,
  gathered: Gathered,
): Promise<VerifiedImage[]> {
  const named = wantedOf(request).map((platform) => ({ ...image, platform }));
  const images = await verifyImages(named.length === 0 ? [image] : named, gathered, request);
  const has = images.map(({ verification }) => verification.platform);
  return [...images, ...requirePlatforms(image.reference, has, request.required)];
}

/** Named platforms are the only ones to be verified, and those required are among them. */
function wantedOf({ platforms, required }: VerifyRequest): Platform[] {
  if (platforms.length === 0) return [];
  const byName = new Map([...platforms, ...required].map((one) => [formatPlatform(one), one]));
  return [...byName.values()];
}

/** The verifications of one image's platforms, with what shows when they are compared. */
export function verificationsOf(
  platforms: readonly VerifiedImage[],
  areOne?: SameImage,
): ImageVerification[] {
  const compared = comparePlatforms(platforms, areOne);
  return platforms.map(({ verification }, index) =>
    withFindings(verification, compared[index] ?? []),
  );
}

/** Adds what only all images together show. */
function concluded(
  groups: readonly VerifiedImage[][],
  { allow }: VerifyRequest,
): ImageVerification[] {
  const images = groups.flatMap((group) => verificationsOf(group));
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
