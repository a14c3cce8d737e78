import { carryOut } from '../../changes/carry-out.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import { shellLine } from '../../changes/plan/write.ts';
import { endpointFlags, outputFlags } from '../../io/shared-flags.ts';
import { isOn, parseArguments, type Flag, type ParsedArguments } from '../../model/flags.ts';
import type { CommandContext } from '../command.ts';
import { confirm } from './confirm.ts';
import { Reply } from './reply.ts';
import { openSession, type Session } from './session.ts';
import { tableFlags, type Subcommand } from './subcommand.ts';

/** Flags of every subcommand that changes rules. */
export const changingFlags: readonly Flag[] = [
  ...tableFlags,
  { name: 'yes', short: 'y', kind: 'bool', help: 'make the change without asking' },
  { name: 'dry-run', kind: 'bool', help: 'show what would be written, and change nothing' },
  ...endpointFlags,
  ...outputFlags,
];

/** Lets through what is refused otherwise; the subcommand says what. */
export const forceFlag: Flag = {
  name: 'force',
  kind: 'bool',
  help: 'make changes that look dangerous: they are checked, and undone, all the same',
};

/** One subcommand that changes the table. */
export interface Change extends Omit<Subcommand, 'run'> {
  /** Refuses words that are wrong on any machine, before one is asked. */
  check?(this: void, parsed: ParsedArguments): void;
  /** The plan; or, where there is nothing to do, a sentence that says so. */
  plan(session: Session): Promise<Plan | string>;
}

/** Makes a subcommand of a change: read, plan, show, ask, carry out, report. */
export function changing(change: Change): Subcommand {
  return { ...change, run: (argv, context) => runChange(change, argv, context) };
}

async function runChange(
  change: Change,
  argv: readonly string[],
  context: CommandContext,
): Promise<number> {
  const parsed = parseArguments(argv, change.flags);
  change.check?.(parsed);
  const session = await openSession(parsed, context, [change.name, ...argv]);
  const planned = await change.plan(session);
  const reply = new Reply(change.name, session);
  if (typeof planned === 'string') return reply.nothing(planned);
  return confirmAndCarryOut(planned, session, reply);
}

/** Shows a plan, asks, carries it out and reports. */
export async function confirmAndCarryOut(
  plan: Plan,
  session: Session,
  reply: Reply,
): Promise<number> {
  const { parsed, context, place } = session;
  reply.plan(plan);
  if (isOn(parsed, 'dry-run')) return reply.done(plan, undefined);
  await confirm(
    session,
    plan.writes.map((write) => shellLine(write, place.directory)),
  );
  const outcome = await carryOut(plan, place, context.signal);
  return reply.done(plan, outcome);
}
