import type { HealthState } from '../binfmt/health.ts';
import type { Style } from '../model/paint.ts';
import type { TextOptions } from './text-options.ts';

/**
 * Breaks a sentence that is safe to print into lines. The first one begins with `lead`, the others
 * are indented as far. Words are never cut, so that a path can be pasted.
 */
export function prose(
  lead: string,
  text: string,
  width: number,
  leadLength = lead.length,
): string[] {
  const indent = ' '.repeat(leadLength);
  const lines: string[] = [];
  let line = lead;
  let length = leadLength;
  for (const word of text.split(' ')) {
    const fresh = length === leadLength;
    if (!fresh && length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      length = leadLength;
    }
    const space = length === leadLength ? '' : ' ';
    line += space + word;
    length += space.length + word.length;
  }
  return [...lines, line];
}

const looks: Readonly<Record<HealthState, { style: Style; signs: [string, string] }>> = {
  works: { style: 'green', signs: ['✔', '+'] },
  'host-only': { style: 'yellow', signs: ['!', '!'] },
  broken: { style: 'red', signs: ['✖', 'x'] },
  shadowed: { style: 'yellow', signs: ['!', '!'] },
  off: { style: 'dim', signs: ['-', '-'] },
  unknown: { style: 'yellow', signs: ['?', '?'] },
};

/** One character for how a rule does. */
export function healthSign(state: HealthState, { unicode, colour }: TextOptions): string {
  const { style, signs } = looks[state];
  return colour(style, unicode ? signs[0] : signs[1]);
}

/** Paints a word in the colour of its state. */
export function healthPaint(state: HealthState, text: string, { colour }: TextOptions): string {
  return colour(looks[state].style, text);
}

/** Cuts a text that is safe to print at the end, or in the middle, where the end says more. */
export function fit(
  text: string,
  width: number,
  keep: 'start' | 'end' = 'start',
  unicode = true,
): string {
  if (text.length <= width) return text;
  const mark = unicode ? '…' : '~';
  if (width <= 1) return mark.slice(0, width);
  return keep === 'start'
    ? text.slice(0, width - 1) + mark
    : mark + text.slice(text.length - width + 1);
}
