import type { DiagnosedCause, Diagnosis } from '../model/diagnosis.ts';
import type { Finding } from '../model/finding.ts';
import type { Outcome, Report, ReportEnd } from '../model/report.ts';

const outcomes: Readonly<Record<Diagnosis['answer'], Outcome>> = {
  cause: 'failed',
  fine: 'ok',
  open: 'unknown',
};

/** A diagnosis as a report: one subject, the cause as what is wrong, other causes as warnings. */
export function reportOfDiagnosis(diagnosis: Diagnosis, end: ReportEnd): Report {
  const { target, cause, others, answer, facts } = diagnosis;
  const found = [
    ...(cause === null ? [] : [causeFinding(cause, 'fail')]),
    ...others.map((other) => causeFinding(other, 'warn')),
    ...(answer === 'open' ? [openFinding(diagnosis)] : []),
  ];
  const { platform } = facts;
  return {
    command: 'diagnose',
    ok: answer === 'fine',
    ...end,
    subjects: [
      {
        name: target.name,
        image: target.name,
        ...(platform === undefined ? {} : { platform }),
        outcome: outcomes[answer],
        summary: cause?.title ?? (answer === 'fine' ? 'nothing is wrong' : 'no cause found'),
        findings: found.map((finding) => ({ ...finding, ...(platform && { platform }) })),
      },
    ],
    notes: diagnosis.missing.map((fact) => `not known: ${fact}`),
    outputs: cause === null ? {} : { cause: cause.id },
  };
}

function causeFinding(cause: DiagnosedCause, status: 'fail' | 'warn'): Finding {
  const { id, message, why, evidence, fix, prevent } = cause;
  return { id, status, message: `${message}.`, why: `${why} ${prevent}`, evidence, fix };
}

function openFinding({ target, checked }: Diagnosis): Finding {
  return {
    id: 'no-cause-found',
    status: 'unknown',
    message: `What was read of ${target.name} does not tell why it fails.`,
    evidence: checked,
  };
}
