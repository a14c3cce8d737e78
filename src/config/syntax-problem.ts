import { escapeLine } from '../model/escape.ts';

const syntaxHints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with blanks; YAML takes no tabs.',
  DUPLICATE_KEY: 'Keep one of the two.',
  BAD_INDENT: 'Give the keys of one map the same indentation.',
  MISSING_CHAR: 'Close the bracket or the quotation mark.',
  BLOCK_AS_IMPLICIT_KEY: 'Put quotation marks around a value that holds ": ".',
  MULTILINE_IMPLICIT_KEY: 'Write "key: value", with a colon and a blank.',
  UNEXPECTED_TOKEN: 'Remove it, or put quotation marks around the value.',
};

const syntaxMessages: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab is used as indentation',
  DUPLICATE_KEY: 'this key stands here a second time',
  BLOCK_AS_IMPLICIT_KEY: 'a map begins inside a value',
  MULTILINE_IMPLICIT_KEY: 'a key needs a colon after it',
};

/** What is wrong and what to do, for an error of the YAML parser: its code and its words. */
export function explainSyntax(code: string, words: string): { message: string; hint: string } {
  const first = words.split(/ at line \d/)[0] ?? words;
  const message =
    syntaxMessages[code] ?? escapeLine(`it is no valid YAML: ${first.replace(/\.$/, '')}`);
  return { message, hint: syntaxHints[code] ?? 'Correct the YAML.' };
}
