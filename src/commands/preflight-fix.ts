import { carryOut } from '../changes/carry-out.ts';
import type { Outcome } from '../changes/outcome.ts';
import { planWay } from '../changes/plan-way.ts';
import { planAdd, type Addition } from '../changes/plan/add.ts';
import { makePlan, type Plan } from '../changes/plan/plan.ts';
import { programsFor } from '../changes/plan/programs.ts';
import { planRevival } from '../changes/plan/revive.ts';
import { planSwitch } from '../changes/plan/switch.ts';
import { shellLine } from '../changes/plan/write.ts';
import { architecturesOf } from '../binfmt/purpose.ts';
import { XbuildError } from '../model/errors.ts';
import { isOn } from '../model/flags.ts';
import { renderOutcome, renderPlan } from '../reporters/binfmt-change.ts';
import { emulators } from './binfmt/emulators.ts';
import { changeDocument } from './binfmt/change-document.ts';
import { outcomeLines, plannedOf } from './binfmt/change-words.ts';
import { confirm } from './binfmt/confirm.ts';
import { readAgain, type Session } from './binfmt/session.ts';
import { textOptionsOf } from './text-options.ts';

/** One step of putting things right, and what came of it. */
export type FixStep = Record<string, unknown>;

/**
 * Makes architectures run on the engine: mounts binfmt_misc, switches on what is there, registers
 * what is missing or broken. Each step is shown, agreed to, checked, and undone where it did not
 * help; in the end nothing is changed unless something runs that did not.
 *
 * Throws `not-confirmed`, and what looking for emulators throws.
 */
export async function fixArchitectures(
  session: Session,
  architectures: readonly string[],
): Promise<FixStep[]> {
  const steps: FixStep[] = [];
  await mountIfMissing(session, steps);
  const former = session.situation.table;
  await revive(session, steps, architectures);
  const missing = () => architectures.filter((name) => !runs(session, name));
  const left = missing();
  if (left.length > 0) await register(session, steps, left);
  if (missing().length === architectures.length) await takeBack(session, steps, former);
  return steps;
}

function runs({ situation }: Session, architecture: string): boolean {
  const wanted = programsFor(architecture, situation.runs);
  const ran = situation.runs.filter(({ outcome }) => outcome === 'ran');
  return wanted.some((program) => ran.some((run) => run.program === program));
}

function streamOf({ parsed, context }: Session): NodeJS.WriteStream {
  return isOn(parsed, 'json') ? context.stderr : context.stdout;
}

async function mountIfMissing(session: Session, steps: FixStep[]): Promise<void> {
  const { place, kernel } = session;
  if (kernel.binfmt.mount === 'binfmt_misc') return;
  const line = `mount -t binfmt_misc binfmt_misc ${place.directory}`;
  streamOf(session).write(`Mount binfmt_misc on ${place.name}, as root:\n  ${line}\n`);
  if (isOn(session.parsed, 'dry-run')) return;
  await confirm(session, [line]);
  const { errno } = await place.mount();
  await readAgain(session);
  const ok = session.kernel.binfmt.mount === 'binfmt_misc';
  steps.push({
    purpose: 'Mount binfmt_misc.',
    result: ok ? 'applied' : 'rolled-back',
    shell: line,
  });
  if (ok) return;
  throw new XbuildError(
    'change-failed',
    `binfmt_misc could not be mounted on ${place.name} (${errno})`,
    `As root on its machine: modprobe binfmt_misc; ${line}`,
  );
}

/** Shows a plan, asks, carries it out; undefined where it was only to be shown. */
async function carryOutStep(
  session: Session,
  steps: FixStep[],
  plan: Plan,
  options: { ask: boolean } = { ask: true },
): Promise<Outcome | undefined> {
  const { context, place, parsed } = session;
  const stream = streamOf(session);
  const text = textOptionsOf(stream, context.env);
  stream.write(`\n${renderPlan(plannedOf(plan, session), text)}`);
  if (isOn(parsed, 'dry-run')) {
    steps.push(changeDocument(plan, undefined, place));
    return undefined;
  }
  if (options.ask) {
    await confirm(
      session,
      plan.writes.map((write) => shellLine(write, place.directory)),
    );
  }
  const outcome = await carryOut(plan, place, context.signal);
  stream.write(renderOutcome(outcomeLines(outcome, place.directory), text));
  steps.push(changeDocument(plan, outcome, place));
  await readAgain(session);
  return outcome;
}

/** Switches on what is there; what that does not help is switched off again. */
async function revive(
  session: Session,
  steps: FixStep[],
  architectures: readonly string[],
): Promise<void> {
  const revival = planRevival(session.situation, architectures);
  if (revival === undefined) return;
  const outcome = await carryOutStep(session, steps, revival.plan);
  if (outcome?.result !== 'applied') return;
  const useless = session.situation.table.rules.filter(
    (rule) =>
      revival.revived.some(({ name }) => name === rule.name) &&
      !architecturesOf(rule).some((name) => runs(session, name)),
  );
  const plan = planSwitch(session.situation, useless, { on: false, force: false });
  if (plan === undefined) return;
  const purpose = `It did not help: ${plan.purpose}`;
  await carryOutStep(session, steps, { ...plan, purpose }, { ask: false });
}

/** Registers rules with good emulators, in the place of those of the same name. */
async function register(
  session: Session,
  steps: FixStep[],
  architectures: readonly string[],
): Promise<void> {
  const additions = await additionsFor(session, architectures);
  const leave = { replace: true, force: false, renew: true };
  const plan = planAdd(session.situation, additions, leave);
  if (plan !== undefined) await carryOutStep(session, steps, plan);
}

/** Where there is no emulator for some, the others get theirs all the same. */
async function additionsFor(
  session: Session,
  architectures: readonly string[],
): Promise<Addition[]> {
  const additions: Addition[] = [];
  let refused: XbuildError | undefined;
  for (const architecture of architectures) {
    try {
      const found = await emulators(session, [architecture], true);
      if (typeof found !== 'string') additions.push(...found);
    } catch (error) {
      if (!(error instanceof XbuildError) || error.code !== 'change-refused') throw error;
      refused ??= error;
    }
  }
  if (additions.length === 0 && refused !== undefined) throw refused;
  return additions;
}

/** Nothing runs that did not: then nothing is changed either. */
async function takeBack(
  session: Session,
  steps: FixStep[],
  former: Session['situation']['table'],
): Promise<void> {
  const { place, situation } = session;
  const way = await planWay(situation.table, former, place);
  if (way.writes.length === 0) return;
  const purpose = 'It did not help: bring the former state back.';
  const plan = makePlan({
    purpose,
    writes: way.writes,
    sources: way.sources,
    before: situation.table,
  });
  await carryOutStep(session, steps, plan, { ask: false });
}
