import { escapeLine } from '../model/escape.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/** A difference in words: each line has a sign of its own. */
export interface DifferenceWords {
  since: string;
  added: string[];
  removed: string[];
  changed: { before: string; after: string }[];
  switched: string[];
  reordered: boolean;
  status?: 'on' | 'off';
  /** Whole sentences that say `likely`. */
  causes: string[];
}

/** What has changed in a table, for people. */
export function renderDifference(words: DifferenceWords, options: TextOptions): string {
  const { width, colour } = options;
  const row = (sign: string, text: string): string => `${sign} ${wrap(2, '  ', text, width)}`;
  const lines = [
    ...(words.status === undefined
      ? []
      : [row('~', `binfmt_misc as a whole is ${words.status} now`)]),
    ...words.removed.map((text) => colour('red', row('-', text))),
    ...words.added.map((text) => colour('green', row('+', text))),
    ...words.changed.flatMap(({ before, after }) => [
      colour('red', row('-', before)),
      colour('green', row('+', after)),
    ]),
    ...words.switched.map((text) => row('~', text)),
    ...(words.reordered ? [row('~', 'the rules are asked in another order')] : []),
  ];
  if (lines.length === 0) return `Nothing has changed since ${escapeLine(words.since)}.\n`;
  const head = wrap(0, '', `Since ${words.since}:`, width);
  const causes = words.causes.map((text) => row('?', text));
  return `${[head, ...lines, ...(causes.length === 0 ? [] : ['', ...causes])].join('\n')}\n`;
}
