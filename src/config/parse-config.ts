import * as v from 'valibot';
import { isMap, isScalar, LineCounter, parseAllDocuments, visit, type Document } from 'yaml';
import { escapeLine } from '../model/escape.ts';
import {
  explain,
  innermost,
  listForMap,
  pathOf,
  unknownKey,
  withoutUnknownKeys,
} from './explain-issue.ts';
import { positionOf, type Path, type Position } from './position.ts';
import { configError, type ConfigProblem } from './problem.ts';
import { configSchema, type ConfigFile } from './schema.ts';
import { findMisfits } from './schema-walk.ts';
import { explainSyntax } from './syntax-problem.ts';

/** A configuration file that was read. */
export interface ParsedConfig {
  /** The name that errors show. */
  file: string;
  settings: ConfigFile;
  /** Where a key of it stands. */
  positionOf: (path: Path) => Position;
  /** The error for things that are wrong in it, each with the way to it. */
  refuse: (problems: readonly (Omit<ConfigProblem, keyof Position> & { path: Path })[]) => Error;
}

/** Keys whose values are text, whatever they look like: `VERSION: 1.20` is not 1.2. */
const textMaps = new Set(['args', 'labels', 'annotations']);

/**
 * Reads the text of an xbuild.yaml.
 *
 * `file` is the name that errors show. Throws `bad-configuration` with the place of every problem
 * and its remedy.
 */
export function parseConfig(text: string, file: string): ParsedConfig {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true });
  const found: Document[] = Array.isArray(documents) ? documents : [];
  const problems = syntaxProblems(found, lines);
  if (problems.length > 0) throw configError(file, text, problems);
  const document = found.at(0);
  const place = (path: Path, of: 'key' | 'value' = 'key') =>
    document === undefined ? { line: 1, column: 1 } : positionOf(document, lines, path, of);
  const refuse: ParsedConfig['refuse'] = (all) =>
    configError(
      file,
      text,
      all.map(({ path, ...problem }) => ({ ...problem, ...place(path, 'value') })),
    );
  if (document !== undefined) keepText(document);
  const value = document === undefined ? {} : withoutExtensions(valueOf(document, refuse));
  const wrong = problemsOf(value, place);
  if (wrong.length > 0) throw configError(file, text, wrong);
  return { file, settings: value as ConfigFile, positionOf: place, refuse };
}

function syntaxProblems(documents: readonly Document[], lines: LineCounter): ConfigProblem[] {
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = documents.flatMap(({ errors }) =>
    errors.map((error) => ({ ...at(error.pos[0]), ...explainSyntax(error.code, error.message) })),
  );
  const second = documents[1];
  if (broken.length > 0 || second === undefined) return broken;
  return [
    {
      ...at(second.range?.[0] ?? 0),
      message: 'a second document begins here, and the file is one document',
      hint: 'Remove the line "---", or move what follows into a file of its own.',
    },
  ];
}

function valueOf(document: Document, refuse: ParsedConfig['refuse']): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw refuse([{ path: [], message: escapeLine(message), hint: 'Use fewer aliases.' }]);
  }
}

function problemsOf(
  value: unknown,
  place: (path: Path, of: 'key' | 'value') => Position,
): ConfigProblem[] {
  const { lists, unknownKeys } = findMisfits(value);
  if (lists.length > 0)
    return lists.map((path) => ({ ...place(path, 'value'), ...listForMap(path) }));
  const result = v.safeParse(configSchema, value);
  const issues = (result.issues ?? []).flatMap(innermost);
  return [
    ...unknownKeys.map((path) => ({ ...place(path, 'key'), ...unknownKey(path) })),
    ...withoutUnknownKeys(issues, unknownKeys).map((issue) => {
      const path = pathOf(issue);
      return { ...place(path, 'value'), ...explain(issue, path) };
    }),
  ];
}

/** `x-` keys at the top hold what anchors name, as in compose files. */
function withoutExtensions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-')));
}

function keepText(document: Document): void {
  visit(document, {
    Pair(_key, pair) {
      if (!isScalar(pair.key) || !textMaps.has(String(pair.key.value)) || !isMap(pair.value))
        return;
      for (const { value } of pair.value.items) {
        if (!isScalar(value) || value.source === undefined) continue;
        if (typeof value.value === 'number' || typeof value.value === 'boolean')
          value.value = value.source;
      }
    },
  });
}
