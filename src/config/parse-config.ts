import * as v from 'valibot';
import { isMap, isScalar, LineCounter, parseAllDocuments, visit, type Document } from 'yaml';
import {
  explain,
  innermost,
  isAboutKey,
  listForMap,
  pathOf,
  unknownKey,
  withoutUnknownKeys,
} from './explain-issue.ts';
import { positionOf, type Path, type Position } from './position.ts';
import { configError, type ConfigProblem } from './problem.ts';
import { configSchema, type ConfigFile } from './schema.ts';
import { findMisfits } from './schema-walk.ts';
import { structureProblems, type OffsetProblem } from './structure.ts';
import { explainSyntax } from './syntax-problem.ts';
import { textProblem } from './text-problem.ts';

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
  const strange = textProblem(text);
  if (strange !== undefined) throw configError(file, text, [placed(strange, text)]);
  const lines = new LineCounter();
  // With another level a key that is a map would be warned of on stderr; it is refused here.
  const options = { lineCounter: lines, merge: true, logLevel: 'error' } as const;
  const documents = parseAllDocuments(text, options);
  const found: Document[] = Array.isArray(documents) ? documents : [];
  const problems = documentProblems(found, text).map((one) => placed(one, text));
  if (problems.length > 0) throw configError(file, text, firstOfLines(problems));
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
  const value = document === undefined ? {} : withoutExtensions(document.toJS() ?? {});
  const wrong = problemsOf(value, place);
  if (wrong.length > 0) throw configError(file, text, wrong);
  return { file, settings: value as ConfigFile, positionOf: place, refuse };
}

/** What is wrong with the documents of a text as YAML, or with what is in them before it is read. */
function documentProblems(documents: readonly Document[], text: string): OffsetProblem[] {
  const broken = documents.flatMap((document) =>
    document.errors.map((error) => explainSyntax(error, text, document)),
  );
  if (broken.length > 0) return broken;
  const [first, second] = documents;
  if (second !== undefined)
    return [
      {
        offset: second.range?.[0] ?? 0,
        message: 'a second document begins here, and the file is one document',
        hint: 'Remove the line "---", or move what follows into a file of its own.',
      },
    ];
  if (first === undefined) return [];
  const directives = first.warnings
    .filter(({ code }) => code === 'BAD_DIRECTIVE')
    .map((warning) => explainSyntax(warning, text, first));
  return [...directives, ...structureProblems(first, text)];
}

function placed({ offset, ...said }: OffsetProblem, text: string): ConfigProblem {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { line, column: offset - start + 1, ...said };
}

/** One mistake of YAML makes the parser find several in a line; the first says it. */
function firstOfLines(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return sorted.filter(({ line }, at) => sorted.findIndex((one) => one.line === line) === at);
}

function problemsOf(
  value: unknown,
  place: (path: Path, of: 'key' | 'value') => Position,
): ConfigProblem[] {
  const { lists, unknownKeys } = findMisfits(value);
  if (lists.length > 0)
    return lists.map((path) => ({ ...place(path, 'value'), ...listForMap(path) }));
  const result = v.safeParse(configSchema, value, { abortPipeEarly: true });
  const issues = (result.issues ?? []).flatMap(innermost);
  return [
    ...unknownKeys.map((path) => ({ ...place(path, 'key'), ...unknownKey(path) })),
    ...withoutUnknownKeys(issues, unknownKeys).map((issue) => {
      const path = pathOf(issue);
      return { ...place(path, isAboutKey(issue) ? 'key' : 'value'), ...explain(issue, path) };
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
