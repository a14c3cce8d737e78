import { bytesOfBase64 } from '../model/bytes.ts';

const LONGEST_LINE = 4096;
const MOST_LINES = 20_000;
/** A JSON line of rawjson carries a chunk of a log; longer ones are only read as text. */
const LONGEST_JSON = 65_536;

/**
 * The lines of a log of any tool, as plain text: without colours, cut at 4 KB, and with the texts
 * inside JSON lines (docker's json-file, crun, BuildKit's rawjson) as lines of their own. Of a log
 * with very many lines the first and the last are read.
 */
export function linesOfLog(log: string): string[] {
  return middleCut(log.split(/\r?\n/))
    .flatMap(textsOf)
    .map(cleanLine)
    .filter((line) => line !== '');
}

function middleCut(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines;
  const half = MOST_LINES / 2;
  return [...lines.slice(0, half), ...lines.slice(-half)];
}

/** What CI systems, compose, BuildKit, container runtimes and journald put in front of a line. */
const prefixes: readonly RegExp[] = [
  /^\[?\d{4}-\d\d-\d\dT[\d:.]{8,20}Z?\]? (?:std(?:out|err) [FP] )?/,
  /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} [^\s:]{1,64}: /,
  /^##\[\w{1,16}\]/,
  /^#\d{1,4} (?:\d{1,6}\.\d{1,3} )?/,
  /^[\w.@-]{1,64} {1,8}\| /,
];

function withoutPrefixes(line: string): string {
  let rest = line;
  for (const prefix of prefixes) rest = rest.replace(prefix, '');
  return rest;
}

function cleanLine(line: string): string {
  return withoutPrefixes(
    line
      .slice(0, LONGEST_LINE)
      // oxlint-disable-next-line no-control-regex -- terminal escapes are what this is about
      .replaceAll(/\u001B\[[0-9;?]{0,16}[A-Za-z]/g, '')
      // crun's JSON writes / as \/.
      .replaceAll(String.raw`\/`, '/')
      .trim(),
  ).trim();
}

function textsOf(line: string): string[] {
  if (!line.startsWith('{') || line.length > LONGEST_JSON) return [line];
  try {
    const texts = textsOfJson(JSON.parse(line));
    return texts.length === 0 ? [line] : texts.flatMap((text) => text.split(/\r?\n/));
  } catch {
    return [line];
  }
}

/** The fields that hold what somebody said. Sources: json-file, crun, logrus, client.SolveStatus. */
function textsOfJson(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const object = value as Readonly<Record<string, unknown>>;
  const plain = ['log', 'msg', 'message', 'error'].flatMap((name) => textOf(object[name]));
  const inner = ['logs', 'vertexes', 'statuses', 'items'].flatMap((name) => itemsOf(object[name]));
  return [...plain, ...decoded(object['data']), ...inner];
}

function textOf(value: unknown): string[] {
  return typeof value === 'string' && value !== '' ? [value] : [];
}

function itemsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.slice(0, 1000).flatMap(textsOfJson) : [];
}

function decoded(value: unknown): string[] {
  if (typeof value !== 'string') return [];
  try {
    return [new TextDecoder().decode(bytesOfBase64(value))];
  } catch {
    return [value];
  }
}
