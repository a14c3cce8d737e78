import { formatRegisterString } from '../model/binfmt-register.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import { adviseRule } from './advice.ts';
import { errnoText } from './exec-words.ts';
import { fileWords } from './file-words.ts';
import { flagsOf, flagWords, unknownLines, type FlagLine } from './flag-words.ts';
import { describeRules, type RuleRow } from './list.ts';
import { layPattern, wantsElf, type PatternRow } from './pattern.ts';
import type { Table } from './table.ts';
import { lineOf } from './text.ts';
import { walkTo } from './walk.ts';

/** The file that a rule's interpreter is now. */
export interface InterpreterFile {
  /** Links on the way, and where they end; byte strings. */
  links: string[];
  path?: string;
  /** What it is, or why it is not known; safe to print. */
  words: string;
}

/** One rule in words; plain JSON. */
export interface RuleView extends RuleRow {
  /** How many rules the table has. */
  total: number;
  interpreter: InterpreterFile;
  flags: FlagLine[];
  /** What is so because a flag is missing; safe to print. */
  missing: FlagLine[];
  /** The magic over the ELF header, or over nothing; absent for rules without one. */
  pattern?: PatternRow[];
  /** Whether `pattern` is an ELF header. */
  elf: boolean;
  /** Lines of its file that this version does not know. */
  unknownLines: string[];
  notes: string[];
  /** What registers it again, a byte string; absent where no string can. */
  register?: string;
}

async function lookAt({ interpreter }: Rule, table: Table): Promise<InterpreterFile> {
  if (!interpreter.startsWith('/')) {
    return { links: [], words: 'looked for from the working directory of whoever runs a program' };
  }
  const { files, credentials } = table;
  const walk = await walkTo({ files, credentials, known: new Map() }, interpreter);
  if ('node' in walk) {
    const { path, links, node } = walk;
    return { links, path, words: fileWords(node) };
  }
  if ('needs' in walk) return { links: [], words: 'not known: it could not be looked at' };
  const at = walk.at === interpreter ? '' : ` at ${lineOf(walk.at)}`;
  return { links: [], words: `cannot be opened: ${errnoText(walk.errno)}${at}` };
}

function missingFlags(rule: Rule): FlagLine[] {
  return flagWords
    .filter(({ letter }) => !rule.flags.includes(letter))
    .map(({ letter, without }) => ({ letter, known: true, words: without }));
}

/** Says all that can be said of one rule; undefined where there is none of that name. */
export async function showRule(table: Table, name: string): Promise<RuleView | undefined> {
  const [row] = await describeRules(table, name);
  if (row === undefined) return undefined;
  const { rule } = row;
  const register = formatRegisterString(rule);
  return {
    ...row,
    total: table.entries.length,
    interpreter: await lookAt(rule, table),
    flags: flagsOf(rule),
    missing: rule.type === 'opaque' ? [] : missingFlags(rule),
    ...(rule.type === 'magic' ? { pattern: layPattern(rule) } : {}),
    elf: rule.type === 'magic' && wantsElf(rule),
    unknownLines: unknownLines(rule),
    notes: adviseRule(rule, table.native),
    ...(register === undefined ? {} : { register }),
  };
}
