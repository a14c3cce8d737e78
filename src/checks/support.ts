import type { PlatformSupport, PreflightInput } from '../model/preflight.ts';
import type { Finding } from '../model/finding.ts';
import type { RunFacts } from '../model/facts.ts';
import { verdicts } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { emulatorText } from './words.ts';

/**
 * The table of platforms: whether each one runs, and by what. The reason is the finding that
 * stops it, where `findings` hold one, else what the probe saw.
 */
export function platformSupport(
  input: PreflightInput,
  findings: readonly Finding[] = [],
): PlatformSupport[] {
  return verdicts(input).map((verdict) => rowOf(verdict, findings));
}

function rowOf(verdict: Verdict, findings: readonly Finding[]): PlatformSupport {
  const { wanted, support } = verdict;
  const { rule, run } = wanted;
  // A native program never asks for the rule that would take it.
  const asked = support !== 'native' && rule !== undefined;
  const emulator = run && emulatorText(run);
  const reason = reasonOf(verdict, findings);
  return {
    platform: wanted.name,
    support,
    ...(asked && { rule: rule.name, interpreter: rule.interpreter }),
    ...(emulator !== undefined && { emulator }),
    ...(run && { probe: probeOf(run) }),
    ...(reason !== undefined && { reason }),
  };
}

function probeOf(run: RunFacts): NonNullable<PlatformSupport['probe']> {
  return {
    ...(run.machine !== undefined && { machine: run.machine }),
    ...(run.errno !== undefined && { errno: run.errno }),
    outcome: run.outcome,
  };
}

function reasonOf(
  { wanted, support, reason }: Verdict,
  findings: readonly Finding[],
): string | undefined {
  if (support !== 'none') return reason;
  const needy = wanted.platform.os === 'linux' && !wanted.own;
  const cause = findings.find(
    (finding) =>
      isTrouble(finding) &&
      finding.id !== 'platform-runs' &&
      (finding.platform === wanted.name ||
        (finding.platform === undefined && needy && stopsAll.has(finding.id))),
  );
  return cause?.message ?? reason;
}

function isTrouble({ status, fix }: Finding): boolean {
  return status === 'fail' || (status === 'warn' && fix !== undefined);
}

/** Checks whose finding, though about no platform, stops all that is not native. */
const stopsAll = new Set(['binfmt-known', 'binfmt-mounted', 'binfmt-enabled', 'rule-not-too-wide']);
