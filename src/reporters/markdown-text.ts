import { escapeLine, escapeText } from '../model/escape.ts';

/**
 * Untrusted text as one line of GitHub's Markdown that shows as it is: no markup, no HTML, no cell
 * border, no link, no mention.
 *
 * Punctuation with a meaning goes in by its number, which Markdown never takes for markup. GitHub
 * looks for mentions after that, in the finished page, so these get a character of no width.
 */
export function markdownText(text: string): string {
  return escapeLine(text)
    .trim()
    .replaceAll(/\p{Surrogate}/gu, '\uFFFD')
    .replaceAll(/[!-/:-@[-`{-~]/g, (character, at: number, all: string) =>
      harmless(character, all[at - 1], all[at + 1]) ? character : `&#${character.charCodeAt(0)};`,
    )
    .replaceAll(/(?<=www)\./gi, '&#46;')
    .replaceAll(/(?<!\w)&#64;/g, '$&&#8203;');
}

const word = /[A-Za-z0-9]/;

/**
 * Plain signs in and after words stay readable in the source; `1.` and `1)` would begin a list,
 * `://` a link.
 */
function harmless(character: string, before = ' ', after = ' '): boolean {
  if ('/,%"\'('.includes(character)) return true;
  if ('.)'.includes(character) && /[A-Za-z"'/]/.test(before)) return true;
  if (character === ':') return word.test(before) && /[\d ]/.test(after);
  return '.-'.includes(character) && word.test(before) && word.test(after);
}

/** Untrusted lines as a code block: its fence is longer than any run of backticks inside. */
export function markdownBlock(lines: readonly string[], language = ''): string[] {
  const shown = lines.flatMap((line) => escapeText(line).split('\n'));
  const runs = shown.flatMap((line) => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return [`${fence}${language}`, ...shown, fence];
}
