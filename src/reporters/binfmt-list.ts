import { lettersOf } from '../binfmt/flag-words.ts';
import type { RuleRow } from '../binfmt/list.ts';
import { tableWords, whyNoRules } from '../binfmt/place-words.ts';
import type { Table } from '../binfmt/table.ts';
import { lineOf } from '../binfmt/text.ts';
import { fit, healthPaint, healthSign, prose } from './binfmt-prose.ts';
import { renderTable } from './table.ts';
import type { TextOptions } from './text-options.ts';

const columns = [
  { heading: '', leaveOut: 0 },
  { heading: 'RULE', leaveOut: 0 },
  { heading: 'FOR', leaveOut: 0 },
  { heading: 'FLAGS', leaveOut: 1 },
  { heading: 'STATE', leaveOut: 0 },
  { heading: 'INTERPRETER', leaveOut: 2 },
];

const LONGEST_NAME = 20;
const LONGEST_PURPOSE = 22;
const STATE_WIDTH = 9;

function widest(texts: readonly string[], heading: string, limit: number): number {
  return Math.min(limit, Math.max(heading.length, ...texts.map(({ length }) => length)));
}

function rowsOf(rows: readonly RuleRow[], options: TextOptions): string[][] {
  const { unicode, width } = options;
  const cells = rows.map(({ name, purpose, rule, health }) => ({
    name: lineOf(name),
    purpose: purpose.words,
    flags: lettersOf(rule),
    state: health.state,
    interpreter: lineOf(rule.interpreter),
  }));
  const forName = widest(
    cells.map(({ name }) => name),
    'RULE',
    LONGEST_NAME,
  );
  const forPurpose = widest(
    cells.map(({ purpose }) => purpose),
    'FOR',
    LONGEST_PURPOSE,
  );
  const forFlags = widest(
    cells.map(({ flags }) => flags),
    'FLAGS',
    8,
  );
  const used = 1 + forName + forPurpose + forFlags + STATE_WIDTH + 5 * 2;
  const left = Math.max(12, width - used);
  return cells.map(({ name, purpose, flags, state, interpreter }) => [
    unicodeSign(state, unicode),
    fit(name, forName, 'start', unicode),
    fit(purpose, forPurpose, 'start', unicode),
    fit(flags, forFlags, 'start', unicode),
    state,
    fit(interpreter, left, 'end', unicode),
  ]);
}

function unicodeSign(state: RuleRow['health']['state'], unicode: boolean): string {
  return healthSign(state, { unicode, width: 80, colour: (_style, text) => text });
}

/** A path of 1,900 bytes would hide the rest; `show` has all of it. */
function shortWords(text: string, { width, unicode }: TextOptions): string {
  return text
    .split(' ')
    .map((word) => fit(word, 2 * width, 'start', unicode))
    .join(' ');
}

function reasons(rows: readonly RuleRow[], options: TextOptions): string[] {
  const shown = rows.filter(
    ({ health }) => health.reason !== undefined && health.state !== 'works',
  );
  const byReason = new Map<string, RuleRow[]>();
  for (const row of shown) {
    const key = row.health.reason ?? '';
    byReason.set(key, [...(byReason.get(key) ?? []), row]);
  }
  return Array.from(byReason, ([reason, [first, ...others]]) => {
    if (first === undefined) return [];
    const names = [first, ...others].map(({ name }) => lineOf(name)).join(', ');
    const sign = healthSign(first.health.state, options);
    return prose(`${sign} `, shortWords(`${names}: ${reason}`, options), options.width, 2);
  }).flat();
}

/** Writes a table for people: one row a rule, in match order, and what is wrong below. */
export function renderRules(table: Table, rows: readonly RuleRow[], options: TextOptions): string {
  const missing = whyNoRules(table);
  if (missing !== undefined) {
    const lines = [
      ...prose('', `no rules: ${missing.reason}`, options.width),
      ...prose('hint: ', missing.hint, options.width),
    ];
    return `${lines.join('\n')}\n`;
  }
  const lines = prose('', tableWords(table), options.width);
  if (rows.length === 0) return `${lines.join('\n')}\n`;
  const paint = (text: string, row: number, column: number) => {
    const state = rows[row]?.health.state ?? 'unknown';
    if (column === 1) return options.colour('bold', text);
    return column === 0 || column === 4 ? healthPaint(state, text, options) : text;
  };
  const told = reasons(rows, options);
  return `${[
    ...lines,
    '',
    ...renderTable(columns, rowsOf(rows, options), { width: options.width, paint }),
    ...(told.length === 0 ? [] : ['', ...told]),
  ].join('\n')}\n`;
}
