import { describeRules } from '../../binfmt/list.ts';
import { parseArguments } from '../../model/flags.ts';
import { XbuildError } from '../../model/errors.ts';
import { listDocument } from '../../reporters/binfmt-json.ts';
import { renderRules } from '../../reporters/binfmt-list.ts';
import { openTable } from './open-table.ts';
import { print, readingFlags, type ReadingContext, type ReadingSubcommand } from './subcommand.ts';

async function run(argv: readonly string[], context: ReadingContext): Promise<number> {
  const parsed = parseArguments(argv, readingFlags);
  const [word] = parsed.positionals;
  if (word !== undefined) {
    throw new XbuildError(
      'bad-argument',
      `binfmt list takes no names; received: ${word}`,
      `For one rule: xbuild binfmt show ${word}`,
    );
  }
  const table = await openTable(parsed, context, { runs: true });
  const rows = await describeRules(table);
  print(
    context,
    parsed,
    () => listDocument(table, rows),
    (options) => renderRules(table, rows, options),
  );
  return table.problem === undefined ? 0 : 1;
}

export const listSubcommand: ReadingSubcommand = {
  name: 'list',
  usage: 'list [flags]',
  summary: 'the rules in match order, and whether each works',
  flags: readingFlags,
  examples: ['xbuild binfmt', 'xbuild binfmt list --local', 'xbuild binfmt list --json'],
  run,
};
