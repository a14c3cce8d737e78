import { shown } from '../model/bytes-text.ts';
import type { Finding } from '../model/finding.ts';
import type { Report, ReportSubject } from '../model/report.ts';
import { findingLines } from './finding-lines.ts';
import type { Reporter } from './reporter.ts';
import { xmlAttributes, xmlText } from './xml.ts';

/** One test case: a check of one platform, or the platform as a whole. */
interface Case {
  name: string;
  result: 'passed' | 'failed' | 'skipped';
  /** The failure's type. */
  id: string;
  message: string;
  text: string;
  seconds?: number;
}

/**
 * A report as JUnit XML: a suite a subject, in it a case for what came of it and one a check. What
 * could not be answered is skipped; warnings pass, and stand in the case's output.
 *
 * Source: the schema of Jenkins' xUnit plugin (junit-10.xsd and older), which GitLab, Azure and
 * others read too.
 */
export const renderJunit: Reporter = ({ report }) => {
  const suites = report.subjects.map((subject) => ({ subject, cases: casesOf(subject) }));
  const all = suites.flatMap(({ cases }) => cases);
  const head = { name: `xbuild ${report.command}`, ...counts(all), time: time(report.seconds) };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${xmlAttributes(head)}>`,
    ...suites.flatMap(({ subject, cases }) => suiteLines(report, subject, cases)),
    '</testsuites>',
    '',
  ].join('\n');
};

function counts(cases: readonly Case[]): Record<string, number> {
  const failures = cases.filter(({ result }) => result === 'failed').length;
  return { tests: cases.length, failures, errors: 0 };
}

function suiteLines(report: Report, subject: ReportSubject, cases: readonly Case[]): string[] {
  const attributes = {
    name: `xbuild ${report.command} ${subject.name}`,
    ...counts(cases),
    skipped: cases.filter(({ result }) => result === 'skipped').length,
    time: time(subject.seconds ?? 0),
  };
  return [
    `  <testsuite${xmlAttributes(attributes)}>`,
    ...cases.flatMap((one) => caseLines(one, subject)),
    '  </testsuite>',
  ];
}

function casesOf(subject: ReportSubject): Case[] {
  const checks = namedOnce(subject.findings.map(caseOf));
  // A failure that no check tells of must not be lost.
  const told = checks.some(({ result }) => result === 'failed');
  const failed = subject.outcome === 'failed' && !told;
  const open = subject.outcome === 'skipped' || subject.outcome === 'unknown';
  const whole: Case = {
    name: 'result',
    result: failed ? 'failed' : open ? 'skipped' : 'passed',
    id: 'result',
    message: subject.summary,
    text: subject.summary,
    ...(subject.seconds === undefined ? {} : { seconds: subject.seconds }),
  };
  return [whole, ...checks];
}

const results = { pass: 'passed', warn: 'passed', fail: 'failed', unknown: 'skipped' } as const;

function caseOf(finding: Finding): Case {
  const { id, status, message, location } = finding;
  const path = location?.path === undefined ? '' : ` ${shown(location.path)}`;
  const text = findingLines(finding).join('\n');
  return {
    name: `${id}${path}`,
    result: results[status],
    id,
    message,
    text: status === 'warn' ? `warning: ${text}` : text,
  };
}

/** Readers tell cases apart by their names, and keep one of those that share one. */
function namedOnce(cases: readonly Case[]): Case[] {
  const seen = new Map<string, number>();
  return cases.map((one) => {
    const count = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, count);
    return count === 1 ? one : { ...one, name: `${one.name} (${count})` };
  });
}

function caseLines(one: Case, subject: ReportSubject): string[] {
  const attributes = {
    classname: subject.name,
    name: one.name,
    time: time(one.seconds ?? 0),
  };
  return [
    `    <testcase${xmlAttributes(attributes)}>`,
    ...(one.result === 'skipped' ? [`      <skipped>${xmlText(one.message)}</skipped>`] : []),
    ...(one.result === 'failed' ? [failureLine(one)] : []),
    ...(one.result === 'passed' ? [`      <system-out>${xmlText(one.text)}</system-out>`] : []),
    '    </testcase>',
  ];
}

function failureLine({ id, message, text }: Case): string {
  return `      <failure${xmlAttributes({ type: id, message })}>${xmlText(text)}</failure>`;
}

function time(seconds: number): string {
  return seconds.toFixed(3);
}
