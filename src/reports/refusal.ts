import { XbuildError } from '../model/errors.ts';
import type { Report, ReportCommand, ReportEnd } from '../model/report.ts';

/** What could not be carried out, as a report: a CI job must not find the last run's file. */
export function reportOfRefusal(error: unknown, command: ReportCommand, end: ReportEnd): Report {
  const known = error instanceof XbuildError ? error : undefined;
  const hint = known?.hint ?? 'This is a bug of xbuild: report it with this text.';
  return {
    command,
    ok: false,
    ...end,
    subjects: [
      {
        name: 'request',
        outcome: 'failed',
        summary: 'not carried out',
        findings: [
          {
            id: known?.code ?? 'bug',
            status: 'fail',
            message: known?.message ?? String(error),
            evidence: [...(known?.detail ?? [])],
            fix: { text: hint, commands: [] },
          },
        ],
      },
    ],
    notes: [],
    outputs: {},
  };
}
