import type { PlatformSupport, PreflightReport } from '../model/preflight.ts';
import type { Outcome, Report, ReportCommand, ReportEnd, ReportSubject } from '../model/report.ts';
import { engineSubject } from './engine-subject.ts';

/** A preflight as a report: the engine, and a subject a platform; also of a build that it stopped. */
export function reportOfPreflight(
  preflight: PreflightReport,
  end: ReportEnd,
  command: ReportCommand = 'preflight',
): Report {
  return {
    command,
    ok: preflight.ok,
    ...end,
    subjects: [
      engineSubject(preflight.checks),
      ...preflight.platforms.map((support) => platformSubject(support, preflight)),
    ],
    notes: [],
    outputs: {},
  };
}

function platformSubject(support: PlatformSupport, { checks, ok }: PreflightReport): ReportSubject {
  const { platform } = support;
  const findings = checks.filter((finding) => finding.platform === platform);
  const failed = findings.some(({ status }) => status === 'fail');
  return {
    name: platform,
    platform,
    outcome: failed ? 'failed' : outcomeOf(support, ok),
    summary: summaryOf(support),
    findings,
  };
}

/** Where nothing is wrong, a platform that does not run was not asked for. */
function outcomeOf({ support }: PlatformSupport, ok: boolean): Outcome {
  if (support === 'none') return ok ? 'skipped' : 'failed';
  return support === 'unknown' ? 'unknown' : 'ok';
}

function summaryOf({ support, emulator, interpreter, reason }: PlatformSupport): string {
  const because = reason === undefined ? '' : `: ${reason}`;
  if (support === 'native') return `native${because}`;
  if (support === 'none') return `does not run${because}`;
  if (support === 'unknown') return `not known${because}`;
  return `emulated by ${emulator ?? interpreter ?? 'an unknown program'}${because}`;
}
