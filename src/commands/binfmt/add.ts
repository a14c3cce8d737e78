import { spawnSync } from 'node:child_process';
import {
  byteString,
  findEmulator,
  mustPull,
  namedInterpreter,
  type FoundInterpreter,
  type Wish,
} from '../../changes/find-emulator.ts';
import { planAdd, type Addition } from '../../changes/plan/add.ts';
import { architectureOfWord } from '../../changes/plan/choose.ts';
import { EMULATOR_IMAGE, usualFlags, type EmulatorPackage } from '../../changes/plan/emulator.ts';
import { emulatorRule, ruleOfWords } from '../../changes/plan/new-rule.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { programsFor } from '../../changes/plan/programs.ts';
import { listOf, ruleInWords } from '../../changes/plan/words.ts';
import { architectures as known } from '../../model/architecture.ts';
import { XbuildError } from '../../model/errors.ts';
import { escapeLine, shellQuote } from '../../model/escape.ts';
import { isOn, lastValue, type Flag, type ParsedArguments } from '../../model/flags.ts';
import {
  changing,
  changingFlags,
  confirm,
  forceFlag,
  readAgain,
  requireTable,
  type Session,
} from './changing.ts';

const value = (name: string, word: string, help: string): Flag => ({
  name,
  kind: 'value',
  value: word,
  help,
});

const flags: readonly Flag[] = [
  ...changingFlags,
  {
    name: 'replace',
    kind: 'bool',
    help: 'add: put the new rule in the place of another one of its name',
  },
  forceFlag,
  value('interpreter', 'PATH', "add: the interpreter's path on the machine whose kernel it is"),
  value('from-file', 'FILE', 'add: a static emulator of this machine, which is sent to the engine'),
  value('image', 'NAME', 'add: an image (best with @sha256:…) that holds the emulator'),
  value(
    'flags',
    'LETTERS',
    'add: of P O C F (default: POCF for an architecture, none for a rule of your own)',
  ),
  value(
    'magic',
    'BYTES',
    String.raw`add: the bytes that files begin with: MZ, \x7fELF or 0x7f454c46`,
  ),
  value('mask', 'BYTES', 'add: which bits of the magic count'),
  value('offset', 'NUMBER', 'add: where in the file the magic is'),
  value('extension', 'EXT', 'add: what follows the last dot of the name, instead of a magic'),
];

async function plan(session: Session): Promise<Plan | string> {
  requireTable(session);
  const { parsed, situation } = session;
  const words = parsed.positionals;
  const additions = describesRule(parsed)
    ? [await ownRule(session)]
    : await emulators(session, words);
  if (typeof additions === 'string') return additions;
  const leave = { replace: isOn(parsed, 'replace'), force: isOn(parsed, 'force') };
  const rules = listOf(additions.map(({ rule }) => ruleInWords(rule)));
  return planAdd(situation, additions, leave) ?? `Nothing to do: there already: ${rules}.`;
}

function nothingNamed(): XbuildError {
  return new XbuildError(
    'bad-argument',
    'binfmt add needs an architecture, or the name of a rule; received none',
    'For example: xbuild binfmt add arm64, or: xbuild binfmt add dos --magic MZ --interpreter /usr/bin/wine',
  );
}

function wishOf({ parsed }: Session): Wish {
  return {
    interpreter: lastValue(parsed, 'interpreter'),
    fromFile: lastValue(parsed, 'from-file'),
    image: lastValue(parsed, 'image'),
  };
}

/** Whether the words describe a rule of the user's own, byte by byte. */
function describesRule(parsed: ParsedArguments): boolean {
  const own = ['magic', 'extension', 'mask', 'offset'];
  return own.some((name) => lastValue(parsed, name) !== undefined);
}

/** Refuses words that are wrong on any machine. */
function check(parsed: ParsedArguments): void {
  const words = parsed.positionals;
  const [name = '', ...others] = words;
  if (words.length === 0) throw nothingNamed();
  if (!describesRule(parsed)) {
    for (const word of words) architectureOrThrow(word);
    return;
  }
  if (others.length > 0) {
    throw new XbuildError(
      'bad-argument',
      `a magic or an extension is for one rule; received the names ${words.join(', ')}`,
      'Add one rule after the other.',
    );
  }
  const places = ['interpreter', 'from-file', 'image'].map((flag) => lastValue(parsed, flag));
  if (places.every((place) => place === undefined)) throw noInterpreter(name);
  // What is found in a file or an image has a path as good as this one.
  describedRule(parsed, byteString(lastValue(parsed, 'interpreter') ?? '/interpreter'));
}

function noInterpreter(name: string): XbuildError {
  return new XbuildError(
    'bad-argument',
    `the rule ${name} needs an interpreter; received none`,
    'Give its path on the machine whose kernel it is: --interpreter /usr/bin/wine',
  );
}

