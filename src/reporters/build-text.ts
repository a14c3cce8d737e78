import type { BuildFailure, BuildReport, PlatformResult } from '../model/build.ts';
import { escapeCommands, escapeLine } from '../model/escape.ts';
import { shorten } from '../model/sentence.ts';
import type { Finding } from '../model/finding.ts';
import { formatSeconds } from '../progress/lines.ts';
import { renderBriefly, renderVerified } from './diagnose-text.ts';
import { renderFindings } from './finding-text.ts';
import { wrap } from './wrap.ts';
import { renderMistakesBriefly } from './mistakes-text.ts';
import { renderTable, type Column } from './table.ts';
import type { TextOptions } from './text-options.ts';

const platformColumn: Column = { heading: 'PLATFORM', leaveOut: 0 };
const nodeColumn: Column = { heading: 'NODE', leaveOut: 0 };
const columns: readonly Column[] = [
  { heading: 'RUNS', leaveOut: 4 },
  { heading: 'TIME', leaveOut: 1, align: 'right' },
  { heading: 'SIZE', leaveOut: 3, align: 'right' },
  { heading: 'RESULT', leaveOut: 0 },
  { heading: 'IMAGE', leaveOut: 2 },
];

/** A build for people: the table first, then what went wrong, then what they should know. */
export function renderBuild(report: BuildReport, options: TextOptions): string {
  const table = renderPlatforms(report, options);
  const failures = renderFailures(report, options);
  const findings = report.platforms.flatMap((result) => verificationFindings(result));
  const indexes = report.indexes.map(
    ({ reference, digest, platforms }) => `pushed ${reference}@${digest} (${platforms.join(', ')})`,
  );
  return [
    ...table,
    ...failures,
    ...renderFindings(findings, options).flatMap((block) => ['', block]),
    ...briefly(report, options),
    ...renderVerified(
      report.platforms.flatMap(({ verification }) => verification ?? []),
      options,
    ),
    ...(indexes.length === 0 ? [] : ['', ...indexes]),
    ...report.notes.flatMap((note) => ['', wrap(0, '', note, options.width)]),
    '',
  ].join('\n');
}

/** One line a platform; where several nodes were named, with the one that built it. */
function renderPlatforms({ platforms, nodes }: BuildReport, options: TextOptions): string[] {
  const first = nodes === undefined ? [platformColumn] : [platformColumn, nodeColumn];
  const rows = platforms.map((result) => [
    result.platform,
    ...(nodes === undefined ? [] : [escapeLine(result.node)]),
    ...rowOf(result),
  ]);
  const verdictAt = first.length + columns.findIndex(({ heading }) => heading === 'RESULT');
  const paint = (text: string, row: number, column: number) => {
    const result = platforms[row];
    if (column !== verdictAt || result === undefined) return text;
    return options.colour(isGood(result) ? 'green' : 'red', text);
  };
  return renderTable([...first, ...columns], rows, { width: options.width, paint });
}

/** What the Dockerfile has wrong, whether it showed in this build or not. */
function briefly({ mistakes = [] }: BuildReport, options: TextOptions): string[] {
  const lines = renderMistakesBriefly(mistakes, options);
  if (lines.length === 0) return [];
  return ['', ...lines, options.colour('dim', '  What mends it: xbuild check')];
}

function isGood({ ok, verification }: PlatformResult): boolean {
  return ok && verification?.ok !== false;
}

function rowOf(result: PlatformResult): string[] {
  const { support } = result;
  const emulator = support.emulator === undefined ? 'emulated' : shortEmulator(support.emulator);
  const runs = support.support === 'emulated' ? emulator : support.support;
  return [
    escapeLine(runs),
    result.state === 'skipped' ? '' : formatSeconds(result.seconds),
    result.size === undefined ? '' : formatSize(result.size),
    verdict(result),
    escapeLine(result.tags[0] ?? shortId(result.digest ?? result.imageId)),
  ];
}

/** `qemu-aarch64 version 7.2.22 (Debian …)` → `qemu 7.2.22`: which one follows from the platform. */
export function shortEmulator(version: string): string {
  const match = /^([^\s-]+)\S* version (\d[\d.]*)/.exec(version);
  return match === null ? version : `${match[1]} ${match[2]}`;
}

function verdict(result: PlatformResult): string {
  if (result.state !== 'built') return result.state;
  const { verification } = result;
  if (verification === undefined) return 'built';
  if (!verification.ok) return 'built, NOT VERIFIED';
  return verification.uname.actual === null
    ? 'built, not run'
    : `verified ${escapeLine(verification.uname.actual)}`;
}

function shortId(id: string | undefined): string {
  return id === undefined ? '' : id.replace(/^sha256:/, '').slice(0, 12);
}

/** Bytes for people, in decimal units as docker prints them: `4.2 MB`. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** What failed, once for all platforms that failed in the same way. */
function renderFailures(report: BuildReport, options: TextOptions): string[] {
  const groups = new Map<string, PlatformResult[]>();
  for (const result of report.platforms) {
    if (result.failure === undefined) continue;
    const { step, error, lines } = result.failure;
    const key = JSON.stringify([step, error, lines, result.diagnosis?.cause?.message]);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups.values()].flatMap((group) => renderFailure(group, options));
}

function renderFailure(group: readonly PlatformResult[], options: TextOptions): string[] {
  const failure = group[0]?.failure;
  if (failure === undefined) return [];
  const { colour, width } = options;
  const step = failure.step === null ? '' : ` at ${shortStep(failure, width)}`;
  const where = failure.location === undefined ? '' : ` (${failure.location})`;
  const names = group.map(({ platform }) => platform).join(', ');
  const logs = group.flatMap(({ log }) => (log === undefined ? [] : [log]));
  return [
    '',
    colour('red', wrap(0, '  ', `${names} failed${step}${where}`, width)),
    ...failure.lines.map((line) => colour('dim', `  | ${escapeCommands(escapeLine(line))}`)),
    ...sayEnd(failure)
      .split('\n')
      .map((line) => `  ${wrap(2, '  ', line, width)}`),
    ...explanation(group[0], options),
    ...logs.map((log) => `  whole log: ${escapeLine(log)}`),
  ];
}

/** A long instruction is cut to two lines where the Dockerfile's line is known: it stands there. */
function shortStep({ step, location }: BuildFailure, width: number): string {
  const text = step ?? '';
  const room = 2 * width - 40;
  return location === undefined ? text : shorten(text, room);
}

/** BuildKit quotes the instruction once more when it says how it ended. */
function sayEnd({ step, error }: BuildFailure): string {
  const ended = /^process ".*" did not complete successfully: (?<how>exit code: \d+)$/s.exec(error);
  return step === null ? error : (ended?.groups?.['how'] ?? error);
}

/** Why it failed: the diagnosis, which has seen files, or what preflight knew of the engine. */
function explanation(result: PlatformResult | undefined, options: TextOptions): string[] {
  const { diagnosis, failure } = result ?? {};
  const knows = diagnosis?.cause !== undefined && diagnosis.cause?.confidence !== 'possible';
  if (diagnosis !== undefined && (knows || failure?.finding === undefined)) {
    return ['', renderBriefly(diagnosis, options)];
  }
  return failure?.finding === undefined ? [] : renderFindings([failure.finding], options);
}

function verificationFindings({ verification }: PlatformResult): Finding[] {
  return (verification?.findings ?? []).filter(({ status }) => status !== 'pass');
}
