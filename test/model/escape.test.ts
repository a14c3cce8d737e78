import * as fc from 'fast-check';
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { escapeCommands, escapeLine, escapeText, shellQuote } from '../../src/model/escape.ts';

describe('escapeText() and escapeLine()', () => {
  it.each([
    ['plain text\nand more', 'plain text\nand more', String.raw`plain text\nand more`],
    ['\u001B[31mred', String.raw`\e[31mred`, String.raw`\e[31mred`],
    ['over\rwritten', String.raw`over\rwritten`, String.raw`over\rwritten`],
    ['right\u202Eto left', String.raw`right\u202eto left`, String.raw`right\u202eto left`],
    ['\u009B2J', String.raw`\x9b2J`, String.raw`\x9b2J`],
    ['grüße 🙂', 'grüße 🙂', 'grüße 🙂'],
  ])('%j', (text, asText, asLine) => {
    expect(escapeText(text)).toBe(asText);
    expect(escapeLine(text)).toBe(asLine);
  });

  it('leaves no control character in a line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeLine(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('escapeCommands()', () => {
  it.each([
    ['::error file=x::no', String.raw`\::error file=x::no`],
    ['  ::set-env name=x::y', String.raw`\  ::set-env name=x::y`],
    ['::1 is an address', '::1 is an address'],
    ['a ##[error]no', String.raw`a #\#[error]no`],
    ['##vso[task.x]', String.raw`#\#vso[task.x]`],
    ['## a heading', '## a heading'],
  ])('%s', (line, want) => {
    expect(escapeCommands(line)).toBe(want);
  });
});

describe('shellQuote()', () => {
  it('gives a shell back exactly the word that went in', () => {
    const word = fc.string({ unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(word, (text) => {
        const echoed = execFileSync('sh', ['-c', `printf %s ${shellQuote(text)}`], {
          encoding: 'utf8',
        });
        expect(echoed).toBe(text);
      }),
      { numRuns: 50 },
    );
  });
});
