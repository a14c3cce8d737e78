import { findArchitecture, magicAndMask } from '../../model/architecture.ts';
import type { ExtensionRule, MagicRule, Rule } from '../../model/binfmt-rule.ts';
import { parseRegisterString } from '../../model/binfmt-register.ts';
import { bytesOfString, hexOfBytes } from '../../model/bytes.ts';
import { XbuildError } from '../../model/errors.ts';
import { registerStringOf } from './register-string.ts';

/** The usual name of an architecture's rule, `qemu-aarch64`; undefined where qemu has no emulator. */
export function usualName(architecture: string): string | undefined {
  const qemu = findArchitecture(architecture)?.qemu;
  return qemu === undefined ? undefined : `qemu-${qemu}`;
}

/** The rule that qemu's own scripts write for an architecture. */
export function emulatorRule(
  architecture: string,
  { interpreter, flags }: { interpreter: string; flags: string },
): MagicRule {
  const row = findArchitecture(architecture);
  const name = usualName(architecture);
  if (row === undefined || name === undefined) {
    throw new XbuildError(
      'bad-argument',
      `qemu has no emulator for "${architecture}"`,
      'Name a rule of your own and its interpreter: xbuild binfmt add NAME --magic … --interpreter …',
    );
  }
  const { magic, mask } = magicAndMask(row);
  return {
    type: 'magic',
    name,
    enabled: true,
    interpreter,
    flags: normalFlags(flags),
    offset: 0,
    magic: hexOfBytes(magic),
    mask: hexOfBytes(mask),
  };
}

/** Letters in the kernel's order, and O where there is C; throws `bad-flag` for another letter. */
export function normalFlags(letters: string): string {
  const given = letters.toUpperCase();
  const wrong = Array.from(given).filter((letter) => !'POCF'.includes(letter));
  if (wrong.length > 0) {
    throw new XbuildError(
      'bad-flag',
      `a rule has the flags P, O, C and F; received "${letters}"`,
      'P keeps argv[0], O opens the binary, C takes its credentials (and implies O), F opens the interpreter now, for containers.',
    );
  }
  const all = given.includes('C') ? `${given}O` : given;
  return Array.from('POCF')
    .filter((letter) => all.includes(letter))
    .join('');
}

/** What the user says of a rule of their own. Magic and mask are in the kernel's notation. */
export interface RuleWords {
  name: string;
  magic?: string | undefined;
  mask?: string | undefined;
  offset?: string | undefined;
  extension?: string | undefined;
  interpreter: string;
  flags: string;
}

/**
 * The rule that the words say, read by the kernel's own rules; throws `bad-argument` with the field
 * and the reason where the kernel would answer EINVAL.
 */
export function ruleOfWords(words: RuleWords): MagicRule | ExtensionRule {
  const flags = normalFlags(words.flags);
  const { magic, extension } = words;
  if ((magic === undefined) === (extension === undefined)) {
    throw new XbuildError(
      'bad-argument',
      'a rule goes by the first bytes of a file (--magic) or by its name (--extension): give one of them',
      String.raw`For example: xbuild binfmt add dos --magic MZ --interpreter /usr/bin/wine, or --magic '\x4d\x5a'`,
    );
  }
  const fields =
    magic === undefined
      ? ['E', '', (extension ?? '').replace(/^\./, ''), '']
      : ['M', words.offset ?? '', hexOrNotation(magic), hexOrNotation(words.mask ?? '')];
  const all = [words.name, ...fields, words.interpreter, flags];
  const delimiter = [':', ',', '|', ';', '!', '#', '\u0001'].find((one) =>
    all.every((field) => !field.includes(one)),
  );
  const text = (delimiter ?? '\u0002') + all.join(delimiter ?? '\u0002');
  const reading = parseRegisterString(bytesOfString(text));
  if (!('rule' in reading)) {
    throw new XbuildError(
      'bad-argument',
      `the kernel would refuse this rule (${reading.errno}): ${reading.reason}`,
      String.raw`Bytes are written as they are or as \x7f; see: xbuild binfmt add --help`,
    );
  }
  const { rule } = reading;
  if (rule.type === 'opaque') throw new Error('the register string has no opaque rules');
  return rule;
}

/** `0x7f454c46` is hex; all else is the kernel's notation, bytes as they are and `\x7f`. */
function hexOrNotation(text: string): string {
  const hex = /^0x((?:[0-9a-fA-F]{2})+)$/.exec(text)?.[1];
  return hex === undefined ? text : hex.replaceAll(/../g, String.raw`\x$&`);
}

/** The string that registers the rule; throws `bad-argument` where none can. */
export function stringOrThrow(rule: Rule): string {
  const text = registerStringOf(rule);
  if (text !== undefined) return text;
  throw new XbuildError(
    'bad-argument',
    'this rule does not fit into the 1920 bytes that the kernel takes',
    'Shorten its interpreter’s path or its magic.',
  );
}
