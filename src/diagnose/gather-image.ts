import type { Engine } from '../io/engine.ts';
import type { DiagnosisFacts, Target } from '../model/diagnosis.ts';
import type { KernelFacts } from '../model/facts.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { refusalOf } from '../probe/refusal.ts';
import { withScratchContainer } from '../verify/scratch-container.ts';
import { complete } from './complete.ts';
import { withEngine } from './about-engine.ts';
import { readEngineSummary } from './engine-summary.ts';
import { readImageFacts, type ReadImageFacts } from './image-facts.ts';
import type { Session } from './session.ts';
import { containerSource } from './sources.ts';

/** Reads an image for a platform; undefined where the engine does not have it. */
export async function findImageFacts(
  session: Session,
  name: string,
  asked?: Platform,
): Promise<ReadImageFacts | undefined> {
  const question = { native: session.native, ...(asked === undefined ? {} : { asked }) };
  return readImageFacts(session.engine, name, question);
}

/**
 * Reads all facts of an image, or of a file in one: nothing of it is started. `kernel`: its answer,
 * where it was asked already.
 */
export async function gatherImage(
  session: Session,
  image: ReadImageFacts,
  target: Target,
  kernel?: KernelFacts,
): Promise<DiagnosisFacts> {
  const { platform, facts } = image;
  const summary = readEngineSummary(session);
  summary.catch(() => undefined);
  const base: DiagnosisFacts = {
    schemaVersion: 1,
    target,
    surface: { stage: 'never', exitCode: null, lines: [], cut: false },
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    native: [],
    image: facts,
    kernel: { unknown: 'the engine was not asked' },
    client: session.client,
    files: [],
    hiddenFiles: [],
    traces: [],
    missing: [],
  };
  const completed = await withFiles(session, facts.reference, platform, (place) =>
    complete(base, session, kernel === undefined ? place : { ...place, asking: known(kernel) }),
  );
  return withEngine(completed, session, summary);
}

async function known(kernel: KernelFacts): Promise<KernelFacts> {
  return kernel;
}

type Place = Parameters<typeof complete>[2];

async function withFiles(
  { engine }: Session,
  image: string,
  platform: Platform | undefined,
  work: (place: Place) => Promise<DiagnosisFacts>,
): Promise<DiagnosisFacts> {
  if (platform === undefined) return work({});
  const target = { image, platform: formatPlatform(platform) };
  let entered = false;
  try {
    return await withScratchContainer(engine.docker, target, '-', (container) => {
      entered = true;
      return work({ source: containerSource(container), platform });
    });
  } catch (error) {
    const refusal = refusalOf(error);
    if (entered || refusal === undefined) throw failureOf(engine, error);
    const facts = await work({ platform });
    const why = `the image's files: the engine made no container of it: ${refusal.message}`;
    return { ...facts, missing: [why, ...facts.missing] };
  }
}

function failureOf(engine: Engine, error: unknown): Error {
  return engine.failure(error);
}
