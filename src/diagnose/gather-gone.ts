import type { DiagnosisFacts } from '../model/diagnosis.ts';
import { parsePlatform } from '../model/platform.ts';
import { findImageFacts, gatherImage } from './gather-image.ts';
import type { RunWords } from './run-flags.ts';
import type { Session } from './session.ts';

/**
 * Reads what is left of a container that --rm has taken away: its image, and the words that it was
 * started with. Undefined where the engine has no such image.
 */
export async function gatherGone(
  session: Session,
  { image = '', platform, entrypoint, command }: RunWords,
  exitCode: number,
): Promise<DiagnosisFacts | undefined> {
  const asked = platform ?? session.client.defaultPlatform;
  const wanted = asked === undefined ? undefined : parsePlatform(asked);
  const found = await findImageFacts(session, image, wanted);
  if (found === undefined) return undefined;
  const { config } = found.facts;
  // --entrypoint puts the image's own CMD aside, too.
  const first = entrypoint === undefined ? (config?.entrypoint ?? []) : [entrypoint];
  const own = entrypoint === undefined ? (config?.cmd ?? []) : [];
  const exec = [...first, ...(command.length > 0 ? command : own)].filter(
    (word, index) => word !== '' || index > 0,
  );
  const facts = await gatherImage(session, found, { kind: 'image', name: image, exec });
  return { ...facts, surface: { ...facts.surface, stage: 'program', exitCode } };
}
