import { byteString } from '../../model/bytes-text.ts';
import { whyNoRules } from '../../binfmt/place-words.ts';
import { showRule } from '../../binfmt/show.ts';
import type { Table } from '../../binfmt/table.ts';
import { lineOf } from '../../binfmt/text.ts';
import { closest } from '../../model/closest.ts';
import { parseArguments } from '../../model/flags.ts';
import { XbuildError } from '../../model/errors.ts';
import { showDocument } from '../../reporters/binfmt-json.ts';
import { renderRule } from '../../reporters/binfmt-show.ts';
import { openTable } from './open-table.ts';
import { print, readingFlags, type ReadingContext, type ReadingSubcommand } from './subcommand.ts';

async function run(argv: readonly string[], context: ReadingContext): Promise<number> {
  const parsed = parseArguments(argv, readingFlags);
  const [name, ...others] = parsed.positionals;
  if (name === undefined || others.length > 0) throw notOne(parsed.positionals);
  const table = await openTable(parsed, context, { runs: true });
  const view = await showRule(table, nameIn(table, name));
  if (view === undefined) throw noSuchRule(table, name);
  print(
    context,
    parsed,
    () => showDocument(table, view),
    (options) => renderRule(view, options),
  );
  return 0;
}

/** A name as `list` shows it will do where a name cannot be typed. */
function nameIn({ entries }: Table, name: string): string {
  const bytes = byteString(name);
  const exact = entries.find(({ rule }) => rule.name === bytes);
  const shown = entries.filter(({ rule }) => lineOf(rule.name) === name);
  return exact === undefined && shown.length === 1 ? (shown[0]?.rule.name ?? bytes) : bytes;
}

function notOne(words: readonly string[]): XbuildError {
  const received = words.length === 0 ? 'none' : words.join(' ');
  return new XbuildError(
    'bad-argument',
    `binfmt show needs the name of one rule; received ${received}`,
    'See the names with: xbuild binfmt list. A name that begins with - comes after --.',
  );
}

function noSuchRule(table: Table, name: string): XbuildError {
  const missing = whyNoRules(table);
  if (missing !== undefined) {
    return new XbuildError(
      'bad-argument',
      `there is no rule "${name}": ${missing.reason}`,
      missing.hint,
    );
  }
  const names = table.entries.map(({ rule }) => lineOf(rule.name));
  const near = closest(name, names);
  return new XbuildError(
    'bad-argument',
    `there is no rule "${name}"`,
    near === undefined ? 'See the names with: xbuild binfmt list' : `Did you mean: ${near}`,
  );
}

export const showSubcommand: ReadingSubcommand = {
  name: 'show',
  usage: 'show [flags] NAME',
  summary: 'one rule in words: its flags, and its bytes',
  flags: readingFlags,
  run,
};
