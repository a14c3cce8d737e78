import type { EffectiveImage } from '../model/effective.ts';
import { escapeLine, shellQuote } from '../model/escape.ts';
import { renderTable, type Column } from './table.ts';
import type { TextOptions } from './text-options.ts';

const columns: readonly Column[] = [
  { heading: 'SETTING', leaveOut: 0 },
  { heading: 'VALUE', leaveOut: 0 },
  { heading: 'FROM', leaveOut: 0 },
];

/** The effective configuration for people: a table an image, and the command line that says the same. */
export function renderConfig(
  file: string,
  images: readonly EffectiveImage[],
  { width, colour }: TextOptions,
): string {
  const parts = images.map((image) => {
    const rows = image.settings.map(({ key, value, source, instead }) => [
      escapeLine(key),
      escapeLine(value),
      escapeLine(instead === undefined ? source : `${source} (not ${instead})`),
    ]);
    const table = renderTable(columns, rows, {
      width,
      paint: (text, _row, column) => (column === 2 ? colour('dim', text) : text),
    });
    const title =
      image.name === undefined ? escapeLine(file) : `${image.name} (${escapeLine(file)})`;
    const command = image.command.map((word) => shellQuote(escapeLine(word))).join(' ');
    return [colour('bold', title), '', ...table, '', `The same without a file: ${command}`].join(
      '\n',
    );
  });
  return `${parts.join('\n\n')}\n`;
}
