import type Dockerode from 'dockerode';
import type { Engine } from '../io/engine.ts';
import { stringOfBytes } from '../model/bytes.ts';
import { XbuildError } from '../model/errors.ts';
import {
  isKnown,
  type EngineFacts,
  type FileFacts,
  type KernelFacts,
  type Known,
} from '../model/facts.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { ImageProbe } from '../probe/image-probe.ts';
import { refusalOf } from '../probe/refusal.ts';
import type { ImageFacts } from './image-facts.ts';
import { judgeImage, type Judged } from './judge-image.ts';
import { exportFiles, recallFiles, rememberFiles, type LocalImage } from './local-inventory.ts';
import { lookInside, type Look, type LookRequest } from './look-inside.ts';
import { placeFiles } from './place-files.ts';
import { readBeginning, readThroughArchive } from './read-archive.ts';
import type { InspectedImage } from './inspect-image.ts';
import type { ReadImage } from './read-image.ts';
import { needsRule, readRules, ruleOf, type PlatformRule } from './rule-of.ts';
import { withScratchContainer, type EngineImage } from './scratch-container.ts';
import type { VerifiedImage, VerifyOptions } from './verified-image.ts';

/** One image for one platform. */
export interface VerifyTarget {
  /** Name or id, for the engine. */
  image: string;
  /** For people. */
  reference: string;
  platform: Platform;
  /** What the engine said of the name, where it was asked already. */
  inspected?: InspectedImage;
}

/** What all verifications of one run share. */
export interface VerifySession {
  engine: Engine;
  facts: EngineFacts;
  kernel: Known<KernelFacts>;
  /** Why platforms do not run on the engine, by platform. */
  noSupport: ReadonlyMap<string, string>;
  /** The probe, or why it cannot be had. */
  probe: ImageProbe | { unknown: string };
  options: VerifyOptions;
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
): Promise<VerifiedImage> {
  const { facts: engineFacts, options } = session;
  const { declared, config, enginePlatform, diffIds } = await read;
  options.signal.throwIfAborted();
  const { image, platform, reference } = target;
  const noSupport = session.noSupport.get(formatPlatform(platform));
  const local = { image, platform, ...(diffIds === undefined ? {} : { diffIds }) };
  const engineImage = { image, platform: enginePlatform ?? '' };
  const look =
    enginePlatform === undefined ? notThere() : await lookAt(engineImage, local, config, session);
  const rule = await findRuleFor(platform, look, session);
  const facts: ImageFacts = {
    reference,
    platform,
    native: engineFacts.architecture,
    ...(noSupport === undefined ? {} : { noSupport }),
    ...(rule === undefined ? {} : { rule }),
    declared,
    config,
    ...look,
    allow: options.allow,
  };
  const judged = judgeImage(facts);
  const whole = await readOn({ facts, judged }, engineImage, session.engine);
  return place(whole, local, session);
}

/** What a command has not asked of the kernel is asked where an image has set-uid programs. */
async function findRuleFor(
  platform: Platform,
  look: Look,
  { engine, facts, kernel, options }: VerifySession,
): Promise<PlatformRule | undefined> {
  if (!needsRule(look)) return undefined;
  if (isKnown(kernel)) return ruleOf(platform, kernel);
  const { architecture } = facts;
  return ruleOf(
    platform,
    await readRules(engine, { architecture, platform, signal: options.signal }),
  );
}

function notThere(): Look {
  return { inside: { unknown: 'there is no such image' }, files: [] };
}

/** One container, where one can be run; the files of layers that were seen before are remembered. */
async function lookAt(
  image: EngineImage,
  local: LocalImage,
  config: ImageFacts['config'],
  session: VerifySession,
): Promise<Look> {
  const known = await recallFiles(local, session);
  const request = { platform: local.platform, config, scan: known === undefined };
  const look = await runProbe(image, request, session);
  if (known !== undefined) return { ...look, inventory: known };
  const scanned = look.inventory;
  const inventory =
    scanned !== undefined && isKnown(scanned) ? scanned : await exportFiles(local, session);
  await rememberFiles(local, inventory, session);
  return { ...look, inventory };
}

async function runProbe(
  image: EngineImage,
  request: LookRequest,
  { probe, engine }: VerifySession,
): Promise<Look> {
  if ('unknown' in probe) return { inside: probe, files: [] };
  try {
    return await lookInside(probe, image, request);
  } catch (error) {
    throw engine.failure(error);
  }
}

/** What is known of an image, and what follows from it. */
interface Case {
  facts: ImageFacts;
  judged: Judged;
}

/** Reads what the judgement still asks for through the engine's API, until it asks no more. */
async function readOn(start: Case, image: EngineImage, engine: Engine): Promise<Case> {
  const asked = new Set<string>();
  let { facts, judged } = start;
  const wanted = () => ({
    paths: judged.needs.filter((path) => !asked.has(path)),
    texts: judged.texts.filter((path) => !asked.has(`text ${path}`)),
  });
  const isDone = () => wanted().paths.length + wanted().texts.length === 0;
  if (isDone()) return start;
  try {
    await withScratchContainer(engine.docker, image, '-', async (container) => {
      for (let round = 0; round < MOST_ROUNDS && !isDone(); round++) {
        const { paths, texts } = wanted();
        for (const path of paths) asked.add(path);
        for (const path of texts) asked.add(`text ${path}`);
        const files = await Promise.all(
          [...new Set(paths)].map(async (path): Promise<FileFacts> =>
            readThroughArchive(container, path),
          ),
        );
        const read = await Promise.all(
          texts.map(async (path) => [path, await readText(container, path)] as const),
        );
        facts = {
          ...facts,
          files: [...facts.files, ...files],
          texts: { ...facts.texts, ...Object.fromEntries(read) },
        };
        judged = judgeImage(facts);
      }
    });
  } catch (error) {
    // A policy may refuse even this; then the facts stay unknown, and the findings say so.
    if (refusalOf(error) === undefined) throw engine.failure(error);
  }
  return { facts, judged };
}

/** No file that a loader goes by is larger. */
const MOST_TEXT = 16 << 20;

async function readText(container: Dockerode.Container, path: string): Promise<string | null> {
  const bytes = await readBeginning(container, path, () => MOST_TEXT);
  return bytes === undefined ? null : stringOfBytes(bytes);
}

/** Finds out which layers the files are from that something is wrong with. */
async function place(
  { facts, judged }: Case,
  local: LocalImage,
  session: VerifySession,
): Promise<VerifiedImage> {
  const { inventory } = facts;
  if (inventory === undefined || !isKnown(inventory)) return verified(judged);
  const listed = new Set(inventory.files.map(({ path }) => path));
  if (!judged.unplaced.some((path) => listed.has(path))) return verified(judged);
  const layers = await placeFiles(local, inventory, session);
  return verified(layers.size === 0 ? judged : judgeImage({ ...facts, layers }));
}

function verified({ verification, files }: Judged): VerifiedImage {
  return { verification, ...(files === undefined ? {} : { files }) };
}

/** The error for a verification that the user stopped. */
export function verificationStopped(): XbuildError {
  return new XbuildError(
    'interrupted',
    'interrupted: the images were not verified',
    'Run it again.',
  );
}
