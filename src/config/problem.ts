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
const MOST_SHOWN = 10;

/** The lines that show a problem: its place, the line itself, and a mark under the column. */
function show(file: string, text: string, problem: ConfigProblem): string[] {
  const { line, column, message, hint } = problem;
  const source = text.split(/\r?\n/)[line - 1] ?? '';
  const number = String(line);
  const start = Math.max(0, column - 60);
  const excerpt = escapeLine(source.slice(start, start + 100).replaceAll('\t', ' '));
  const mark = `${' '.repeat(Math.max(0, column - 1 - start))}^`;
  return [
    `${file}:${line}:${column}: ${message}`,
    `  ${number} | ${excerpt}`,
    `  ${' '.repeat(number.length)} | ${mark} ${hint}`,
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
  const detail = sorted
    .slice(0, MOST_SHOWN)
    .flatMap((problem) => show(shown, text, problem))
    .concat(more > 0 ? [`and ${more} more`] : []);
  const message =
    sorted.length === 1
      ? `${place}: ${first?.message ?? ''}`
      : `${shown} has ${sorted.length} errors, the first at ${place.slice(shown.length + 1)}`;
  // With one problem the first line of the excerpt would say the message twice.
  return new XbuildError('bad-configuration', message, first?.hint ?? '', {
    detail: sorted.length === 1 ? detail.slice(1) : detail,
  });
}
