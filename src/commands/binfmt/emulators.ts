import { listed } from '../../model/sentence.ts';
import { askVersion, findEmulator, type FoundInterpreter } from '../../changes/find-emulator.ts';
import type { Addition } from '../../changes/plan/add.ts';
import { architectureOfWord } from '../../changes/plan/choose.ts';
import { EMULATOR_IMAGE, usualFlags } from '../../changes/plan/emulator.ts';
import { emulatorRule } from '../../changes/plan/new-rule.ts';
import { programsFor } from '../../changes/plan/programs.ts';
import { XbuildError } from '../../model/errors.ts';
import { shellQuote } from '../../model/escape.ts';
import { isOn, lastValue } from '../../model/flags.ts';
import { installPackage } from './install-package.ts';
import { agreeToPull, named, wishOf } from './named-interpreter.ts';
import { readAgain, type Session } from './session.ts';

/**
 * Rules with a static emulator each; a sentence where all run already, unless they are wanted `anew`.
 */
export async function emulators(
  session: Session,
  words: readonly string[],
  anew = false,
): Promise<Addition[] | string> {
  const architectures = [...new Set(words.map(architectureOrThrow))];
  const wanted = architectures.filter((name) => anew || !alreadyRuns(session, name));
  if (wanted.length === 0) {
    return `Nothing to do: ${listed(architectures)} ${architectures.length === 1 ? 'runs' : 'run'} on ${session.place.name} already (another emulator: --replace).`;
  }
  const additions: Addition[] = [];
  for (const architecture of wanted) {
    const found = await emulatorFor(session, architecture);
    if (!anew && alreadyRuns(session, architecture)) continue;
    const letters =
      lastValue(session.parsed, 'flags') ??
      usualFlags(session.kernel.release, askVersion(found, session.place));
    const rule = emulatorRule(architecture, { interpreter: found.path, flags: letters });
    additions.push({ rule, source: found.source, file: found.file });
  }
  return additions.length > 0
    ? additions
    : `The package registered rules of its own: ${listed(wanted)} ${wanted.length === 1 ? 'runs' : 'run'} on ${session.place.name} now.`;
}

export function architectureOrThrow(word: string): string {
  const architecture = architectureOfWord(word);
  if (architecture !== undefined) return architecture;
  throw new XbuildError(
    'bad-argument',
    `"${word}" is no architecture, and a rule of that name needs to be told what it takes`,
    `For files that begin with certain bytes: xbuild binfmt add ${shellQuote(word)} --magic BYTES --interpreter PATH`,
  );
}

/** Programs of an architecture run, and the user did not ask for another emulator. */
function alreadyRuns({ parsed, situation }: Session, architecture: string): boolean {
  if (isOn(parsed, 'replace')) return false;
  if (situation.native.includes(architecture)) return true;
  const programs = programsFor(architecture, situation.runs);
  const ran = new Set(
    situation.runs.filter(({ outcome }) => outcome === 'ran').map(({ program }) => program),
  );
  return programs.length > 0 && programs.every((program) => ran.has(program));
}

async function emulatorFor(session: Session, architecture: string): Promise<FoundInterpreter> {
  const { place, engine } = session;
  const { native } = session.situation;
  const wish = wishOf(session);
  const wished = await named(session);
  if (wished !== undefined) return wished;
  const look = () => findEmulator(architecture, place, native, { image: wish.image, engine });
  let search = await look();
  if ('unsuitable' in search && search.installable !== undefined) {
    await installPackage(session, search.installable, architecture);
    // Its scripts may have registered rules.
    await readAgain(session);
    search = await look();
  }
  if ('found' in search) return search.found;
  if (place.kind === 'engine' && wish.image === undefined) {
    await agreeToImage(session, architecture);
    const wanted = { image: EMULATOR_IMAGE, engine };
    search = await findEmulator(architecture, place, native, wanted);
    if ('found' in search) return search.found;
  }
  throw noEmulator(session, architecture, search.unsuitable);
}

/** Offers an image that has emulators. */
function agreeToImage(session: Session, architecture: string): Promise<void> {
  const why = `no static emulator for ${architecture} programs is on this machine`;
  return agreeToPull(session, EMULATOR_IMAGE, why);
}

function noEmulator(
  { place }: Session,
  architecture: string,
  unsuitable: readonly string[],
): XbuildError {
  const where = place.kind === 'engine' ? ', nor in the image' : '';
  return new XbuildError(
    'change-refused',
    `no static emulator for ${architecture} programs was found on this machine${where}`,
    place.kind === 'engine'
      ? 'Name a file of this machine (--from-file FILE), a path on the engine’s (--interpreter PATH), or an image with its digest (--image tonistiigi/binfmt@sha256:…; docker buildx imagetools inspect tonistiigi/binfmt shows it).'
      : 'Name one: --interpreter PATH',
    { detail: unsuitable },
  );
}
