import { XbuildError } from '../model/errors.ts';
import type { Rule } from '../model/binfmt-rule.ts';
import { parseRegisterString } from '../model/binfmt-register.ts';
import type { BinfmtTable } from '../model/binfmt-table.ts';
import { bytesOfString } from '../model/bytes.ts';
import { escapeLine } from '../model/escape.ts';
import type { FileFacts, RunFacts } from '../model/facts.ts';
import { tableOf, type Plan, type Source } from './plan/plan.ts';
import { planTransition, sameTable } from './plan/transition.ts';
import { listOf, ruleInWords } from './plan/words.ts';
import { shellLine, type Write } from './plan/write.ts';
import type { Place, Written } from './place.ts';

/** A thing that was looked at after a change. */
export interface Proof {
  /** `the table is as planned`, `arm64 runs`. */
  what: string;
  ok: boolean;
  /** What was seen instead, or what runs it. */
  seen?: string;
  /** It is about a program that ran before, under the same rule. */
  before?: true;
}

/** A write that was tried. */
export interface Attempt {
  write: Write;
  /** `ok`, `skipped`, or the errno's name. */
  errno: string;
}

/** How a change ended. */
export interface Outcome {
  /** `stuck`: it did not work, and the former state could not be reached again either. */
  result: 'applied' | 'rolled-back' | 'stuck';
  attempts: Attempt[];
  proofs: Proof[];
  /** Why it did not work; one sentence. */
  reason?: string;
  undo: Attempt[];
  /** What of the former state is not as it was; whole sentences. */
  remains: string[];
  after: BinfmtTable;
}

/**
 * Carries a plan out: writes, reads the table back, runs what has to run, and brings the former
 * state back where anything of that is not as planned.
 *
 * Not stopped by a signal half way: what is begun is finished, or undone.
 */
export async function carryOut(plan: Plan, place: Place, signal?: AbortSignal): Promise<Outcome> {
  if (signal?.aborted === true)
    throw new XbuildError('interrupted', 'interrupted', 'Run it again.');
  const split = plan.proveAfter ?? plan.writes.length;
  const attempts: Attempt[] = [];
  const proofs: Proof[] = [];
  for (const writes of [plan.writes.slice(0, split), plan.writes.slice(split)]) {
    if (writes.length === 0) continue;
    const last = attempts.length + writes.length === plan.writes.length;
    const reason =
      (await tryStage({ plan, place, writes, last, attempts, proofs })) ?? interrupted(signal);
    if (reason !== undefined) return { attempts, proofs, reason, ...(await undo(plan, place)) };
  }
  const after = tableOf((await place.read([])).binfmt);
  return { result: 'applied', attempts, proofs, undo: [], remains: [], after };
}

interface Stage {
  plan: Plan;
  place: Place;
  writes: readonly Write[];
  /** The table is the plan's afterwards. */
  last: boolean;
  /** What is filled in. */
  attempts: Attempt[];
  proofs: Proof[];
}

/** Writes and looks; returns why it did not work, also where the engine refused to do either. */
async function tryStage(stage: Stage): Promise<string | undefined> {
  const { plan, place, writes, last, attempts, proofs } = stage;
  try {
    const written = await place.write(writes, plan.sources);
    attempts.push(...writes.map((write, at) => ({ write, errno: written.results[at] ?? '' })));
    proofs.splice(0, proofs.length, ...(await prove(plan, place, written, last)));
    return whyNot(attempts, written, proofs, place);
  } catch (error) {
    return `It could not be carried out, or not be checked: ${(error as Error).message}.`;
  }
}

function interrupted(signal: AbortSignal | undefined): string | undefined {
  return signal?.aborted === true ? 'It was interrupted.' : undefined;
}

