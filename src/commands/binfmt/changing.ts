import { carryOut, type Outcome } from '../../changes/carry-out.ts';
import { openPlace, type OpenPlace } from '../../changes/open-place.ts';
import type { Situation } from '../../changes/plan/add.ts';
import { tableOf, type Plan } from '../../changes/plan/plan.ts';
import { nativeArchitectures } from '../../changes/plan/programs.ts';
import { planTransition } from '../../changes/plan/transition.ts';
import { quoteBytes, shellLine, type Write } from '../../changes/plan/write.ts';
import { askYes, canAsk } from '../../io/ask.ts';
import { endpointFlags, endpointOf, outputFlags } from '../../io/shared-flags.ts';
import { textOptionsOf } from '../text-options.ts';
import { formatRuleFile } from '../../model/binfmt-rule.ts';
import type { BinfmtTable } from '../../model/binfmt-table.ts';
import { XbuildError } from '../../model/errors.ts';
import { escapeLine } from '../../model/escape.ts';
import type { KernelFacts } from '../../model/facts.ts';
import {
  isOn,
  lastValue,
  parseArguments,
  type Flag,
  type ParsedArguments,
} from '../../model/flags.ts';
import {
  renderOutcome,
  renderPlan,
  type PlannedChange,
  type TriedChange,
} from '../../reporters/binfmt-change.ts';
import type { CommandContext } from '../command.ts';
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

/** What a subcommand plans from. */
export interface Session extends OpenPlace {
  parsed: ParsedArguments;
  context: CommandContext;
  kernel: KernelFacts;
  situation: Situation;
}

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

/** Opens the table that the flags choose, and reads it; nobody is going to write. */
export async function openToRead(
  parsed: ParsedArguments,
  context: CommandContext,
): Promise<Session> {
  return openSession(parsed, context, [], false);
}

/** Opens the table that the flags choose, and reads it. `words`: what root would have to type. */
export async function openSession(
  parsed: ParsedArguments,
  context: CommandContext,
  words: readonly string[],
  forWriting = !isOn(parsed, 'dry-run'),
): Promise<Session> {
  const mount = lastValue(parsed, 'mount');
  const opened = await openPlace({
    endpoint: endpointOf(parsed),
    local: isOn(parsed, 'local') || mount !== undefined,
    mount,
    forWriting,
    words,
    env: context.env,
  });
  const kernel = await opened.place.read();
  return { ...opened, parsed, context, kernel, situation: situationOf(kernel, opened) };
}

function situationOf(kernel: KernelFacts, { place }: OpenPlace): Situation {
  return {
    table: tableOf(kernel.binfmt),
    runs: kernel.runs,
    native: nativeArchitectures(place.architecture, kernel.runs),
  };
}

/** Reads the table again, after something that may have changed it. */
export async function readAgain(session: Session): Promise<void> {
  session.kernel = await session.place.read();
  session.situation = situationOf(session.kernel, session);
}

