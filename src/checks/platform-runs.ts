import type { Finding } from '../model/finding.ts';
import type { Check, PreflightInput } from '../model/preflight.ts';
import { installFix, replaceFix } from '../model/rule-fixes.ts';
import { kernelScene } from './scene.ts';
import type { Scene } from './scene.ts';
import { expectedError } from './theory.ts';
import { needsRule } from './wanted.ts';
import { verdicts } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { errnoText, outcomeText, ruleLine } from './words.ts';

export const order = 230;

const id = 'platform-runs';

/** What the kernel really did with a small program of each platform: it beats every theory. */
export const check: Check = {
  id,
  title: 'A program of every wanted platform runs',
  run(input) {
    const scene = kernelScene(input);
    return verdicts(input).map((verdict) =>
      'missing' in scene ? withoutKernel(verdict, input) : withKernel(verdict, scene),
    );
  },
};

function basicsOf({ wanted, reason }: Verdict): Pick<Finding, 'id' | 'platform'> & { why: string } {
  return { id, platform: wanted.name, why: reason ?? '' };
}

function withoutKernel(verdict: Verdict, { named }: PreflightInput): Finding {
  const { why, ...basics } = basicsOf(verdict);
  if (verdict.support === 'none') {
    return { ...basics, status: named ? 'fail' : 'warn', message: why };
  }
  // The same words as the other checks that need the kernel: the cause is one.
  return { ...basics, status: 'unknown', message: why === '' ? notProven(verdict) : why };
}

function notProven({ wanted }: Verdict): string {
  return `${wanted.name} is the engine's own platform; that it runs was not proven.`;
}

function withKernel(verdict: Verdict, scene: Scene): Finding {
  const { wanted, support, reason } = verdict;
  const { why, ...basics } = basicsOf(verdict);
  const evidence = evidenceOf(verdict, scene);
  if (support === 'unknown') return { ...basics, status: 'unknown', message: why, evidence };
  if (support === 'none') return { ...failure(verdict, scene), ...basics, evidence };
  if (wanted.run === undefined) {
    return { ...basics, status: 'unknown', message: notProven(verdict), evidence };
  }
  const message = `${wanted.name} ${outcomeText(wanted.run)}.`;
  if (reason === undefined) return { ...basics, status: 'pass', message, evidence };
  return { ...basics, status: 'warn', message: `${message} ${reason}`, evidence };
}

function failure(verdict: Verdict, scene: Scene): Pick<Finding, 'status' | 'message' | 'fix'> {
  const { wanted, reason = '' } = verdict;
  const status = scene.named || wanted.own ? 'fail' : 'warn';
  const message = `${wanted.name} does not run here. ${reason}`;
  const { run, rule } = wanted;
  const crashed = run !== undefined && run.outcome !== 'ran';
  // Where the rules explain it, the finding on that rule has the commands.
  if (!crashed || !needsRule(wanted) || expectedError(scene, wanted) !== undefined) {
    return { status, message };
  }
  const architectures = [wanted.platform.architecture];
  const fix =
    rule === undefined
      ? installFix(scene.engine, architectures)
      : replaceFix(scene.engine, [rule], architectures);
  return { status, message, fix };
}

/** Theory and practice side by side, where they disagree; else what was seen. */
function evidenceOf({ wanted }: Verdict, scene: Scene): string[] {
  const { run, rule } = wanted;
  if (run === undefined) return [];
  const seen = `probe: the program ${run.program} ${outcomeText(run)}`;
  const machine = run.machine === undefined ? [] : [`uname: ${run.machine}`];
  const output = run.outcome === 'ran' || !run.output ? [] : [`it wrote: ${run.output.trim()}`];
  const rules = rule === undefined ? [] : [ruleLine(rule)];
  return [
    seen,
    ...machine,
    ...output,
    ...rules,
    ...disagreement(run.outcome === 'ran', wanted, scene),
  ];
}

function disagreement(runs: boolean, wanted: Verdict['wanted'], scene: Scene): string[] {
  if (!needsRule(wanted)) return [];
  const expected = expectedError(scene, wanted);
  if (expected === undefined) {
    return runs ? [] : ['by its rule alone it ought to run: nothing is known to be wrong with it'];
  }
  const agrees = !runs && wanted.run?.errno === expected.errno;
  const text = `by the rules it ends in ${errnoText(expected.errno)}, for ${expected.because}`;
  return [agrees ? text : `${text}; what the kernel did counts`];
}
