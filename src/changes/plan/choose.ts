import { lineOf } from '../../binfmt/text.ts';
import { architecturesOf } from '../../binfmt/purpose.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { closest } from '../../model/closest.ts';
import { XbuildError } from '../../model/errors.ts';
import { parsePlatform } from '../../model/platform.ts';

/**
 * The architecture that a word means (`arm64`, `aarch64`, `linux/arm/v7`), in Docker's word, or
 * undefined where it means none.
 */
export function architectureOfWord(word: string): string | undefined {
  try {
    return parsePlatform(word.includes('/') ? word : `linux/${word}`).architecture;
  } catch (error) {
    if (error instanceof XbuildError) return undefined;
    throw error;
  }
}

/**
 * The rules that words mean: each a rule's exact name, or an architecture, which only means rules
 * that are qemu's and whose bytes are those of its programs. Throws `bad-argument` for a word that
 * means no rule.
 */
export function chooseRules(table: BinfmtTable, words: readonly string[]): Rule[] {
  const chosen = new Set(words.flatMap((word) => rulesOfWord(table, word)));
  return table.rules.filter((rule) => chosen.has(rule));
}

function rulesOfWord(table: BinfmtTable, word: string): Rule[] {
  const named = table.rules.find(({ name }) => name === word) ?? ruleShownAs(table, word);
  if (named !== undefined) return [named];
  const architecture = architectureOfWord(word);
  if (architecture === undefined) throw unknownRule(table, word);
  const taking = table.rules.filter((rule) => architecturesOf(rule).includes(architecture));
  const own = taking.filter((rule) => isEmulator(rule) && architecturesOf(rule).length < 3);
  if (own.length > 0) return own;
  if (taking.length === 0) throw unknownRule(table, word);
  throw new XbuildError(
    'bad-argument',
    `no rule of qemu's is for ${architecture} alone; an architecture means no other`,
    `To mean another one, write its name: ${taking.map(({ name }) => lineOf(name)).join(' ')}`,
  );
}

/** Not every name can be typed: as it is shown will do, where that is one rule. */
function ruleShownAs({ rules }: BinfmtTable, word: string): Rule | undefined {
  const shown = rules.filter(({ name }) => lineOf(name) === lineOf(word));
  return shown.length === 1 ? shown[0] : undefined;
}

/** Whether a rule looks like one of qemu's: others (Rosetta, FEX, box64) are meant by name only. */
export function isEmulator({ name, interpreter }: Rule): boolean {
  return name.startsWith('qemu-') || /(?:^|\/)qemu-[^/]*$|-binfmt-P$/.test(interpreter);
}

function unknownRule(table: BinfmtTable, word: string): XbuildError {
  const names = table.rules.map(({ name }) => lineOf(name));
  const near = closest(word, names);
  const there = names.length === 0 ? 'there are none' : `there are: ${names.join(', ')}`;
  return new XbuildError(
    'bad-argument',
    `there is no rule "${lineOf(word)}", nor one for an architecture of that name; ${there}`,
    near === undefined ? 'List the rules with: xbuild binfmt list' : `Did you mean ${near}?`,
  );
}
