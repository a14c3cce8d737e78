/** `$NAME`, `${NAME}`, `${NAME:-word}` and the like; `\$` is none. */
const variable =
  /\\\$|\$(?:([A-Za-z_]\w*|\d)|\{([A-Za-z_]\w*)(?:(:?[-+?]|##?|%%?|\/\/?)([^{}]*(?:\{[^{}]*\}[^{}]*)*))?\})/g;

/** The value of a variable, or undefined where it is not known. */
export type Lookup = (name: string) => string | undefined;

/** Longer than any name or path: values that double with each line must not fill the memory. */
const longest = 8192;

/**
 * Replaces the variables of a word as BuildKit does it; undefined where one cannot be told, or the
 * result is over 8 KiB.
 *
 * Only `-` and `+` are carried out; the pattern operators (`#`, `%`, `/`) cannot be told here. Values
 * are taken as they are: BuildKit replaces their variables where they are declared.
 */
export function expandWord(word: string, lookup: Lookup): string | undefined {
  let known = true;
  let left = longest;
  const text = word.replaceAll(variable, (...match: (string | undefined)[]) => {
    const [all = '', short, long, operator, rest = ''] = match;
    const name = short ?? long;
    if (name === undefined) return all.slice(1);
    const value = lookup(name);
    const result = operator === undefined ? value : byOperator({ value, operator, rest }, lookup);
    left -= result?.length ?? 0;
    if (result === undefined || left < 0) known = false;
    return left < 0 ? '' : (result ?? '');
  });
  return known && text.length <= longest ? text : undefined;
}

/** The same, with the variables that cannot be told left as they are. */
export function expandKnown(text: string, lookup: Lookup): string {
  return text.replaceAll(variable, (all) => expandWord(all, lookup) ?? all);
}

interface Operation {
  value: string | undefined;
  operator: string;
  /** What stands after the operator; it may have variables. */
  rest: string;
}

function byOperator({ value, operator, rest }: Operation, lookup: Lookup): string | undefined {
  if (value === undefined) return undefined;
  const isSet = operator.startsWith(':') ? value !== '' : true;
  if (operator.endsWith('-')) return isSet ? value : expandWord(rest, lookup);
  if (operator.endsWith('+')) return isSet ? expandWord(rest, lookup) : '';
  return operator.endsWith('?') ? value : undefined;
}

/** The names of the variables that a text uses: Dockerfile's and the shell's are written alike. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(variable)].flatMap((match) => {
    const name = match[1] ?? match[2];
    return name === undefined ? [] : [name, ...variablesIn(match[4] ?? '')];
  });
}

/** What of a text stands there whatever its variables are. */
export function withoutVariables(text: string): string {
  return text.replaceAll(variable, '');
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

/** A pattern for all that a text with variables may become; blanks are any blanks. */
export function patternOf(text: string): RegExp {
  let at = 0;
  let source = '';
  for (const match of text.matchAll(variable)) {
    source += quote(text.slice(at, match.index));
    source += match[1] === undefined && match[2] === undefined ? String.raw`\$` : '[^]*';
    at = match.index + match[0].length;
  }
  source += quote(text.slice(at));
  return new RegExp(`^${source.trim().replaceAll(/\s+/g, String.raw`\s+`)}$`);
}
