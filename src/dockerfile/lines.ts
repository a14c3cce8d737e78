import type { Heredoc, Instruction, InstructionFlag, SourceLine } from './model.ts';
import { rawWords, unquote } from './words.ts';

/** The keywords after which BuildKit looks for `<<EOF`. */
const takesHeredoc = new Set(['RUN', 'COPY', 'ADD']);

interface Source {
  lines: string[];
  /** Matches the sign that continues a line, at its end. */
  continued: RegExp;
}

/**
 * Splits a Dockerfile into its instructions.
 *
 * Source: Parse() in BuildKit's frontend/dockerfile/parser: the escape directive, continued lines
 * with comments and empty lines between them, heredocs.
 */
export function readInstructions(text: string): {
  instructions: Instruction[];
  directives: ReadonlyMap<string, string>;
} {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const directives = readDirectives(lines);
  const escape = directives.get('escape') === '`' ? '`' : '\\\\';
  const source: Source = { lines, continued: new RegExp(`(?<!${escape})${escape}[ \\t]*$`) };
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (isEmpty(lines[at])) continue;
    const instruction = readInstruction(source, at);
    instructions.push(instruction);
    at = instruction.endLine - 1;
  }
  return { instructions, directives };
}

/** `# name=value`, above everything else. */
function readDirectives(lines: readonly string[]): Map<string, string> {
  const directives = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^#\s*([A-Za-z][\w]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === '') break;
    directives.set(name.toLowerCase(), value);
  }
  return directives;
}

function isEmpty(line = ''): boolean {
  return /^\s*(?:#|$)/.test(line);
}

function readInstruction(source: Source, first: number): Instruction {
  const { lines, text, last } = joinLines(source, first);
  const [, word = '', body = ''] = /^\s*(\S+)\s*([^]*)$/.exec(text) ?? [];
  const keyword = word.toUpperCase();
  const names = takesHeredoc.has(keyword) ? heredocNames(body) : [];
  const heredocs = readHeredocs(names, source, last + 1);
  return {
    keyword,
    line: first + 1,
    endLine: (heredocs.at(-1)?.endLine ?? last) + 1,
    ...splitFlags(body),
    lines: [...lines, ...heredocs.flatMap((heredoc) => heredoc.lines)],
    heredocs: heredocs.map((heredoc) => ({ name: heredoc.name, lines: heredoc.lines })),
  };
}

/** Continued lines are joined without anything between them; comments and empty lines are dropped. */
function joinLines({ lines: all, continued }: Source, first: number) {
  const lines: SourceLine[] = [];
  let last = first;
  for (let at = first; at < all.length; at++) {
    const line = all[at] ?? '';
    if (at > first && isEmpty(line)) continue;
    last = at;
    lines.push({ number: at + 1, text: line.replace(continued, '') });
    if (!continued.test(line)) break;
  }
  return { lines, text: lines.map(({ text }) => text).join(''), last };
}

function splitFlags(body: string): { flags: InstructionFlag[]; text: string } {
  const flags: InstructionFlag[] = [];
  let text = body;
  for (;;) {
    const match = /^--([\w-]+)(?:=(\S*))?(?:\s+|$)/.exec(text);
    if (match === null) return { flags, text: text.trim() };
    flags.push({ name: match[1] ?? '', value: match[2] ?? '' });
    text = text.slice(match[0].length);
  }
}

interface HeredocName {
  name: string;
  /** `<<-`: tabs before its lines are dropped. */
  dash: boolean;
}

/** A word of its own, `<<EOF`, `3<<-"EOF"`; `<<<` and a quoted one are none. */
function heredocNames(text: string): HeredocName[] {
  return rawWords(text).flatMap((word) => {
    const match = /^\d*<<(-?)([^<]+)$/.exec(word);
    return match === null ? [] : [{ name: unquote(match[2] ?? ''), dash: match[1] === '-' }];
  });
}

function readHeredocs(
  names: readonly HeredocName[],
  { lines }: Source,
  first: number,
): (Heredoc & { endLine: number })[] {
  let at = first;
  return names.map(({ name, dash }) => {
    const body: SourceLine[] = [];
    for (; at < lines.length; at++) {
      const line = dash ? (lines[at] ?? '').replace(/^\t+/, '') : (lines[at] ?? '');
      if (line === name) break;
      body.push({ number: at + 1, text: line });
    }
    const endLine = Math.min(at++, lines.length - 1);
    return { name, lines: body, endLine };
  });
}