/** Throws `change-refused` where there is no table to change. */
export function requireTable({ kernel, place }: Session): void {
  const { mount, knownToKernel } = kernel.binfmt;
  if (mount === 'binfmt_misc') return;
  throw new XbuildError(
    'change-refused',
    knownToKernel || mount !== 'absent'
      ? `binfmt_misc is not mounted on ${place.name}, so there is no table to change`
      : `the kernel of ${place.name} does not know binfmt_misc`,
    `Mount it with: xbuild binfmt mount${place.kind === 'machine' ? ' --local' : ''}`,
  );
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

/** Throws `not-confirmed` unless the user agrees; nothing was changed then. */
export async function confirm(
  { parsed, context }: Pick<Session, 'parsed' | 'context'>,
  lines: readonly string[],
): Promise<void> {
  if (isOn(parsed, 'yes')) return;
  if (canAsk(context)) {
    if (await askYes('Make this change?', context)) return;
    throw new XbuildError('not-confirmed', 'nothing was changed', 'Answer y to make the change.');
  }
  throw new XbuildError(
    'not-confirmed',
    'nothing was changed: there is no terminal to ask on',
    'To make the change without being asked: --yes',
    { detail: lines },
  );
}

/** Tells a change to the user: a text as it goes on, or one JSON document at the end. */
export class Reply {
  readonly #name: string;
  readonly #session: Session;
  readonly #json: boolean;

  constructor(name: string, session: Session) {
    this.#name = name;
    this.#session = session;
    this.#json = isOn(session.parsed, 'json');
  }

  nothing(sentence: string): number {
    const { table } = this.#session.situation;
    if (this.#json)
      this.#document({
        ok: true,
        result: 'unchanged',
        message: sentence,
        after: tableDocument(table),
      });
    else this.#write(`${escapeLine(sentence)}\n`);
    return 0;
  }

  /** A change that is no write to the table; `lines` is what was done, as a shell would. */
  changed(sentence: string, lines: readonly string[]): number {
    if (this.#json)
      this.#document({ ok: true, result: 'applied', message: sentence, writes: lines });
    else this.#write(`${escapeLine(sentence)}\n`);
    return 0;
  }

  /** On stderr where stdout is the document's. */
  plan(plan: Plan): void {
    const { context } = this.#session;
    const stream = this.#json ? context.stderr : context.stdout;
    if (this.#json && isOn(this.#session.parsed, 'yes')) return;
    stream.write(renderPlan(plannedOf(plan, this.#session), textOptionsOf(stream, context.env)));
  }

  done(plan: Plan, outcome: Outcome | undefined): number {
    const ok = outcome === undefined || outcome.result === 'applied';
    const { place } = this.#session;
    if (this.#json) this.#document({ ok, ...changeDocument(plan, outcome, place) });
    else if (outcome !== undefined) {
      const { stdout, env } = this.#session.context;
      this.#write(
        `\n${renderOutcome(outcomeLines(outcome, place.directory), textOptionsOf(stdout, env))}`,
      );
    }
    if (this.#session.context.signal.aborted) return 130;
    return ok ? 0 : 1;
  }

  #write(text: string): void {
    this.#session.context.stdout.write(text);
  }

  #document(fields: Record<string, unknown>): void {
    const { place } = this.#session;
    const head = { schemaVersion: 1, command: `binfmt ${this.#name}`, place: place.name };
    this.#write(`${JSON.stringify({ ...head, ...fields }, null, 2)}\n`);
  }
}

/** An outcome in the words for people. */
export function outcomeLines(outcome: Outcome, directory: string): TriedChange {
  return {
    ...outcome,
    attempts: linesOf(outcome.attempts, directory),
    undo: linesOf(outcome.undo, directory),
  };
}

function linesOf(attempts: Outcome['attempts'], directory: string) {
  return attempts.map(({ write, errno }) => ({ line: shellLine(write, directory), errno }));
}

/** A plan in the words for people. */
export function plannedOf(plan: Plan, { place }: OpenPlace): PlannedChange {
  return {
    purpose: plan.purpose,
    place: place.name,
    lines: plan.writes.map((write) => shellLine(write, place.directory)),
    preparations: Object.entries(plan.sources).flatMap(([path, source]) => {
      if (source.from === 'here')
        return [`${quoteBytes(path)} is sent to the engine, whose kernel keeps it open`];
      return source.from === 'image'
        ? [`${quoteBytes(path)} is taken from the image ${source.image}`]
        : [];
    }),
    expectations: [
      'native programs start',
      'the table reads as planned',
      ...plan.gained.map((program) => `a program for ${program.replace('-', '/')} runs`),
      ...(plan.mustRun.length > plan.gained.length ? ['what ran before still runs'] : []),
    ],
    notes: plan.notes,
  };
}

/** The document of a change: what was planned, how it is undone, and what came of it. */
export function changeDocument(
  plan: Plan,
  outcome: Outcome | undefined,
  { directory }: { directory: string },
): Record<string, unknown> {
  const said = (write: Write) => ({
    to: write.to,
    text: write.text,
    shell: shellLine(write, directory),
  });
  return {
    result: outcome?.result ?? 'planned',
    purpose: plan.purpose,
    plan: {
      writes: plan.writes.map(said),
      undo: planTransition(plan.after, plan.before).writes.map(said),
      mustRun: plan.mustRun,
      notes: plan.notes,
    },
    ...(outcome === undefined
      ? {}
      : {
          ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
          writes: outcome.attempts.map(({ write, errno }) => ({ ...said(write), errno })),
          checks: outcome.proofs,
          undone: outcome.undo.map(({ write, errno }) => ({ ...said(write), errno })),
          remains: outcome.remains,
        }),
    before: tableDocument(plan.before),
    after: tableDocument(outcome?.after ?? plan.after),
  };
}

/** A table as JSON: the rules in match order, each with the file that the kernel shows. */
export function tableDocument(table: BinfmtTable): Record<string, unknown> {
  return {
    enabled: table.enabled,
    rules: table.rules.map((rule) => ({ name: rule.name, file: formatRuleFile(rule) })),
  };
}
