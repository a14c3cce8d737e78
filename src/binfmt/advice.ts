import { listed } from '../model/sentence.ts';
import { architectures, headFor } from '../model/architecture.ts';
import type { MagicRule, Rule } from '../model/binfmt-rule.ts';
import { formOf, fits, patternOf, wantsElf } from './pattern.ts';
import { architecturesOf } from './purpose.ts';
import { quoted } from './text.ts';

type Advice = (rule: Rule, native: readonly string[]) => string | undefined;

const relative: Advice = ({ interpreter }) =>
  interpreter.startsWith('/')
    ? undefined
    : `the interpreter ${quoted(interpreter)} is no absolute path: it is looked for from the working directory of whoever runs a program`;

const blanks: Advice = ({ interpreter }) =>
  /[ \t]/.test(interpreter)
    ? `the interpreter is never split into words: a file whose name is ${quoted(interpreter)} is looked for; to pass options, name a script that does`
    : undefined;

const lineBreaks: Advice = ({ interpreter }) =>
  interpreter.includes('\n')
    ? 'the interpreter holds a line break: the rule’s file does not quote it, and can be read as something else'
    : undefined;

const neverMatches: Advice = (rule) =>
  rule.type === 'extension' && rule.extension.includes('.')
    ? `no name has the extension ${quoted(rule.extension)}: the kernel compares what follows the last dot`
    : undefined;

const everything: Advice = (rule) =>
  rule.type === 'magic' && patternOf(rule).mask.every((byte) => byte === 0)
    ? 'the mask names no bit at all: the rule takes every file, its own interpreter too'
    : undefined;

const ignoredBits: Advice = (rule) => {
  if (rule.type !== 'magic') return undefined;
  const { magic, mask } = patternOf(rule);
  if (mask.every((byte) => byte === 0)) return undefined;
  const at = magic.findIndex((byte, index) => (byte & ~(mask[index] ?? 0xff) & 0xff) !== 0);
  // EI_OSABI and e_type are written so on purpose, by everyone.
  return at === -1 || wantsElf(rule)
    ? undefined
    : `bits of the magic that the mask does not name are ignored (the first at byte ${rule.offset + at})`;
};

function takesKind(rule: MagicRule, options: { type?: 'dyn'; osabi?: number }): boolean {
  const names = architecturesOf(rule);
  const pattern = patternOf(rule);
  return architectures
    .filter(({ name }) => names.includes(name))
    .some((row) => fits(pattern, headFor(row, options)));
}

const onlyExec: Advice = (rule) =>
  rule.type === 'magic' && architecturesOf(rule).length > 0 && !takesKind(rule, { type: 'dyn' })
    ? 'it takes ET_EXEC files only: most of today’s programs are position-independent (ET_DYN), and pass it by; the usual mask for e_type is fe ff (ff fe where big-endian)'
    : undefined;

const onlySystemV: Advice = (rule) =>
  rule.type === 'magic' && architecturesOf(rule).length > 0 && !takesKind(rule, { osabi: 3 })
    ? 'it does not take programs whose EI_OSABI is 3 (GNU/Linux), as static ones of glibc may have; the usual mask for it is 00'
    : undefined;

const ownPrograms: Advice = (rule, native) => {
  const own = architecturesOf(rule).filter((name) => native.includes(name));
  return own.length === 0
    ? undefined
    : `it takes ${listed(own)} programs, which this kernel runs itself: they all go through the interpreter then, and an interpreter of that kind takes itself`;
};

const withoutF: Advice = (rule) =>
  architecturesOf(rule).length > 0 && !rule.flags.includes('F')
    ? 'without flag F it works in a container only where the container has the interpreter among its own files'
    : undefined;

const credentials: Advice = ({ flags }) =>
  flags.includes('C')
    ? 'with flag C the interpreter runs with the rights of set-uid programs: nobody but root may be able to change its file'
    : undefined;

const unusualElf: Advice = (rule) => {
  if (rule.type !== 'magic' || !wantsElf(rule) || architecturesOf(rule).length > 0)
    return undefined;
  const { bits, endian } = formOf(rule);
  return patternOf(rule).magic.length >= 20
    ? `no architecture that xbuild knows has such a header (${bits}-bit, ${endian}-endian)`
    : undefined;
};

const all: readonly Advice[] = [
  everything,
  neverMatches,
  relative,
  blanks,
  lineBreaks,
  ignoredBits,
  ownPrograms,
  unusualElf,
  onlyExec,
  onlySystemV,
  withoutF,
  credentials,
];

/**
 * Says what is worth knowing of a rule that the kernel would accept: what surprises people, and
 * what does harm. `native`: what the kernel runs itself; without it nothing is said of that.
 * Sentences are safe to print.
 */
export function adviseRule(rule: Rule, native: readonly string[] = []): string[] {
  return all.flatMap((advice) => advice(rule, native) ?? []);
}
