import { ci as github } from '../ci/github.ts';
import type { CiSystem } from '../ci/system.ts';
import type { Finding, Status } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { findingLines } from './finding-lines.ts';
import type { Reporter } from './reporter.ts';

const levels: Readonly<Partial<Record<Status, 'error' | 'warning'>>> = {
  fail: 'error',
  warn: 'warning',
};

/** A report as GitHub's workflow commands: an annotation a finding, at its line where it has one. */
export const renderGithub: Reporter = ({ report }) =>
  annotationLines(report, github)
    .map((line) => `${line}\n`)
    .join('');

/**
 * What is wrong as annotations of a CI system, errors first: some show only the first ten. Empty
 * where the system has none.
 */
export function annotationLines({ subjects }: Report, system: CiSystem): string[] {
  const findings = subjects.flatMap((subject) => subject.findings);
  const ordered = (['fail', 'warn'] as const).flatMap((status) =>
    findings.filter((finding) => finding.status === status),
  );
  const lines = ordered.map((finding) => annotationOf(finding, system));
  return [...new Set(lines.filter((line) => line !== undefined))];
}

function annotationOf(finding: Finding, system: CiSystem): string | undefined {
  const { id, status, location, platform, message } = finding;
  const source = location?.source;
  const lead = platform === undefined || message.includes(platform) ? '' : `${platform}: `;
  return system.annotate?.({
    level: levels[status] ?? 'notice',
    title: `xbuild: ${id}`,
    text: lead + findingLines(finding).join('\n'),
    ...(source === undefined ? {} : { file: source.file, line: source.line }),
    ...(source?.endLine === undefined ? {} : { endLine: source.endLine }),
  });
}
