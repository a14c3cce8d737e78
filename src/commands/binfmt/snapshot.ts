import { makeSnapshot } from '../../changes/plan/snapshot.ts';
import { usualSnapshotFile, writeSnapshot } from '../../changes/snapshot-file.ts';
import { XbuildError } from '../../model/errors.ts';
import { parseArguments } from '../../model/flags.ts';
import type { CommandContext } from '../command.ts';
import { openToRead, requireTable } from './session.ts';
import { print, readingFlags, type Subcommand } from './subcommand.ts';

/** At most one file; throws `bad-argument`. */
export function oneFile(words: readonly string[], verb: string): string | undefined {
  const [file, ...others] = words;
  if (others.length === 0) return file;
  throw new XbuildError(
    'bad-argument',
    `binfmt ${verb} takes one file; received ${words.join(' ')}`,
    `For example: xbuild binfmt ${verb} rules.json`,
  );
}

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, readingFlags);
  const named = oneFile(parsed.positionals, 'snapshot');
  const session = await openToRead(parsed, context);
  requireTable(session);
  const { place, kernel } = session;
  const taken = new Date().toISOString();
  const snapshot = makeSnapshot(kernel.binfmt, {
    taken,
    place: place.name,
    kernel: kernel.release,
  });
  if (named === '-') {
    context.stdout.write(`${JSON.stringify(snapshot, null, 2)}\n`);
    return 0;
  }
  const file = named ?? usualSnapshotFile(place.name, context.env);
  await writeSnapshot(file, snapshot);
  const count = snapshot.rules.length === 1 ? 'one rule' : `${snapshot.rules.length} rules`;
  print(
    context,
    parsed,
    () => ({ schemaVersion: 1, command: 'binfmt snapshot', ok: true, file, snapshot }),
    () => `${count} of ${place.name} kept in ${file}\n`,
  );
  return 0;
}

export const snapshotSubcommand: Subcommand = {
  name: 'snapshot',
  usage: 'snapshot [flags] [FILE]',
  summary: 'keep the table in a JSON file: rules byte for byte, their order, the switch',
  flags: readingFlags,
  run,
};
