import type { Engine } from '../io/engine.ts';
import { XbuildError } from '../model/errors.ts';
import type { EngineFacts, FileFacts } from '../model/facts.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import type { ImageProbe } from '../probe/image-probe.ts';
import { refusalOf } from '../probe/refusal.ts';
import type { ImageFacts } from './image-facts.ts';
import { judgeImage } from './judge-image.ts';
import { lookInside, type Look } from './look-inside.ts';
import { readThroughArchive } from './read-archive.ts';
import type { ReadImage } from './read-image.ts';
import { withScratchContainer, type EngineImage } from './scratch-container.ts';

/** One image for one platform. */
export interface VerifyTarget {
  /** Name or id, for the engine. */
  image: string;
  /** For people. */
  reference: string;
  platform: Platform;
}

/** What all verifications of one run share. */
export interface VerifySession {
  engine: Engine;
  facts: EngineFacts;
  /** Why platforms do not run on the engine, by platform. */
  noSupport: ReadonlyMap<string, string>;
  /** The probe, or why it cannot be had. */
  probe: ImageProbe | { unknown: string };
  signal: AbortSignal;
}

/** A script may name an interpreter, that one a loader, each behind links: so many are asked for. */
const MOST_ROUNDS = 64;

/**
 * Verifies one image for one platform: facts first, then the judgement. `read` is what the engine
 * says of it, which may have been asked while the probe was being made ready.
 */
export async function verifyImage(
  target: VerifyTarget,
  read: Promise<ReadImage>,
  session: VerifySession,
): Promise<ImageVerification> {
  const { engine, facts: engineFacts } = session;
  const { declared, config, enginePlatform } = await read;
  session.signal.throwIfAborted();
  const noSupport = session.noSupport.get(formatPlatform(target.platform));
  const image = { image: target.image, platform: enginePlatform ?? '' };
  const look =
    enginePlatform === undefined ? notThere() : await lookAt(image, config, target, session);
  const facts: ImageFacts = {
    reference: target.reference,
    platform: target.platform,
    native: engineFacts.architecture,
    ...(noSupport === undefined ? {} : { noSupport }),
    declared,
    config,
    ...look,
  };
  const judged = judgeImage(facts);
  if (judged.needs.length === 0) return judged.verification;
  return readOn(facts, image, engine);
}

function notThere(): Look {
  return { inside: { unknown: 'there is no such image' }, files: [] };
}

async function lookAt(
  image: EngineImage,
  config: ImageFacts['config'],
  { platform }: VerifyTarget,
  { probe, engine }: VerifySession,
): Promise<Look> {
  if ('unknown' in probe) return { inside: probe, files: [] };
  try {
    return await lookInside(probe, image, { platform, config });
  } catch (error) {
    throw engine.failure(error);
  }
}

/** Reads what the judgement still asks for through the engine's API, until it asks no more. */
async function readOn(
  facts: ImageFacts,
  image: EngineImage,
  engine: Engine,
): Promise<ImageVerification> {
  const { docker } = engine;
  const files: FileFacts[] = [...facts.files];
  const asked = new Set<string>();
  let { verification, needs } = judgeImage(facts);
  try {
    await withScratchContainer(docker, image, '-', async (container) => {
      for (let round = 0; round < MOST_ROUNDS; round++) {
        const wanted = [...new Set(needs)].filter((path) => !asked.has(path));
        if (wanted.length === 0) return;
        for (const path of wanted) asked.add(path);
        files.push(
          ...(await Promise.all(wanted.map((path) => readThroughArchive(container, path)))),
        );
        ({ verification, needs } = judgeImage({ ...facts, files }));
      }
    });
  } catch (error) {
    // A policy may refuse even this; then the facts stay unknown, and the findings say so.
    if (refusalOf(error) === undefined) throw engine.failure(error);
  }
  return verification;
}

/** The error for a verification that the user stopped. */
export function verificationStopped(): XbuildError {
  return new XbuildError(
    'interrupted',
    'interrupted: the images were not verified',
    'Run it again.',
  );
}
