import { isCollection, isScalar, visit, type Document, type Node, type YAMLParseError } from 'yaml';
import { escapeLine } from '../model/escape.ts';
import type { OffsetProblem } from './structure.ts';

type Said = Omit<OffsetProblem, 'offset'>;

const explained: Readonly<Record<string, Said>> = {
  TAB_AS_INDENT: {
    message: 'a tab is used as indentation',
    hint: 'Indent with blanks; YAML takes no tabs.',
  },
  DUPLICATE_KEY: { message: 'this key stands here a second time', hint: 'Keep one of the two.' },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a map begins inside a value',
    hint: 'Put quotation marks around a value that holds ": ".',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key needs a colon after it',
    hint: 'Write "key: value", with a colon and a blank.',
  },
};

const hints: Readonly<Record<string, string>> = {
  BAD_INDENT: 'Give the keys of one map the same indentation.',
  BAD_DQ_ESCAPE: 'Write the backslash twice, or use single quotation marks.',
  BAD_DIRECTIVE: 'Remove the line.',
  MISSING_CHAR: 'Close the bracket or the quotation mark.',
  UNEXPECTED_TOKEN: 'Remove it, or put quotation marks around the value.',
  BAD_SCALAR_START: 'Put quotation marks around the value.',
  BLOCK_IN_FLOW: 'Put quotation marks around a value that holds ": ".',
  BAD_ALIAS: 'Put quotation marks around the value.',
};

/** What is wrong, where and what to do, for an error of the YAML parser. */
export function explainSyntax(
  { code, message, pos }: YAMLParseError,
  text: string,
  document: Document,
): OffsetProblem {
  const [offset] = pos;
  const open =
    code === 'BAD_INDENT' || code === 'MISSING_CHAR' ? openBefore(document, text, offset) : [];
  const unclosed = open.at(-1);
  if (unclosed !== undefined) return explainUnclosed(text, unclosed);
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).trimStart();
  const known = misplaced(message, line) ?? explained[code];
  if (known !== undefined) return { offset, ...known };
  const words = message.split(/ at line \d/)[0] ?? message;
  if (/call stack/.test(words))
    return { offset, message: 'it is nested too deeply', hint: 'Take brackets away.' };
  return {
    offset,
    message: escapeLine(`it is no valid YAML: ${words.replace(/[.:]$/, '')}`),
    hint: hints[code] ?? 'Correct the YAML.',
  };
}

/** Lines that belong to nothing above them; the parser guesses what they were meant to be. */
function misplaced(message: string, line: string): Said | undefined {
  if (line.startsWith('- ') && /single line|Implicit map key|colon|same line/i.test(message))
    return {
      message: 'this item has another indentation than the list above it',
      hint: 'Give the items of one list the same indentation.',
    };
  if (/without - indicator/.test(message))
    return {
      message: 'this line is neither an item of the list above it nor a key of an item',
      hint: 'Indent it as the keys of the item are, or begin it with "- ".',
    };
  return undefined;
}

/** The brackets and quotation marks that are open at an offset, in the order of the text. */
function openBefore(document: Document, text: string, offset: number): number[] {
  const open: number[] = [];
  visit(document, {
    Node(_key, node: Node) {
      const [start = 0, end = 0] = node.range ?? [];
      if (start > offset) return;
      const closer = closerOf(node, text[start]);
      if (closer !== undefined && (end - start < 2 || text[end - 1] !== closer)) open.push(start);
    },
  });
  return open.toSorted((one, other) => one - other);
}

function closerOf(node: Node, first: string | undefined): string | undefined {
  if (isCollection(node) && node.flow === true) return first === '[' ? ']' : '}';
  if (isScalar(node) && node.type === 'QUOTE_DOUBLE') return '"';
  if (isScalar(node) && node.type === 'QUOTE_SINGLE') return "'";
  return undefined;
}

const names: Readonly<Record<string, [string, string]>> = {
  '[': ['this list is not closed', ']'],
  '{': ['this map is not closed', '}'],
  '"': ['this quotation mark is not closed', '"'],
  "'": ['this quotation mark is not closed', "'"],
};

function explainUnclosed(text: string, offset: number): OffsetProblem {
  const [message, closer] = names[text[offset] ?? ''] ?? ['this is not closed', 'its like'];
  return { offset, message, hint: `Close it with ${closer}` };
}
