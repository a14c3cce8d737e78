import { escapeLine, escapeCommands } from '../model/escape.ts';

/**
 * Breaks untrusted prose into lines of `width` columns. The first line starts at column `start`;
 * the others get `indent`. Words that are longer than a line are cut.
 */
export function wrap(start: number, indent: string, text: string, width: number): string {
  const room = Math.max(width, indent.length + 20);
  const lines: string[] = [];
  let line = '';
  let free = Math.max(room - start, 8);
  const flush = (): void => {
    lines.push(escapeCommands(line));
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
  if (line !== '' || lines.length === 0) lines.push(escapeCommands(line));
  return lines.join(`\n${indent}`);
}
