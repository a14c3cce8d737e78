import type { Cause } from '../model/diagnosis.ts';
import type { TextOptions } from './text-options.ts';
import { wrap } from './wrap.ts';

/** The catalogue in a list: id and title, by family. */
export function renderCauses(causes: readonly Cause[], { colour }: TextOptions): string {
  const pad = Math.max(0, ...causes.map(({ id }) => id.length));
  const families = [...new Set(causes.map(({ family }) => family))];
  return families
    .map((family) => {
      const rows = causes.filter((cause) => cause.family === family);
      const lines = rows.map(({ id, title }) => `  ${id.padEnd(pad)}  ${title}\n`);
      return `${colour('bold', family)}\n${lines.join('')}`;
    })
    .join('\n');
}

/** All that the catalogue says of one cause. */
export interface CausePage extends Pick<Cause, 'id' | 'title' | 'why' | 'prevent'> {
  /** What people see, one a line. */
  seen: readonly string[];
  proof: string;
  remedy: string;
}

/** One cause of the catalogue, on a page. */
export function renderCause(cause: CausePage, { colour, width }: TextOptions): string {
  const { id, title, why, seen, proof, remedy, prevent } = cause;
  const paragraph = (lead: string, text: string) => wrap(0, '', `${lead}${text}`, width);
  const blocks = [
    `${colour('bold', id)}: ${title}`,
    ...(seen.length === 0
      ? []
      : [['What is seen:', ...seen.map((line) => `  ${line}`)].join('\n')]),
    paragraph('', why),
    paragraph('How to tell: ', proof),
    paragraph('What to do: ', remedy),
    paragraph('To prevent it: ', prevent),
  ];
  return `${blocks.join('\n\n')}\n`;
}
