import { XbuildError } from '../model/errors.ts';
import { explainSystemError } from '../model/system-error.ts';
import type { ReportCommand } from '../model/report.ts';
import { reportOfRefusal } from '../reports/refusal.ts';
import { errorDocument, renderError, statusOf } from './report-error.ts';
import type { Result } from './reporting.ts';

/** A result, and the name of what it is about. */
export interface NamedResult {
  name: string;
  result: Result;
}

/** The worse, the earlier: of several results the worst one is the exit status. */
const worstFirst = [130, 5, 2, 1, 3, 4];

/** Several results of one command as one. */
export function joinResults(command: ReportCommand, results: readonly NamedResult[]): Result {
  const statuses = results.map(({ result }) => result.exitStatus);
  const exitStatus =
    worstFirst.find((status) => statuses.includes(status)) ?? Math.max(...statuses);
  return {
    exitStatus,
    report: (end) => {
      const reports = results.map(({ name, result }) => ({
        name,
        report: result.report({ ...end, exitStatus: result.exitStatus }),
      }));
      return {
        command,
        ok: exitStatus === 0,
        ...end,
        subjects: reports.flatMap(({ name, report }) =>
          report.subjects.map((subject) => ({ ...subject, name: `${name} ${subject.name}` })),
        ),
        notes: reports.flatMap(({ name, report }) =>
          report.notes.map((note) => `${name}: ${note}`),
        ),
        outputs: Object.fromEntries(
          reports.flatMap(({ name, report }) =>
            Object.entries(report.outputs).map(([key, value]) => [`${name}-${key}`, value]),
          ),
        ),
      };
    },
    document: () => ({
      schemaVersion: 1,
      command,
      ok: exitStatus === 0,
      images: results.map(({ name, result }) => ({ image: name, ...result.document() })),
    }),
    text: (options) =>
      results
        .map(({ name, result }) => `${options.colour('bold', name)}\n${result.text(options)}`)
        .join('\n'),
  };
}

/** The result of work that could not be done, so that what others came to is not lost. */
export function resultOfRefusal(thrown: unknown, command: ReportCommand): Result {
  const error = explainSystemError(thrown);
  if (!(error instanceof XbuildError) || error.code === 'interrupted') throw error;
  return {
    exitStatus: statusOf(error),
    report: (end) => reportOfRefusal(error, command, end),
    document: () => errorDocument(error, command),
    text: ({ colour }) => renderError(error, colour),
  };
}
