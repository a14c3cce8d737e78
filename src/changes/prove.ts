import { lineOf } from '../binfmt/text.ts';
import { escapeLine } from '../model/escape.ts';
import type { RunFacts } from '../model/facts.ts';
import type { Proof } from './outcome.ts';
import type { Place, Written } from './place.ts';
import { tableOf, type Plan } from './plan/plan.ts';
import { sameTable } from './plan/transition.ts';

/** Looks at what there is after writes; `last` means that the table is to be the plan's. */
export async function prove(
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
    const rules = table.rules.map(({ name }) => lineOf(name)).join(', ');
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
