import { closest } from './closest.ts';
import { XbuildError } from './errors.ts';

/** One flag of a command, in the grammar of Docker's command line (Go's pflag). */
export interface Flag {
  name: string;
  short?: string;
  kind: 'bool' | 'value';
  /** What help shows; a flag without a text is accepted and not listed. */
  help?: string;
  /** The word that stands for the value in help: `--tag NAME`. */
  value?: string;
  /** What completion offers as its value: words, or names of files, folders or Docker contexts. */
  values?: readonly string[] | 'files' | 'folders' | 'contexts';
}

/** A flag as it was given: `words` are the words of the command line, unchanged. */
export interface GivenFlag {
  name: string;
  /** A bool flag's value is `true` or `false`. */
  value: string;
  words: string[];
}

export interface ParsedArguments {
  flags: GivenFlag[];
  positionals: string[];
}

// strconv.ParseBool of Go's standard library.
const booleans = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, 'true'] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, 'false'] as const),
]);

/**
 * Reads a command line as pflag does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-qn
 * value`, bool flags with an optional `=value`, flags and positionals mixed, `--` ends the flags,
 * a lone `-` is a positional.
 *
 * Throws `bad-flag` for a flag that is not in the table, a missing value or a wrong boolean.
 * Source: github.com/spf13/pflag, parseLongArg and parseSingleShortArg.
 */
export function parseArguments(argv: readonly string[], table: readonly Flag[]): ParsedArguments {
  const parsed: ParsedArguments = { flags: [], positionals: [] };
  let rest = argv;
  while (rest.length > 0) {
    const [word = '', ...after] = rest;
    if (word === '--') return { ...parsed, positionals: [...parsed.positionals, ...after] };
    if (!word.startsWith('-') || word === '-') {
      parsed.positionals.push(word);
      rest = after;
      continue;
    }
    const given = word.startsWith('--')
      ? parseLong(word, after[0], table)
      : parseShort(word, after[0], table);
    parsed.flags.push(...given);
    const taken = given.at(-1)?.words.length ?? 1;
    rest = rest.slice(taken);
  }
  return parsed;
}

function parseLong(word: string, next: string | undefined, table: readonly Flag[]): GivenFlag[] {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const flag = table.find((candidate) => candidate.name === name);
  if (flag === undefined) throw unknownFlag(`--${name}`, table);
  if (equals >= 0) return [give(flag, word.slice(equals + 1), [word])];
  if (flag.kind === 'bool') return [give(flag, 'true', [word])];
  if (next === undefined) throw missingValue(`--${name}`, flag);
  return [give(flag, next, [word, next])];
}

/** `-qt name`: bool flags may be joined, and the first flag that takes a value takes the rest. */
function parseShort(word: string, next: string | undefined, table: readonly Flag[]): GivenFlag[] {
  const given: GivenFlag[] = [];
  for (let i = 1; i < word.length; i++) {
    const letter = word[i] ?? '';
    const flag = table.find((candidate) => candidate.short === letter);
    if (flag === undefined) throw unknownFlag(`-${letter}`, table, word);
    const rest = word.slice(i + 1);
    if (rest.startsWith('=')) return [...given, give(flag, rest.slice(1), [`-${letter}${rest}`])];
    if (flag.kind === 'bool') {
      given.push(give(flag, 'true', [`-${letter}`]));
      continue;
    }
    if (rest !== '') return [...given, give(flag, rest, [`-${letter}${rest}`])];
    if (next === undefined) throw missingValue(`-${letter}`, flag);
    return [...given, give(flag, next, [`-${letter}`, next])];
  }
  return given;
}

function give(flag: Flag, value: string, words: string[]): GivenFlag {
  if (flag.kind === 'value') return { name: flag.name, value, words };
  const truth = booleans.get(value);
  if (truth !== undefined) return { name: flag.name, value: truth, words };
  throw new XbuildError(
    'bad-flag',
    `--${flag.name} is either on or off: received "${value}"`,
    `Write --${flag.name} or --${flag.name}=false.`,
  );
}

function missingValue(shown: string, flag: Flag): XbuildError {
  const what = flag.value ?? 'VALUE';
  return new XbuildError(
    'bad-flag',
    `${shown} needs a value, and nothing follows it`,
    `Write ${shown} ${what}.`,
  );
}

function unknownFlag(shown: string, table: readonly Flag[], word = shown): XbuildError {
  const near = shown.startsWith('--')
    ? closest(
        shown.slice(2),
        table.map((flag) => flag.name),
      )
    : undefined;
  const inside = word === shown ? '' : ` (in ${word})`;
  const hint = near === undefined ? 'See the flags with --help.' : `Did you mean --${near}?`;
  return new XbuildError('bad-flag', `there is no flag ${shown}${inside}`, hint);
}

/** The values given for a flag, in order. */
export function valuesOf(parsed: ParsedArguments, name: string): string[] {
  return parsed.flags.filter((flag) => flag.name === name).map((flag) => flag.value);
}

/** The last value given for a flag: the one that counts where a flag is given twice. */
export function lastValue(parsed: ParsedArguments, name: string): string | undefined {
  return valuesOf(parsed, name).at(-1);
}

/** Whether a bool flag is on; `fallback` where it was not given. */
export function isOn(parsed: ParsedArguments, name: string, fallback = false): boolean {
  const value = lastValue(parsed, name);
  return value === undefined ? fallback : value === 'true';
}
