import { escapeLine } from '../model/escape.ts';
import type { Finding, Status } from '../model/finding.ts';
import type { PlatformSupport, PreflightReport } from '../model/preflight.ts';
import { renderFindings, signOf } from './finding-text.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/**
 * Writes a preflight for people: the platforms, then what is not green (what is so, why it
 * matters, the commands that put it right), then one line. Where something fails, warnings are only
 * counted, so that the reason stays on the screen. Text of the machine is escaped; commands are
 * never broken, whatever the width, so that they can be pasted.
 */
export function renderPreflight(report: PreflightReport, options: TextOptions): string {
  const findings = toldFindings(report);
  const fails = findings.some(({ status }) => status === 'fail');
  const told = fails ? findings.filter(({ status }) => status !== 'warn') : findings;
  const left = findings.filter((finding) => !told.includes(finding));
  const parts = [
    renderTable(report.platforms, options),
    ...renderFindings(told, options),
    countWarnings(left, options),
    renderSummary(report, options),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function countWarnings(warnings: readonly Finding[], options: TextOptions): string {
  if (warnings.length === 0) return '';
  const ids = [...new Set(warnings.map(({ id }) => id))].join(', ');
  const many = warnings.length === 1 ? '1 warning stops' : `${warnings.length} warnings stop`;
  const text = `${many} nothing [${ids}]: told once nothing fails, or by --json.`;
  return `${signOf('warn', options)} ${wrap(2, '  ', text, options.width)}`;
}

const supportStatus = {
  native: 'pass',
  emulated: 'pass',
  none: 'fail',
  unknown: 'unknown',
} as const;

function renderTable(platforms: readonly PlatformSupport[], options: TextOptions): string {
  const longest = Math.max(0, ...platforms.map(({ platform }) => escapeLine(platform).length));
  return platforms
    .map((row) => {
      const sign = signOf(supportStatus[row.support], options);
      const name = escapeLine(row.platform);
      const lead = `${name}${' '.repeat(longest - name.length)}  `;
      const indent = ' '.repeat(Math.min(longest + 4, 20));
      const lines = wrap(lead.length + 2, indent, supportText(row), options.width);
      return `${sign} ${options.colour('bold', name)}${lead.slice(name.length)}${lines}`;
    })
    .join('\n');
}

function supportText(row: PlatformSupport): string {
  const because = row.reason === undefined ? '' : `: ${row.reason}`;
  switch (row.support) {
    case 'native':
      return row.reason === undefined ? 'native' : `native (${row.reason})`;
    case 'emulated':
      return `emulated by ${row.emulator ?? row.interpreter ?? 'an unknown program'}${because}`;
    case 'none':
      return `does not run${because}`;
    default:
      return `not known${because}`;
  }
}

function toldFindings({ checks, platforms }: PreflightReport): Finding[] {
  return checks.filter(
    (finding) => finding.status !== 'pass' && !isTold(finding, checks, platforms),
  );
}

/** A verdict without a remedy of its own is the consequence of another finding; the table has it. */
function isTold(
  { status, platform, fix }: Finding,
  checks: readonly Finding[],
  platforms: readonly PlatformSupport[],
): boolean {
  if (fix !== undefined || platform === undefined) return false;
  const row = platforms.find((one) => one.platform === platform);
  if (row?.support === 'unknown' && status === 'unknown') return row.reason === undefined;
  const cause = checks.some((other) => other.status === status && other.fix !== undefined);
  return row?.support === 'none' && cause;
}

/** Counts checks, not findings: one is as bad as the worst of its findings. */
function countChecks(findings: readonly Finding[]): Record<Status, number> {
  const worst = new Map<string, Status>();
  for (const { id, status } of findings) {
    const before = worst.get(id);
    if (before === undefined || badness(status) > badness(before)) worst.set(id, status);
  }
  const counts = { pass: 0, warn: 0, fail: 0, unknown: 0 };
  for (const status of worst.values()) counts[status] += 1;
  return counts;
}

function badness(status: Status): number {
  return ['pass', 'unknown', 'warn', 'fail'].indexOf(status);
}

function renderSummary(report: PreflightReport, { width, colour }: TextOptions): string {
  // A verdict that another check explains is that check's failure, not a second one.
  const told = report.checks.filter(
    (finding) => finding.status === 'pass' || !isTold(finding, report.checks, report.platforms),
  );
  const counts = countChecks(told);
  const plural = counts.pass === 1 ? 'check' : 'checks';
  const words = [
    `${counts.pass} ${plural} passed`,
    ...(counts.warn === 0 ? [] : [`${counts.warn} with a warning`]),
    ...(counts.fail === 0 ? [] : [`${counts.fail} failed`]),
    ...(counts.unknown === 0 ? [] : [`${counts.unknown} could not be answered`]),
  ];
  const text = `${words.join(', ')}${conclusion(report)}`;
  return colour(report.ok ? 'green' : 'red', wrap(0, '', text, width));
}

/** Without an engine and a builder nothing is built, whatever else runs here. */
const foundations = /^(?:builder|engine-[a-z]+)$/;

function conclusion({ ok, platforms, checks }: PreflightReport): string {
  const names = (support: PlatformSupport['support']): string[] =>
    platforms.filter((row) => row.support === support).map(({ platform }) => platform);
  const none = names('none');
  const unknown = names('unknown');
  const nothing = checks.some(({ id, status }) => status === 'fail' && foundations.test(id));
  if (none.length > 0 && !nothing) return `: ${none.join(', ')} cannot be built here.`;
  if (unknown.length > 0 && !nothing)
    return `: whether ${unknown.join(', ')} can be built is not known.`;
  return ok ? '.' : ': nothing can be built before that is put right.';
}
