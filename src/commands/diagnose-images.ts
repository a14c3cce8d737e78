import { causes } from '../causes/index.ts';
import { findImageFacts, gatherImage } from '../diagnose/gather-image.ts';
import { diagnose } from '../diagnose/judge.ts';
import { sessionOf } from '../diagnose/open-session.ts';
import type { Gathered } from '../facts/gather.ts';
import type { Diagnosis } from '../model/diagnosis.ts';
import { isKnown } from '../model/facts.ts';
import { parsePlatform } from '../model/platform.ts';
import type { ImageVerification } from '../model/verification.ts';
import { refusalOf } from '../probe/refusal.ts';
import type { CommandContext } from './command.ts';

/** Whether an image did not run, or would not start what it is to start. */
export function isForDiagnosis({ uname, findings }: ImageVerification): boolean {
  const fails = findings.some(
    ({ id, status }) => status === 'fail' && /^(?:uname|entrypoint)/.test(id),
  );
  return fails || uname.actual === null;
}

/**
 * Diagnoses an image that verification has found fault with; undefined where no cause fits. The
 * kernel is asked again only where nobody has asked it before.
 */
export async function diagnoseImage(
  { reference, platform }: ImageVerification,
  { engine, facts }: Gathered,
  world: Pick<CommandContext, 'env' | 'signal'>,
): Promise<Diagnosis | undefined> {
  const session = await sessionOf(engine, world);
  const kernel = isKnown(facts.kernel) ? facts.kernel : undefined;
  try {
    const image = await findImageFacts(session, reference, parsePlatform(platform));
    if (image === undefined) return undefined;
    const target = { kind: 'image', name: reference } as const;
    const diagnosis = diagnose(await gatherImage(session, image, target, kernel), causes);
    return diagnosis.cause === null ? undefined : diagnosis;
  } catch (error) {
    // The findings stand without it; an engine that does not show files is named in them.
    if (refusalOf(error) === undefined) throw engine.failure(error);
    return undefined;
  }
}