/** Looks at what there is after writes; `last` means that the table is to be the plan's. */
async function prove(
  plan: Plan,
  place: Place,
  { broken }: Written,
  last: boolean,
): Promise<Proof[]> {
  // What had stopped them is gone again, and the rest of the plan with it.
  if (broken !== undefined) return [{ what: 'native programs start', ok: false, seen: broken }];
  const { binfmt, runs } = await place.read(plan.mustRun);
  const proofs: Proof[] = [{ what: 'native programs start', ok: true }];
  if (last) {
    const table = tableOf(binfmt);
    const ok = sameTable(table, plan.after);
    const rules = table.rules.map(({ name }) => escapeLine(name)).join(', ');
    proofs.push({
      what: 'the table reads as planned',
      ok,
      ...(ok
        ? {}
        : { seen: `it is ${table.enabled ? 'on' : 'off'} and has: ${rules || 'no rules'}` }),
    });
  }
  for (const program of plan.mustRun) {
    const run = runs.find((one) => one.program === program);
    const proof = proofOf(program, run);
    proofs.push(plan.gained.includes(program) ? proof : { ...proof, before: true });
  }
  return proofs;
}

function proofOf(program: string, run: RunFacts | undefined): Proof {
  const what = `a program for ${program.replace('-', '/')} runs`;
  if (run === undefined) return { what, ok: false, seen: 'the probe gave no answer' };
  if (run.outcome !== 'ran') return { what, ok: false, seen: failureOf(run) };
  const emulator = run.emulator?.version ?? run.emulator?.path;
  return { what, ok: true, ...(emulator === undefined ? {} : { seen: escapeLine(emulator) }) };
}

function failureOf({ outcome, errno, signal, exitStatus, output = '' }: RunFacts): string {
  const [line = ''] = output.trim().split('\n');
  const wrote = line === '' ? '' : `: ${escapeLine(line).slice(0, 200)}`;
  if (outcome === 'errno') return `execve: ${errno}`;
  if (outcome === 'signal') return `ended by signal ${signal}${wrote}`;
  if (outcome === 'timeout') return `did not end in time${wrote}`;
  return `ended with status ${exitStatus} without doing its work${wrote}`;
}

function whyNot(
  attempts: readonly Attempt[],
  { broken }: Written,
  proofs: readonly Proof[],
  place: Place,
): string | undefined {
  const refused = attempts.find(({ errno }) => errno !== 'ok');
  if (broken !== undefined) return `Native programs no longer started (${broken}).`;
  if (refused !== undefined) {
    const line = shellLine(refused.write, place.directory);
    return `A write was refused: ${escapeLine(refused.errno)}${meaningOf(refused.errno)}, for ${line}`;
  }
  const failed = proofs.find(({ ok }) => !ok);
  return failed === undefined
    ? undefined
    : `Not so afterwards: ${failed.what}${failed.seen === undefined ? '' : ` (${failed.seen})`}.`;
}

const meanings: Readonly<Record<string, string>> = {
  EEXIST: 'a rule of that name is there already',
  ENOENT: 'the interpreter, or the rule, is not there',
  EACCES: 'the interpreter may not be executed, or the writer is not root of this table',
  EPERM: 'the writer is not root of this table',
  EROFS: 'it is mounted read-only',
  EINVAL: 'the kernel does not take this string',
  ETXTBSY: 'the interpreter is being written to',
};

function meaningOf(errno: string): string {
  return meanings[errno] === undefined ? '' : ` (${meanings[errno]})`;
}

type Undone = Pick<Outcome, 'result' | 'undo' | 'remains' | 'after'>;

/** Brings the former table back from whatever there is now. */
async function undo(plan: Plan, place: Place): Promise<Undone> {
  try {
    return await undoThere(plan, place);
  } catch (error) {
    const { writes } = planTransition(plan.after, plan.before);
    const lines = writes.map((write) => shellLine(write, place.directory));
    const remains = [
      `The former state could not be brought back: ${(error as Error).message}. By hand, as root:`,
      ...lines,
    ];
    return { result: 'stuck', undo: [], remains, after: plan.after };
  }
}

