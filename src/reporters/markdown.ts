import type { Finding, Status } from '../model/finding.ts';
import type { Outcome, Report } from '../model/report.ts';
import { formatSeconds } from '../progress/lines.ts';
import { evidenceLines, locationLines } from './finding-lines.ts';
import { markdownBlock, markdownText } from './markdown-text.ts';
import type { Reporter } from './reporter.ts';

/** GitHub refuses a job summary over 1 MiB; nobody reads that many either. */
const mostFindings = 50;

const signs: Readonly<Record<Outcome, string>> = {
  ok: '✅',
  failed: '❌',
  skipped: '➖',
  unknown: '❔',
};

/** A report in GitHub's Markdown, as the summary of a CI job: a table, then what is wrong. */
export const renderMarkdown: Reporter = ({ report }) => {
  const told = toldFindings(report);
  const shown = told.slice(0, mostFindings);
  const more = told.length - shown.length;
  return [
    `## xbuild ${report.command}: ${report.ok ? 'all well' : 'not well'}`,
    '',
    '| | What | Result | Time |',
    '|---|---|---|---:|',
    ...report.subjects.map(
      ({ name, outcome, summary, seconds }) =>
        `| ${signs[outcome]} | ${markdownText(name)} | ${markdownText(summary)} | ${seconds === undefined ? '' : formatSeconds(seconds)} |`,
    ),
    ...shown.flatMap(({ finding, platforms }) => ['', ...findingBlock(finding, platforms)]),
    ...(more > 0 ? ['', `${more} more findings are not shown here.`] : []),
    ...report.notes.flatMap((note) => ['', `> ${markdownText(note)}`]),
    ...outputLines(report),
    '',
  ].join('\n');
};

function outputLines({ outputs }: Report): string[] {
  const lines = Object.entries(outputs).map(
    ([name, value]) => `- ${markdownText(name)}: ${markdownText(value)}`,
  );
  return lines.length === 0 ? [] : ['', ...lines];
}

/** What is the same for several platforms, told once. */
interface Told {
  finding: Finding;
  platforms: string[];
}

const rank: readonly Status[] = ['fail', 'warn', 'unknown'];

function toldFindings({ subjects }: Report): Told[] {
  const told = new Map<string, Told>();
  for (const finding of subjects.flatMap(({ findings }) => findings)) {
    if (finding.status === 'pass') continue;
    const { platform, evidence: _evidence, ...rest } = finding;
    const key = JSON.stringify(rest);
    const one = told.get(key) ?? { finding, platforms: [] };
    if (platform !== undefined && !one.platforms.includes(platform)) one.platforms.push(platform);
    told.set(key, one);
  }
  return rank.flatMap((status) =>
    [...told.values()].filter((one) => one.finding.status === status),
  );
}

const statusSigns: Readonly<Record<Status, string>> = {
  pass: '✅',
  warn: '⚠️',
  fail: '❌',
  unknown: '❔',
};

function findingBlock(finding: Finding, platforms: readonly string[]): string[] {
  const { id, status, message, why, fix } = finding;
  const unsaid = platforms.filter((platform) => !message.includes(platform));
  const where = unsaid.length === 0 ? '' : `${unsaid.join(', ')}: `;
  const evidence = [...locationLines(finding), ...evidenceLines(finding)];
  return [
    `### ${statusSigns[status]} ${markdownText(`${where}${message}`)}`,
    '',
    `Check: ${markdownText(id)}`,
    ...(why === undefined ? [] : ['', markdownText(why)]),
    ...(evidence.length === 0 ? [] : ['', ...markdownBlock(evidence)]),
    ...(fix === undefined ? [] : ['', `**Fix:** ${markdownText(fix.text)}`]),
    ...(fix === undefined || fix.commands.length === 0
      ? []
      : ['', ...markdownBlock(fix.commands, 'sh')]),
  ];
}
