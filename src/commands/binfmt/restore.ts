import { planWay } from '../../changes/plan-way.ts';
import { makePlan, type Plan } from '../../changes/plan/plan.ts';
import { programsThatMustRun } from '../../changes/plan/programs.ts';
import { tableOfSnapshot } from '../../changes/plan/snapshot.ts';
import { ruleInWords } from '../../changes/plan/words.ts';
import { refuseHijacker } from '../../changes/plan/add.ts';
import { readSnapshot, usualSnapshotFile } from '../../changes/snapshot-file.ts';
import { isOn } from '../../model/flags.ts';
import { changing, changingFlags, forceFlag } from './changing.ts';
import { requireTable, type Session } from './session.ts';
import { oneFile } from './snapshot.ts';

async function plan(session: Session): Promise<Plan | string> {
  requireTable(session);
  const { parsed, place, context, situation } = session;
  const named = oneFile(parsed.positionals, 'restore');
  const file = named ?? usualSnapshotFile(place.name, context.env);
  const snapshot = readSnapshot(file);
  const wanted = tableOfSnapshot(snapshot);
  if (!isOn(parsed, 'force')) {
    for (const rule of wanted.rules) if (rule.enabled) refuseHijacker(rule, situation.native);
  }
  const way = await planWay(situation.table, wanted, place);
  const notes = [
    ...way.lost.map(
      (rule) =>
        `${ruleInWords(rule)} cannot be registered: its interpreter is not on ${place.name}, or it is of a kind that xbuild does not know.`,
    ),
    ...way.misplaced.map((rule) => `${ruleInWords(rule)} stays at another place in the order.`),
  ];
  if (way.writes.length === 0) {
    return notes.length === 0
      ? `Nothing to do: the table is as it was at ${snapshot.taken}.`
      : `Nothing can be done. ${notes.join(' ')}`;
  }
  const made = makePlan({
    purpose: `Bring back the table of ${snapshot.taken} (${file}).`,
    writes: way.writes,
    sources: way.sources,
    before: situation.table,
    notes,
  });
  // Rules of a snapshot may have been broken then: they are shown, and do not have to work.
  const { mustRun, gained } = programsThatMustRun(made.before, made.after, situation.runs);
  return { ...made, mustRun: mustRun.filter((program) => !gained.includes(program)) };
}

export const restoreSubcommand = changing({
  name: 'restore',
  usage: 'restore [flags] [FILE]',
  summary: 'bring the table of a snapshot back, order and switches included',
  flags: [...changingFlags, forceFlag],
  completes: 'files',
  plan,
});
