/**
 * Makes untrusted text safe to print: control characters (terminal escapes, carriage returns,
 * bidirectional overrides) become visible; newlines and tabs stay.
 */
export function escapeText(text: string): string {
  return text.replace(
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    /[\0-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu,
    visible,
  );
}

/**
 * Keeps a line of output with untrusted text in it from being a command of a CI system: `::error::…`
 * after blanks or none (GitHub Actions; source: actions/runner, ActionCommand.cs), `##[error]` and
 * `##vso[…]` anywhere (Azure Pipelines).
 */
export function escapeCommands(line: string): string {
  return line
    .replace(/^(?=\s*::\s*[A-Za-z])/, '\\')
    .replaceAll(/##(?=(?:vso)?\[)/gi, String.raw`#\#`);
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
