import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { Position } from './position.ts';

/** One thing that is wrong in a configuration file. */
export interface ConfigProblem extends Position {
  /** A sentence without a full stop: what is wrong, and what was received. */
  message: string;
  /** What to do, in the imperative. */
  hint: string;
}

/** How many problems are shown; a file of another kind altogether has one in every line. */
const MOST_SHOWN = 6;

/** The lines that show a problem: its place, the line itself, and a mark under the column. */
function show(file: string, text: string, problem: ConfigProblem, says: string): string[] {
  const { line, column, message } = problem;
  const source = text.split(/\r?\n/)[line - 1] ?? '';
  const number = String(line);
  const start = Math.max(0, column - 60);
  const excerpt = escapeLine(source.slice(start, start + 72).replaceAll('\t', ' '));
  const mark = `${' '.repeat(Math.max(0, column - 1 - start))}^`;
  return [
    `${file}:${line}:${column}: ${message}`,
    `  ${number} | ${excerpt}`,
    `  ${' '.repeat(number.length)} | ${mark} ${says}`.trimEnd(),
  ];
}

/** The error for a file with problems: each with its place and its remedy, in the file's order. */
export function configError(
  file: string,
  text: string,
  problems: readonly ConfigProblem[],
): XbuildError {
  const shown = escapeLine(file);
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const [first] = sorted;
  const place = first === undefined ? shown : `${shown}:${first.line}:${first.column}`;
  const more = sorted.length - MOST_SHOWN;
  const single = sorted.length === 1;
  const detail = sorted
    .slice(0, MOST_SHOWN)
    // The remedy of a single one is the error's own; one that was said need not be said again.
    .flatMap((problem, at) => {
      const said = sorted.slice(0, at).some(({ hint }) => hint === problem.hint);
      return show(shown, text, problem, single ? '' : said ? 'as above' : problem.hint);
    })
    .concat(more > 0 ? [`and ${more} more`] : []);
  const message = single
    ? `${place}: ${first?.message ?? ''}`
    : `${shown} has ${sorted.length} errors, the first at ${place.slice(shown.length + 1)}`;
  const hint = single
    ? (first?.hint ?? '')
    : 'Correct these; xbuild config reads the file and builds nothing.';
  // With one problem the first line of the excerpt would say the message twice.
  return new XbuildError('bad-configuration', message, hint, {
    detail: single ? detail.slice(1) : detail,
  });
}
