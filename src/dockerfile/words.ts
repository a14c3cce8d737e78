import type { Declaration, Instruction } from './model.ts';

/** Splits at blanks outside of quotes; quotes and variables stay as they are. */
export function rawWords(text: string): string[] {
  return text.match(/(?:"(?:\\[^]|[^"\\])*"?|'[^']*'?|\\[^]|[^\s"'\\])+/g) ?? [];
}

/** The same, with the quotes taken away. */
export function splitWords(text: string): string[] {
  return rawWords(text).map(unquote);
}

/** A word without its quotes; a backslash keeps the character after it. */
export function unquote(word: string): string {
  return word.replaceAll(
    /"((?:\\[^]|[^"\\])*)"?|'([^']*)'?|\\([^])/g,
    (_all, double?: string, single?: string, escaped?: string) =>
      double?.replaceAll(/\\(["\\])/g, '$1') ?? single ?? escaped ?? '',
  );
}

/** The words of the JSON form, `["a", "b"]`; undefined where the text is not of that form. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one): one is string => typeof one === 'string')
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

/** The names of an ARG (`A=1 B`) or ENV (`A=1 B=2`, or the old `A 1`). */
export function declarationsOf({ keyword, text, line, lines }: Instruction): Declaration[] {
  const old = /^([A-Za-z_][\w.-]*)\s+([^]*)$/.exec(text);
  if (keyword === 'ENV' && old !== null) return [{ name: old[1] ?? '', value: old[2] ?? '', line }];
  return splitWords(text).map((word) => {
    const [, name = word, value] = /^([^=]*)=([^]*)$/.exec(word) ?? [];
    const at = lines.find((one) => one.text.includes(name))?.number ?? line;
    return { name, ...(value === undefined ? {} : { value }), line: at };
  });
}

/** What COPY and ADD copy. */
export interface Copied {
  sources: string[];
  destination: string;
  /** The value of --from: a stage's name or number, or an image. */
  from?: string;
}

/** Reads a COPY or ADD; undefined where it is neither, or lacks a word. */
export function copiedBy({ keyword, text, flags }: Instruction): Copied | undefined {
  if (keyword !== 'COPY' && keyword !== 'ADD') return undefined;
  const words = jsonWords(text) ?? splitWords(text);
  const destination = words.at(-1);
  if (destination === undefined || words.length < 2) return undefined;
  const from = flags.find(({ name }) => name === 'from')?.value;
  return { sources: words.slice(0, -1), destination, ...(from === undefined ? {} : { from }) };
}
