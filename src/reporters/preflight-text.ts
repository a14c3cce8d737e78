import { escapeLine } from '../model/escape.ts';
import type { Finding, Status } from '../model/finding.ts';
import type { PlatformSupport, PreflightReport } from '../model/preflight.ts';
import type { TextOptions } from './text-options.ts';

/**
 * Writes a preflight for people: the platforms, then what is not green (what is so, why it
 * matters, the commands that put it right), then one line. Text of the machine is escaped;
 * commands are never broken, whatever the width, so that they can be pasted.
 */
export function renderPreflight(report: PreflightReport, options: TextOptions): string {
  const blocks = blocksOf(report).map((block) => renderBlock(block, options));
  const parts = [renderTable(report.platforms, options), ...blocks, renderSummary(report, options)];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const styles = { pass: 'green', warn: 'yellow', fail: 'red', unknown: 'yellow' } as const;

function signOf(status: Status, { unicode, colour }: TextOptions): string {
  const signs = unicode
    ? { pass: '✔', warn: '!', fail: '✖', unknown: '?' }
    : { pass: '+', warn: '!', fail: 'x', unknown: '?' };
  return colour(styles[status], signs[status]);
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

/** Findings that share their reason and their remedy, to be told at once. */
interface Block {
  status: Status;
  findings: Finding[];
}

const rank: readonly Status[] = ['fail', 'warn', 'unknown'];

function blocksOf({ checks, platforms }: PreflightReport): Block[] {
  const shown = checks.filter(
    (finding) => finding.status !== 'pass' && !isTold(finding, checks, platforms),
  );
  const blocks: Block[] = [];
  for (const finding of shown) {
    const home = blocks.find((block) => belongs(finding, block));
    if (home === undefined) blocks.push({ status: finding.status, findings: [finding] });
    else home.findings.push(finding);
  }
  return rank.flatMap((status) => blocks.filter((block) => block.status === status));
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

function belongs(finding: Finding, { status, findings }: Block): boolean {
  const [first] = findings;
  if (first === undefined || finding.status !== status) return false;
  if (first.message === finding.message && first.why === finding.why) return true;
  return first.fix !== undefined && remedy(first) === remedy(finding);
}

function remedy({ fix }: Finding): string {
  return JSON.stringify([fix?.text, fix?.commands]);
}

function renderBlock({ status, findings }: Block, options: TextOptions): string {
  const sign = signOf(status, options);
  const width = options.width;
  const lines: string[] = [];
  for (const { message, ids } of byMessage(findings)) {
    lines.push(`${sign} ${wrap(2, '  ', `${message} [${idsText(ids)}]`, width)}`);
  }
  const whys = distinct(findings.flatMap(({ why }) => (why === undefined ? [] : [why])));
  for (const why of whys) lines.push(`  ${wrap(2, '  ', why, width)}`);
  const evidence = distinct(findings.flatMap((finding) => finding.evidence ?? []));
  for (const line of evidence) {
    lines.push(`    ${options.colour('dim', wrap(4, '      ', line, width))}`);
  }
  lines.push(...renderFix(findings[0]?.fix, options));
  return lines.join('\n');
}

/** The messages, each once, with the checks that gave it. */
function byMessage(findings: readonly Finding[]): { message: string; ids: string[] }[] {
  const messages = new Map<string, Set<string>>();
  for (const { id, message } of findings) {
    const ids = messages.get(message) ?? new Set<string>();
    messages.set(message, ids.add(id));
  }
  return [...messages].map(([message, ids]) => ({ message, ids: [...ids] }));
}

/** Checks that one cause has stopped are many; the first names the rest. */
function idsText(ids: readonly string[]): string {
  return ids.length > 3 ? `${ids[0]} and ${ids.length - 1} more` : ids.join(', ');
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function renderFix(fix: Finding['fix'], { width, colour, unicode }: TextOptions): string[] {
  if (fix === undefined) return [];
  const arrow = colour('bold', unicode ? '→' : '->');
  const lead = unicode ? 4 : 5;
  const text = `  ${arrow} ${wrap(lead, ' '.repeat(lead), fix.text, width)}`;
  const commands = fix.commands.map((command) => `      ${colour('bold', escapeLine(command))}`);
  return [text, ...commands];
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

function conclusion({ ok, platforms }: PreflightReport): string {
  const names = (support: PlatformSupport['support']): string[] =>
    platforms.filter((row) => row.support === support).map(({ platform }) => platform);
  const none = names('none');
  const unknown = names('unknown');
  if (none.length > 0) return `: ${none.join(', ')} cannot be built here.`;
  if (unknown.length > 0) return `: whether ${unknown.join(', ')} can be built is not known.`;
  return ok ? '.' : ': nothing can be built before that is put right.';
}

/**
 * Breaks untrusted prose into lines of `width` columns. The first line starts at column `start`;
 * the others get `indent`. Words that are longer than a line are cut.
 */
function wrap(start: number, indent: string, text: string, width: number): string {
  const room = Math.max(width, indent.length + 20);
  const lines: string[] = [];
  let line = '';
  let free = Math.max(room - start, 8);
  const flush = (): void => {
    lines.push(line);
    line = '';
    free = room - indent.length;
  };
  for (const word of escapeLine(text).split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > free) flush();
    while (rest.length > free && line === '') {
      line = rest.slice(0, free);
      rest = rest.slice(free);
      flush();
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines.join(`\n${indent}`);
}
