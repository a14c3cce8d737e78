import { counted } from '../model/sentence.ts';
import type { MatchReport, RuleAnswer } from '../binfmt/match.ts';
import { whyNoRules, tableWords } from '../binfmt/place-words.ts';
import type { Table } from '../binfmt/table.ts';
import { lineOf } from '../binfmt/text.ts';
import { shellQuote } from '../model/escape.ts';
import { prose } from './binfmt-prose.ts';
import type { TextOptions } from './text-options.ts';

const marks = {
  takes: ['green', '✔', '+'],
  would: ['yellow', '-', '-'],
  passes: ['dim', '-', '-'],
  unknown: ['yellow', '?', '?'],
} as const;

function words(argv: readonly string[]): string {
  return argv.map((word) => shellQuote(lineOf(word))).join(' ');
}

/** Neighbours that say the same are told at once: thirty rules for ELF files, of a text. */
function grouped(rules: readonly RuleAnswer[]): RuleAnswer[][] {
  const groups: RuleAnswer[][] = [];
  for (const rule of rules) {
    const last = groups.at(-1);
    const same = last?.[0]?.answer === rule.answer && last[0].reason === rule.reason;
    if (same && rule.answer !== 'takes') last.push(rule);
    else groups.push([rule]);
  }
  return groups;
}

function namesOf(group: readonly RuleAnswer[]): string {
  const names = group.slice(0, 3).map(({ rule }) => lineOf(rule));
  return group.length <= 3
    ? names.join(', ')
    : `${names[0]} and ${counted(group.length - 1, 'more rule')}`;
}

function ruleLines(report: MatchReport, options: TextOptions): string[] {
  const asked = report.rules.filter(
    ({ asked: one, answer }) => one || answer === 'would' || answer === 'unknown',
  );
  const groups = grouped(asked);
  const lines = groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [style, sign, plain] = marks[first.answer];
    const lead = `  ${options.colour(style, options.unicode ? sign : plain)} `;
    const names = options.colour(first.answer === 'takes' ? 'bold' : 'dim', namesOf(group));
    const said = { takes: 'yes, ', passes: 'no, ', would: 'no, ', unknown: '' }[first.answer];
    return prose(lead, `${names}: ${said}${first.reason}`, options.width, 4);
  });
  const silent = report.rules.length - asked.length;
  return silent === 0
    ? lines
    : [...lines, `  ${options.colour('dim', `(${counted(silent, 'other rule')}: not asked)`)}`];
}

function stepLines(report: MatchReport, { width, unicode }: TextOptions): string[] {
  const arrow = unicode ? '→' : '->';
  return report.steps.flatMap(({ name, path, words: what, taker }, at) => {
    const where = name === path ? lineOf(name) : `${lineOf(name)} (${lineOf(path)})`;
    return [
      ...prose(`  ${at + 1}. `, `${where}: ${what}`, width),
      ...prose(`     ${arrow} `, taker, width),
    ];
  });
}

function endLines({ end, outcome }: MatchReport, options: TextOptions): string[] {
  const style = end.ok === true ? 'green' : end.ok === false ? 'red' : 'yellow';
  const [head, ...rest] = prose('', outcome, options.width);
  const lines = [options.colour(style, head ?? ''), ...rest];
  return end.ok === true ? [...lines, `argv: ${words(end.argv)}`] : lines;
}

function noRuleLines(report: MatchReport, table: Table, options: TextOptions): string[] {
  const missing = whyNoRules(table);
  if (missing !== undefined) {
    return prose(
      '',
      `No rules: ${missing.reason}. What follows is told without them.`,
      options.width,
    );
  }
  return report.rules.length === 0
    ? []
    : [`${tableWords(table)}.`].flatMap((text) => prose('', text, options.width));
}

/** Writes for people what execve(2) of a file would do. */
export function renderMatch(report: MatchReport, table: Table, options: TextOptions): string {
  const what = report.words === '' ? '' : `: ${report.words}`;
  const notes = report.notes.flatMap((note) => prose('- ', note, options.width));
  const blocks = [
    [
      ...prose('', `${options.colour('bold', lineOf(report.path))}${what}`, options.width),
      `called as: ${words(report.argv)}`,
    ],
    [...noRuleLines(report, table, options), ...ruleLines(report, options)],
    stepLines(report, options),
    endLines(report, options),
    notes,
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}
