import type { BuiltPlatform } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import { removeUnnamed } from './names.ts';
import type { BuiltPart, Part } from './part.ts';
import { interrupted, runPlan, type RunInput } from './run.ts';

/** What all parts of a build share. */
export interface RunningInput extends Pick<RunInput, 'sink' | 'logFolder' | 'stdin' | 'signal'> {
  /** Whether what is finished has a name to wait for: without it, it is not kept. */
  named: boolean;
}

/**
 * Builds all parts side by side. An engine that goes away in the middle fails its own part; where it
 * is the only one, there is nothing else to tell, and it throws `engine-lost`.
 *
 * Throws `interrupted` on the signal, once no node goes on and what was finished is removed.
 */
export async function runParts(
  parts: readonly Part[],
  running: RunningInput,
): Promise<BuiltPart[]> {
  const built = await Promise.all(parts.map((part) => runPart(part, running)));
  if (running.signal.aborted) {
    if (running.named) await Promise.all(built.map(removeFinished));
    throw interrupted();
  }
  return Promise.all(
    built.map(async (part) => {
      const gone = await whyGone(part);
      if (gone === undefined) return part;
      if (built.length === 1) throw gone;
      return { ...part, built: part.built.map((one) => lostWith(one, gone)), lost: true };
    }),
  );
}

async function runPart(part: Part, running: RunningInput): Promise<BuiltPart> {
  const { plan, input, preflight, node } = part;
  const { sink, logFolder, stdin, signal } = running;
  const support = new Map(preflight.platforms.map((entry) => [entry.platform, entry]));
  const built = await runPlan({
    plan,
    input,
    support,
    node: node.name,
    sink,
    logFolder,
    ...(stdin === undefined ? {} : { stdin }),
    signal,
  });
  return { ...part, built, lost: false };
}

/** Images that were finished before Ctrl-C carry no name yet: they go. */
async function removeFinished({ built, node }: BuiltPart): Promise<void> {
  const nameless = built.map((one) => ({ ...one, unnamed: true }));
  await removeUnnamed(nameless, node.gathered.engine);
}

/** An engine that went away shows as a failed build; asking it once tells the two apart. */
async function whyGone({ built, node }: BuiltPart): Promise<XbuildError | undefined> {
  const { engine } = node.gathered;
  if (built.every(({ result }) => result.ok)) return undefined;
  try {
    await engine.docker.ping();
    return undefined;
  } catch (error) {
    const failure = engine.failure(error);
    return new XbuildError(
      'engine-lost',
      `the engine went away in the middle of the build: ${failure.message}`,
      'Look at why it stopped (journalctl -u docker, or dmesg where memory ran out), then run this again: what was built is in its cache.',
      { cause: error },
    );
  }
}

function lostWith({ platform, result }: BuiltPlatform, gone: XbuildError): BuiltPlatform {
  const { imageId: _id, ...rest } = result;
  return {
    platform,
    unnamed: false,
    result: {
      ...rest,
      ok: false,
      state: 'failed',
      failure: { step: null, error: `${gone.message}\n${gone.hint}`, lines: [] },
    },
  };
}