/** The rule of the user's own; throws `bad-argument` with what is wrong with it. */
function describedRule(parsed: ParsedArguments, interpreter: string): Addition['rule'] {
  const bytes = (flag: string): string | undefined => {
    const text = lastValue(parsed, flag);
    return text === undefined ? undefined : byteString(text);
  };
  return ruleOfWords({
    name: byteString(parsed.positionals[0] ?? ''),
    magic: bytes('magic'),
    mask: bytes('mask'),
    offset: bytes('offset'),
    extension: bytes('extension'),
    interpreter,
    flags: lastValue(parsed, 'flags') ?? '',
  });
}

async function ownRule(session: Session): Promise<Addition> {
  const found = await named(session);
  if (found === undefined) throw noInterpreter(session.parsed.positionals[0] ?? '');
  const rule = describedRule(session.parsed, found.path);
  return { rule, source: sourceOf(rule.flags, found), file: found.file };
}

/** Without flag F nothing is opened now, so nothing has to be brought near. */
function sourceOf(letters: string, found: FoundInterpreter): FoundInterpreter['source'] {
  return letters.includes('F') ? found.source : { from: 'there' };
}

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
    return `Nothing to do: ${listOf(architectures)} ${architectures.length === 1 ? 'runs' : 'run'} on ${session.place.name} already (another emulator: --replace).`;
  }
  const additions: Addition[] = [];
  for (const architecture of wanted) {
    const found = await emulatorFor(session, architecture);
    if (!anew && alreadyRuns(session, architecture)) continue;
    const release = session.kernel.release;
    const letters = lastValue(session.parsed, 'flags') ?? usualFlags(release, found.version);
    const rule = emulatorRule(architecture, { interpreter: found.path, flags: letters });
    additions.push({ rule, source: sourceOf(rule.flags, found), file: found.file });
  }
  return additions.length > 0
    ? additions
    : `The package registered rules of its own: ${listOf(wanted)} ${wanted.length === 1 ? 'runs' : 'run'} on ${session.place.name} now.`;
}

function architectureOrThrow(word: string): string {
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

/** What the user named; an image that the engine has to pull first only with consent. */
async function named(session: Session): Promise<FoundInterpreter | undefined> {
  const { place, engine } = session;
  const wish = wishOf(session);
  if (wish.image !== undefined && engine !== undefined && (await mustPull(engine, wish.image))) {
    const image = escapeLine(wish.image);
    await agreeToPull(session, wish.image, `the engine has no image ${image}`);
  }
  return namedInterpreter(wish, place, engine);
}

/** Offers an image that has emulators. */
function agreeToImage(session: Session, architecture: string): Promise<void> {
  const why = `no static emulator for ${architecture} programs is on this machine`;
  return agreeToPull(session, EMULATOR_IMAGE, why);
}

/** Shows the image that would be pulled and run with all rights; throws where it is not wanted. */
async function agreeToPull(session: Session, image: string, why: string): Promise<void> {
  const line = `docker pull ${shellQuote(image)}`;
  const reason = `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
  session.context.stderr.write(`${reason} The emulator is to come out of this one:\n  ${line}\n`);
  if (!isOn(session.parsed, 'dry-run')) return confirm(session, [line]);
  throw new XbuildError('change-refused', why, `Pull the image first: ${line}`);
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

/** Runs the distribution's package command, as root and with consent; throws where it cannot. */
async function installPackage(
  session: Session,
  { command, note }: EmulatorPackage,
  architecture: string,
): Promise<void> {
  const [program = '', ...rest] = command;
  const line = command.map(shellQuote).join(' ');
  const { parsed, context } = session;
  const ask = `No static emulator for ${architecture} programs is on this machine. Its package:\n  ${line}\n${note === undefined ? '' : `${note}\n`}`;
  context.stderr.write(ask);
  if (isOn(parsed, 'dry-run')) {
    throw new XbuildError(
      'change-refused',
      `no static emulator for ${architecture} programs is on this machine`,
      `Install it first: ${line}`,
    );
  }
  await confirm(session, [line]);
  if (process.getuid?.() !== 0) {
    throw new XbuildError('not-root', 'only root may install packages', `Run: sudo ${line}`);
  }
  const { status } = spawnSync(program, rest, { stdio: ['ignore', 2, 2] });
  if (status === 0) return;
  throw new XbuildError(
    'change-failed',
    `the package was not installed: ${program} ended with status ${status}`,
    program === 'apt-get'
      ? `Nothing else was changed. Where its lists are old or missing: apt-get update; then: ${line}`
      : `Nothing else was changed. Run it by hand: ${line}`,
  );
}

export const addSubcommand = changing({
  name: 'add',
  usage: 'add [flags] ARCH… | NAME --magic BYTES|--extension EXT --interpreter PATH',
  summary: 'register rules, prove that their programs run, and take them back if not',
  flags,
  completes: known.flatMap(({ name, qemu }) => (qemu === undefined ? [] : [name])),
  check,
  plan,
});
