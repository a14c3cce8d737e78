import { accessSync, constants } from 'node:fs';
import { BINFMT_DIRECTORY } from '../binfmt/read-local.ts';
import { resolveEndpoint, type EndpointFlags } from '../io/endpoint.ts';
import { connectEngine, readLinuxVersion, type Engine } from '../io/engine.ts';
import { XbuildError } from '../model/errors.ts';
import { shellQuote } from '../model/escape.ts';
import { enginePlace } from './engine-place.ts';
import { localPlace } from './local-place.ts';
import type { Place } from './place.ts';

/** Whose table is meant. */
export interface PlaceChoice {
  endpoint: EndpointFlags;
  /** This machine's, instead of the engine's. */
  local: boolean;
  /** Where binfmt_misc is mounted on this machine. */
  mount?: string | undefined;
  /** Whether it will be written to: on this machine only root may. */
  forWriting: boolean;
  /** The words after `xbuild binfmt`, for the command that root is to type. */
  words: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

/** A table to change, and the connection to its engine if it is one's. */
export interface OpenPlace {
  place: Place;
  engine?: Engine;
}

/**
 * Opens the table that is meant. Throws `not-root` where this user may not write to it, and what
 * connecting throws.
 */
export async function openPlace(choice: PlaceChoice): Promise<OpenPlace> {
  const { endpoint, local, mount } = choice;
  if (!local) {
    const engine = await connectEngine(resolveEndpoint(endpoint, choice.env));
    const version = await readLinuxVersion(engine);
    const facts = await engine.readFacts(version);
    return { place: await enginePlace(engine, facts, choice.forWriting), engine };
  }
  if (endpoint.host !== undefined || endpoint.context !== undefined) {
    throw new XbuildError(
      'bad-argument',
      '--local and --mount mean this machine, --host and --context an engine',
      'Keep one of them.',
    );
  }
  const place = await localPlace(mount);
  if (choice.forWriting) requireRoot(mount ?? BINFMT_DIRECTORY, choice.words);
  return { place };
}

function requireRoot(directory: string, words: readonly string[]): void {
  if (process.getuid?.() === 0) return;
  try {
    accessSync(`${directory}/register`, constants.W_OK);
  } catch {
    throw new XbuildError(
      'not-root',
      `only root may change the rules of this machine's kernel (${directory})`,
      `Run as root: sudo xbuild binfmt ${words.map(shellQuote).join(' ')}`,
    );
  }
}