async function undoThere(plan: Plan, place: Place): Promise<Undone> {
  const now = tableOf((await place.read([])).binfmt);
  const wanted = formerTable(plan, now);
  const { writes, sources, lost, misplaced } = await planWay(now, wanted, place);
  const written = writes.length === 0 ? undefined : await place.write(writes, sources);
  const after = tableOf((await place.read([])).binfmt);
  const attempts = writes.map((write, at) => ({ write, errno: written?.results[at] ?? 'ok' }));
  const remains = [
    ...lost.map((rule) => `${ruleInWords(rule)} could not be registered again.`),
    ...misplaced.map((rule) => `${escapeLine(rule.name)} is at another place in the order.`),
  ];
  const same = sameTable(after, wanted);
  if (!same && remains.length === 0) {
    const names = after.rules.map(({ name }) => escapeLine(name));
    remains.push(`The rules are now: ${names.length === 0 ? 'none' : listOf(names)}.`);
  }
  return { result: same ? 'rolled-back' : 'stuck', undo: attempts, remains, after };
}

/** The table of before, and in front of it what somebody else has registered meanwhile. */
function formerTable({ before, writes }: Plan, now: BinfmtTable): BinfmtTable {
  const ours = new Set(writes.flatMap((write) => registeredBy(write)?.name ?? []));
  const known = new Set(before.rules.map(({ name }) => name));
  const strangers = now.rules.filter(({ name }) => !ours.has(name) && !known.has(name));
  return { ...before, rules: [...strangers, ...before.rules] };
}

function registeredBy(write: Write): Rule | undefined {
  if (write.to !== 'register') return undefined;
  const reading = parseRegisterString(bytesOfString(write.text));
  return 'rule' in reading ? reading.rule : undefined;
}

/** The way from one table to another, and where the interpreters come from that it opens again. */
export interface Way {
  writes: Write[];
  sources: Record<string, Source>;
  lost: Rule[];
  misplaced: Rule[];
}

/**
 * Plans the way to a table on the machine as it is: rules with flag F only come back where their
 * interpreter is a file there.
 */
export async function planWay(from: BinfmtTable, to: BinfmtTable, place: Place): Promise<Way> {
  const reopens = await findReopening(to.rules, place, () => {
    const { writes } = planTransition(from, to);
    return writes.some((write) => write.to === 'register');
  });
  const transition = planTransition(from, to, { canRegister: reopens });
  const opened = transition.writes.flatMap((write) => {
    const rule = registeredBy(write);
    return rule?.flags.includes('F') === true ? [rule.interpreter] : [];
  });
  const sources = Object.fromEntries(opened.map((path) => [path, { from: 'there' } as const]));
  return { ...transition, sources };
}

/** Finds out which rules could be registered again; without need nothing is looked at. */
export async function findReopening(
  rules: readonly Rule[],
  place: Place,
  isNeeded: () => boolean = () => true,
): Promise<(rule: Rule) => boolean> {
  const fixed = rules.filter(({ flags }) => flags.includes('F'));
  if (fixed.length === 0 || !isNeeded()) return () => true;
  const files = await place.look([...new Set(fixed.map(({ interpreter }) => interpreter))]);
  return (rule) =>
    !rule.flags.includes('F') || opens(files.find(({ path }) => path === rule.interpreter));
}

/** Whether execve's open would succeed; what the file is does not matter to the kernel. */
function opens(file: FileFacts | undefined): boolean {
  return file?.errno === 'ok' && file.kind === 'file' && ((file.mode ?? 0) & 0o111) !== 0;
}

/** The outcome as an error for the exit status; undefined where the change was applied. */
export function failureOfOutcome({
  result,
  reason = '',
  remains,
}: Outcome): XbuildError | undefined {
  if (result === 'applied') return undefined;
  return new XbuildError(
    'change-failed',
    `the change did not work: ${reason}`,
    result === 'rolled-back'
      ? 'Everything is as it was before.'
      : 'Not everything is as it was before; the lines above say what is not.',
    { detail: remains },
  );
}
