import { byteString } from '../../model/bytes-text.ts';
import { matchFile } from '../../binfmt/match.ts';
import { readPath } from '../../binfmt/read-files.ts';
import { parseArguments, type Flag } from '../../model/flags.ts';
import { XbuildError } from '../../model/errors.ts';
import { matchDocument } from '../../reporters/binfmt-json.ts';
import { renderMatch } from '../../reporters/binfmt-match.ts';
import { openTable } from './open-table.ts';
import { print, readingFlags, type ReadingContext, type ReadingSubcommand } from './subcommand.ts';

const flags: readonly Flag[] = [
  ...readingFlags,
  {
    name: 'argv',
    kind: 'value',
    value: 'WORD…',
    help: 'match: all words that follow are argv, from argv[0] on',
  },
];

/** Cuts off `--argv` and all that follows, which are the caller's words and no flags. */
function splitArgv(words: readonly string[]): { before: readonly string[]; argv?: string[] } {
  const end = words.indexOf('--');
  const at = words.findIndex((word) => word === '--argv' || word.startsWith('--argv='));
  if (at === -1 || (end !== -1 && end < at)) return { before: words };
  const [first = '', ...rest] = words.slice(at);
  const given = first === '--argv' ? rest : [first.slice('--argv='.length), ...rest];
  return { before: words.slice(0, at), argv: given };
}

async function run(words: readonly string[], context: ReadingContext): Promise<number> {
  const { before, argv: given } = splitArgv(words);
  const parsed = parseArguments(before, flags);
  const [file, ...more] = parsed.positionals;
  if (file === undefined) throw noFile();
  if (given !== undefined && more.length > 0) throw twice(more);
  const argv = given ?? [file, ...more];
  const table = await openTable(parsed, context, { runs: false });
  const report = await matchFile(
    {
      path: byteString(file),
      argv: argv.map(byteString),
      cwd: byteString(process.cwd()),
      lookHere: readPath,
    },
    table,
  );
  print(
    context,
    parsed,
    () => matchDocument(table, report),
    (options) => renderMatch(report, table, options),
  );
  return 0;
}

function noFile(): XbuildError {
  return new XbuildError(
    'bad-argument',
    'binfmt match needs a file; received none',
    'Write the file as it would be called, and its arguments: xbuild binfmt match ./app hello',
  );
}

function twice(words: readonly string[]): XbuildError {
  return new XbuildError(
    'bad-argument',
    `the arguments are given twice: ${words.join(' ')}, and with --argv`,
    'Keep the words after FILE, or --argv with all of argv, from argv[0] on.',
  );
}

export const matchSubcommand: ReadingSubcommand = {
  name: 'match',
  usage: 'match [flags] FILE [ARG…]',
  summary: 'which rule takes a file, and the argv at the end',
  flags,
  completes: 'files',
  run,
};
