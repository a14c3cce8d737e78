import { compareTables, isSame, likelyCauses } from '../../changes/plan/difference.ts';
import { readEvidence } from '../../changes/read-evidence.ts';
import { tableOfSnapshot } from '../../changes/plan/snapshot.ts';
import { ruleInWords } from '../../changes/plan/words.ts';
import { readSnapshot, usualSnapshotFile } from '../../changes/snapshot-file.ts';
import { parseArguments } from '../../model/flags.ts';
import { renderDifference } from '../../reporters/binfmt-difference.ts';
import type { CommandContext } from '../command.ts';
import { openToRead } from './session.ts';
import { oneFile } from './snapshot.ts';
import { print, readingFlags, type Subcommand } from './subcommand.ts';

async function run(argv: readonly string[], context: CommandContext): Promise<number> {
  const parsed = parseArguments(argv, readingFlags);
  const named = oneFile(parsed.positionals, 'diff');
  const { place, kernel, situation } = await openToRead(parsed, context);
  const file = named ?? usualSnapshotFile(place.name, context.env);
  const snapshot = readSnapshot(file);
  const before = tableOfSnapshot(snapshot);
  const difference = compareTables(before, situation.table);
  const causes = likelyCauses(before, situation.table, {
    mounted: kernel.binfmt.mount === 'binfmt_misc',
    kernelRelease: kernel.release,
    ...readEvidence(
      place,
      situation.table.rules.map(({ name }) => name),
      Date.parse(snapshot.taken),
    ),
  });
  const same = isSame(difference);
  const since = `${snapshot.taken} (${file})`;
  print(
    context,
    parsed,
    () => ({
      schemaVersion: 1,
      command: 'binfmt diff',
      ok: true,
      same,
      since: snapshot.taken,
      file,
      ...difference,
      likelyCauses: causes,
    }),
    (options) =>
      renderDifference(
        {
          ...difference,
          since,
          causes,
          added: difference.added.map(ruleInWords),
          removed: difference.removed.map(ruleInWords),
          changed: difference.changed.map((pair) => ({
            before: ruleInWords(pair.before),
            after: ruleInWords(pair.after),
          })),
          switched: difference.switched.map(
            (rule) =>
              `${ruleInWords({ ...rule, enabled: true })} is ${rule.enabled ? 'on' : 'off'} now`,
          ),
        },
        options,
      ),
  );
  return same ? 0 : 1;
}

export const diffSubcommand: Subcommand = {
  name: 'diff',
  usage: 'diff [flags] [FILE]',
  summary: 'what changed since a snapshot, and who likely did it; status 1 where something did',
  flags: readingFlags,
  completes: 'files',
  run,
};
