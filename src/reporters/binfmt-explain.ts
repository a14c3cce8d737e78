import { errnoText } from '../binfmt/exec-words.ts';
import { ruleSentence, type RegisterReport } from '../binfmt/register-fields.ts';
import { fit, prose } from './binfmt-prose.ts';
import type { TextOptions } from './text-options.ts';

/** A byte as one line shows it; every byte on its own, so that a place can be pointed at. */
function shownByte(byte: string): string {
  if (/[ -~]/.test(byte)) return byte;
  if (byte === '\n') return String.raw`\n`;
  if (byte === '\t') return String.raw`\t`;
  return String.raw`\x` + byte.charCodeAt(0).toString(16).padStart(2, '0');
}

function shownBytes(text: string): string {
  return Array.from(text, shownByte).join('');
}

/** The string in one line, or the part of it around a byte, and a caret under that byte. */
function pointAt(text: string, at: number, { width, unicode }: TextOptions): string[] {
  const before = shownBytes(text.slice(0, at));
  const after = shownBytes(text.slice(at));
  const room = Math.max(width - 2, 20);
  const left = before.length + after.length <= room ? before.length : Math.floor(room * 0.6);
  const head = fit(before, left, 'end', unicode);
  return [
    `  ${head}${fit(after, room - head.length, 'start', unicode)}`,
    `  ${' '.repeat(head.length)}^`,
  ];
}

const WIDEST_TEXT = 30;

function fieldLines(report: RegisterReport, options: TextOptions): string[] {
  const fields = report.fields.filter(({ field }) => field !== 'length');
  const texts = fields.map(({ text }) =>
    fit(shownBytes(text), WIDEST_TEXT, 'start', options.unicode),
  );
  const widest = Math.max(1, ...texts.map(({ length }) => length));
  return fields.flatMap(({ field, words }, at) => {
    const wrong = report.refusal?.field === field;
    const text = texts[at] ?? '';
    const lead = `${wrong ? '> ' : '  '}${field.padEnd(12)}${text.padEnd(widest)}  `;
    if (words === '' || wrong) return [lead.trimEnd()];
    return prose(lead, words, options.width);
  });
}

/** Writes a register string for people: field by field, or where and why it is refused. */
export function renderRegister(report: RegisterReport, options: TextOptions): string {
  const { refusal, rule, text, notes } = report;
  const { colour, width } = options;
  const verdict =
    refusal === undefined
      ? [
          ...pointAt(text, 0, options).slice(0, 1),
          '',
          ...(rule === undefined
            ? []
            : prose('', `${colour('green', 'valid')}: ${ruleSentence(rule)}`, width)),
        ]
      : [
          ...pointAt(text, refusal.at, options),
          ...prose(
            '',
            `${colour('red', 'refused')} with ${errnoText(refusal.errno)}, field ${refusal.field}, byte ${refusal.at}: ${refusal.reason}`,
            width,
          ),
        ];
  const said = notes.flatMap((note) => prose('- ', note, width));
  const lines = [...verdict, '', ...fieldLines(report, options)];
  return `${[...lines, ...(said.length === 0 ? [] : ['', ...said])].join('\n')}\n`;
}
