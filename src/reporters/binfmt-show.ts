import { lettersOf, type FlagLine } from '../binfmt/flag-words.ts';
import type { PatternRow } from '../binfmt/pattern.ts';
import type { RuleView } from '../binfmt/show.ts';
import { lineOf } from '../binfmt/text.ts';
import { shellQuote } from '../model/escape.ts';
import { healthSign, prose } from './binfmt-prose.ts';
import { renderTable } from './table.ts';
import type { TextOptions } from './text-options.ts';

const LEAD = 14;

function field(name: string, text: string, { width, colour }: TextOptions): string[] {
  const lead = `  ${name.padEnd(LEAD - 2)}`;
  return prose(`  ${colour('dim', name.padEnd(LEAD - 2))}`, text, width, lead.length);
}

function interpreterLines({ rule, interpreter }: RuleView, options: TextOptions): string[] {
  const arrow = options.unicode ? '→ ' : '-> ';
  const path = interpreter.path;
  const moved = path === undefined || path === rule.interpreter ? '' : `${arrow}${lineOf(path)}: `;
  return [
    ...field('interpreter', lineOf(rule.interpreter), options),
    ...field('', `${moved}${interpreter.words}`, options),
  ];
}

function flagLine({ letter, words }: FlagLine, mark: string, options: TextOptions): string[] {
  return prose(`    ${mark}${letter}  `, words, options.width);
}

function flagLines({ rule, flags, missing }: RuleView, options: TextOptions): string[] {
  return [
    ...field('flags', lettersOf(rule), options),
    ...flags.flatMap((line) => flagLine(line, '   ', options)),
    ...missing.flatMap((line) => flagLine(line, 'no ', options)),
  ];
}

/** `7f 45 4c 46`; a row of equal bytes as `00 x7`. */
function hex(text: string): string {
  const bytes = text.match(/../g) ?? [];
  const same = bytes.length > 4 && bytes.every((byte) => byte === bytes[0]);
  return same ? `${bytes[0]} x${bytes.length}` : bytes.join(' ');
}

function bitsOf({ matters, mask }: PatternRow): string {
  if (matters === 'all') return 'all';
  return matters === 'none' ? 'none' : hex(mask);
}

function range({ at, magic }: PatternRow): string {
  const last = at + magic.length / 2 - 1;
  return last === at ? String(at) : `${at}-${last}`;
}

function patternLines(view: RuleView, options: TextOptions): string[] {
  const { pattern, rule, elf } = view;
  if (rule.type === 'extension') {
    return field(
      'takes',
      `files whose name ends in ".${lineOf(rule.extension)}", whatever is in them`,
      options,
    );
  }
  if (pattern === undefined || rule.type !== 'magic') return [];
  const all = rule.magic.length / 2;
  const mask =
    rule.mask === undefined ? 'no mask: every bit counts' : 'the mask says which bits count';
  const over = elf ? ', laid over the ELF header' : '';
  return [
    ...field(
      'takes',
      `${view.purpose.words}: ${all} bytes from offset ${rule.offset}${over}; ${mask}`,
      options,
    ),
    '',
    ...patternTable(pattern, elf, options),
  ];
}

/** The last column is prose, and so is broken where it must be. */
function patternTable(
  pattern: readonly PatternRow[],
  elf: boolean,
  { width }: TextOptions,
): string[] {
  const columns = ['BYTE', ...(elf ? ['FIELD'] : []), 'MAGIC', 'BITS'].map((heading) => ({
    heading,
    leaveOut: 0,
  }));
  const rows = pattern.map((row) => [
    range(row),
    ...(elf ? [row.field ?? ''] : []),
    hex(row.magic),
    bitsOf(row),
  ]);
  const lines = renderTable(columns, rows, { width: 1000 });
  const widest = Math.max(...lines.map(({ length }) => length));
  return lines.flatMap((line, at) =>
    prose(
      `    ${line.padEnd(widest)}  `,
      at === 0 ? 'MEANS' : (pattern[at - 1]?.words ?? ''),
      width,
    ),
  );
}

/** Writes one rule for people: every field, every flag, and the bytes that it wants. */
export function renderRule(view: RuleView, options: TextOptions): string {
  const { rule, health, position, total, purpose, register } = view;
  const sign = healthSign(health.state, options);
  const enabled = rule.enabled ? 'enabled' : 'disabled';
  const state = `${health.state}${health.reason === undefined ? '' : `: ${health.reason}`}`;
  const title = options.colour('bold', lineOf(view.name));
  const unknown = [
    ...(view.problem === undefined ? [] : [view.problem]),
    ...view.unknownLines.map(
      (line) => `its file has a line that this version does not know: ${lineOf(line)}`,
    ),
  ];
  const known = rule.type !== 'opaque';
  const blocks = [
    [`${title}: rule ${position} of ${total}, ${enabled}, for ${purpose.words}`],
    prose(`${sign} `, state, options.width, 2),
    [
      ...(known || rule.interpreter !== '' ? interpreterLines(view, options) : []),
      ...(known ? flagLines(view, options) : []),
      ...patternLines(view, options),
    ],
    [
      ...unknown.flatMap((text) => field('unknown', text, options)),
      ...view.notes.flatMap((text) => field('note', text, options)),
    ],
    registerLines(register, options),
  ];
  const shown = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${shown.join('\n\n')}\n`;
}

/** Never broken, so that it can be pasted. */
function registerLines(register: string | undefined, { colour }: TextOptions): string[] {
  if (register === undefined) return [];
  return [`  ${colour('dim', 'the string that registers it:')}`, `  ${registerWord(register)}`];
}

function registerWord(register: string): string {
  const shown = lineOf(register);
  // What had to be made visible is no longer what registers it.
  return shown === register
    ? shellQuote(register)
    : `${shown}  (control characters shown as escapes)`;
}
