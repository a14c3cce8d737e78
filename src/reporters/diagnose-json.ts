import type { DiagnosedCause, Diagnosis } from '../model/diagnosis.ts';
import type { CauseFields, DiagnoseDocument, DiagnosisFields } from './documents.ts';

/** The JSON document of a diagnosis; field names are part of xbuild's interface. */
export function diagnoseDocument(diagnosis: Diagnosis): DiagnoseDocument {
  return { schemaVersion: 1, command: 'diagnose', ok: true, ...diagnosisFields(diagnosis) };
}

/** A diagnosis in the document of another command: the same fields, without the facts. */
export function diagnosisFields(diagnosis: Diagnosis): DiagnosisFields {
  const { target, surface, cause, others, answer, checked, missing, facts } = diagnosis;
  const shown = cause?.trace === undefined ? facts.traces[0] : facts.traces[cause.trace];
  return {
    target: target.name,
    kind: target.kind,
    answer,
    cause: cause === null ? null : causeDocument(cause),
    others: others.map(causeDocument),
    stage: surface.stage,
    exitCode: surface.exitCode,
    trace: shown?.trace?.hops ?? [],
    end: shown?.trace?.end ?? null,
    lookup: shown?.lookup ?? null,
    evidence: cause?.evidence ?? [],
    fix: cause?.fix ?? null,
    checked,
    missing,
  };
}

function causeDocument(cause: DiagnosedCause): CauseFields {
  const { trace: _trace, evidence, fix, ...rest } = cause;
  return { ...rest, evidence, fix };
}
