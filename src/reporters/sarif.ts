import type { Finding, Status } from '../model/finding.ts';
import type { Report, ReportSubject } from '../model/report.ts';
import { findingLines, fixLines } from './finding-lines.ts';
import type { Reporter } from './reporter.ts';
import { fingerprintOf, locationsOf } from './sarif-places.ts';

/** SARIF's words: only a result of kind `fail` has a level. */
const levels: Readonly<Record<Status, { kind: string; level: string }>> = {
  fail: { kind: 'fail', level: 'error' },
  warn: { kind: 'fail', level: 'warning' },
  unknown: { kind: 'open', level: 'none' },
  pass: { kind: 'pass', level: 'none' },
};

/**
 * A report as SARIF 2.1.0: a rule a check, a result a finding that is not green, at its line of the
 * Dockerfile where one is known, and at its path and layer in the image.
 *
 * Source: OASIS, Static Analysis Results Interchange Format 2.1.0.
 */
export const renderSarif: Reporter = ({ report, version }) => {
  const told = report.subjects.flatMap((subject) =>
    subject.findings
      .filter(({ status }) => status !== 'pass')
      .map((finding) => ({ finding, subject })),
  );
  const ids = [...new Set(told.map(({ finding }) => finding.id))];
  const rules = ids.map((id) => ruleOf(told.find(({ finding }) => finding.id === id)?.finding));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'xbuild', semanticVersion: version, rules } },
        automationDetails: { id: `xbuild/${report.command}/` },
        invocations: [invocationOf(report)],
        columnKind: 'utf16CodeUnits',
        results: told.map(({ finding, subject }) => resultOf(finding, subject, ids)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
};

function invocationOf({ exitStatus, notes }: Report): Record<string, unknown> {
  return {
    executionSuccessful: exitStatus !== 5 && exitStatus !== 130,
    exitCode: exitStatus,
    ...(notes.length === 0
      ? {}
      : {
          toolExecutionNotifications: notes.map((text) => ({ level: 'note', message: { text } })),
        }),
  };
}

/** `rule-fix-binary` → `Rule fix binary`. */
function wordsOf(id: string): string {
  const words = id.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function ruleOf(finding: Finding | undefined): Record<string, unknown> {
  const { id = '', status = 'unknown', message = '', why, fix } = finding ?? {};
  const help = [why ?? message, ...fixLines(fix)].join('\n');
  return {
    id,
    shortDescription: { text: `${wordsOf(id)}.` },
    fullDescription: { text: why ?? message },
    help: { text: help },
    defaultConfiguration: { level: levels[status].level },
  };
}

function resultOf(
  finding: Finding,
  subject: ReportSubject,
  ids: readonly string[],
): Record<string, unknown> {
  const { id, status, message, platform } = finding;
  const lead = platform === undefined || message.includes(platform) ? '' : `${platform}: `;
  return {
    ruleId: id,
    ruleIndex: ids.indexOf(id),
    ...levels[status],
    message: { text: lead + findingLines(finding).join('\n') },
    locations: locationsOf(finding, subject),
    partialFingerprints: { 'xbuild/v1': fingerprintOf(finding, subject) },
    properties: {
      subject: subject.name,
      ...(platform === undefined ? {} : { platform }),
    },
  };
}
