import { byteString } from '../../model/bytes-text.ts';
import { listed } from '../../model/sentence.ts';
import { planAdd, type Addition } from '../../changes/plan/add.ts';
import { ruleOfWords } from '../../changes/plan/new-rule.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { ruleInWords } from '../../changes/plan/words.ts';
import { architectures as known } from '../../model/architecture.ts';
import { XbuildError } from '../../model/errors.ts';
import { isOn, lastValue, type Flag, type ParsedArguments } from '../../model/flags.ts';
import { changing, changingFlags, forceFlag } from './changing.ts';
import { architectureOrThrow, emulators } from './emulators.ts';
import { named } from './named-interpreter.ts';
import { requireTable, type Session } from './session.ts';

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
  const rules = listed(additions.map(({ rule }) => ruleInWords(rule)));
  return planAdd(situation, additions, leave) ?? `Nothing to do: there already: ${rules}.`;
}

function nothingNamed(): XbuildError {
  return new XbuildError(
    'bad-argument',
    'binfmt add needs an architecture, or the name of a rule; received none',
    'For example: xbuild binfmt add arm64, or: xbuild binfmt add dos --magic MZ --interpreter /usr/bin/wine',
  );
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
  return { rule, source: found.source, file: found.file };
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
