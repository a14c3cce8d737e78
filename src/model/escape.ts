/**
 * Makes untrusted text safe to print: control characters (terminal escapes, carriage returns,
 * bidirectional overrides) become visible; newlines and tabs stay. What CI systems take for commands
 * anywhere in a line (`##[error]`, `##vso[…]`) is broken up.
 */
export function escapeText(text: string): string {
  return text
    .replace(
      // oxlint-disable-next-line no-control-regex -- control characters are what this is about
      /[\0-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu,
      visible,
    )
    .replace(/##(?=(?:vso)?\[)/gi, String.raw`#\#`);
}

/**
 * Keeps a line that begins with untrusted text, after blanks or none, from being a command of GitHub
 * Actions: `::error::…`. Source: actions/runner, ActionCommand.cs.
 */
export function escapeStart(line: string): string {
  return line.replace(/^(?=\s*::\s*[A-Za-z])/, '\\');
}

/** Makes untrusted text safe to stand inside one line: newlines become visible too. */
export function escapeLine(text: string): string {
  return escapeText(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** Quotes a word for a POSIX shell, only where it needs it. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 13) return String.raw`\r`;
  if (code === 27) return String.raw`\e`;
  return code < 256
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
