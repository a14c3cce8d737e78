import { DockerfileParser } from 'dockerfile-ast';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';
import { readInstructions } from '../../src/dockerfile/lines.ts';

const lines = (...all: string[]) => all.join('\n');

/** `FIRST-LAST KEYWORD text`. */
function shown(text: string): string[] {
  return readInstructions(text).instructions.map(
    (one) => `${one.line}-${one.endLine} ${one.keyword} ${one.text}`,
  );
}

describe('readInstructions() follows BuildKit’s rules for lines', () => {
  it.each<[string, string, string[]]>([
    ['a continued line', lines('RUN a \\', '  b'), ['1-2 RUN a   b']],
    ['blanks after the sign', lines('RUN a \\  ', 'b'), ['1-2 RUN a b']],
    ['a comment between', lines('RUN a \\', '# c', 'b'), ['1-3 RUN a b']],
    ['an empty line between', lines('RUN a \\', '', 'b'), ['1-3 RUN a b']],
    ['two signs are none', lines('RUN a \\\\', 'RUN b'), ['1-1 RUN a \\\\', '2-2 RUN b']],
    ['lower case', 'from a', ['1-1 FROM a']],
    ['line ends of Windows', 'FROM a\r\nRUN b\r\n', ['1-1 FROM a', '2-2 RUN b']],
    ['a byte order mark', '\uFEFFFROM a', ['1-1 FROM a']],
    [
      'the escape directive',
      lines('# escape=`', 'RUN a `', 'b', 'RUN c \\'),
      ['2-3 RUN a b', '4-4 RUN c \\'],
    ],
    [
      'a directive after a comment is none',
      lines('# c', '# escape=`', 'RUN a \\', 'b'),
      ['3-4 RUN a b'],
    ],
    ['a heredoc', lines('RUN <<EOF', 'a', 'EOF', 'RUN b'), ['1-3 RUN <<EOF', '4-4 RUN b']],
    [
      'a heredoc with tabs',
      lines('RUN <<-EOF', '\ta', '\tEOF', 'RUN b'),
      ['1-3 RUN <<-EOF', '4-4 RUN b'],
    ],
    [
      'two heredocs',
      lines('COPY <<a <<"b" /c/', '1', 'a', '2', 'b', 'RUN c'),
      ['1-5 COPY <<a <<"b" /c/', '6-6 RUN c'],
    ],
    [
      'a heredoc that looks like instructions',
      lines('RUN <<EOF', 'FROM x', 'EOF'),
      ['1-3 RUN <<EOF'],
    ],
    ['<<< is none', lines('RUN cat <<<EOF', 'RUN b'), ['1-1 RUN cat <<<EOF', '2-2 RUN b']],
    [
      'a quoted one is none',
      lines('RUN echo "<<EOF"', 'RUN b'),
      ['1-1 RUN echo "<<EOF"', '2-2 RUN b'],
    ],
    [
      'a shift is none',
      lines('RUN echo $((1<<EOF))', 'RUN b'),
      ['1-1 RUN echo $((1<<EOF))', '2-2 RUN b'],
    ],
    ['ENV takes none', lines('ENV a=<<EOF', 'RUN b'), ['1-1 ENV a=<<EOF', '2-2 RUN b']],
    ['a heredoc without an end', lines('RUN <<EOF', 'a'), ['1-2 RUN <<EOF']],
  ])('%s', (_what, text, expected) => {
    expect(shown(text)).toEqual(expected);
  });

  it('agrees with dockerfile-ast on where instructions begin', () => {
    const word = fc.constantFrom('a', '"b c"', '# d', '', '$E', '--f=g', '&&', '|', "'h'");
    const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '));
    const end = fc.constantFrom('', '', ' \\', '\\  ', ' \\\n', ' \\\n# comment');
    const instruction = fc
      .tuple(fc.constantFrom('RUN', 'copy', 'ENV', 'ARG'), line, end)
      .map(([keyword, rest, last]) => `${keyword} x ${rest}y${last}`);
    const text = fc
      .array(fc.oneof(instruction, fc.constantFrom('', '# comment', 'FROM scratch')), {
        maxLength: 8,
      })
      .map((all) => all.join('\n'));
    fc.assert(
      fc.property(text, (dockerfile) => {
        const theirs = DockerfileParser.parse(dockerfile).getInstructions();
        expect(readInstructions(dockerfile).instructions.map((one) => one.line)).toEqual(
          theirs.map((one) => one.getRange().start.line + 1),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('takes whatever text there is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const count = text.split('\n').length;
        for (const { line, endLine } of readInstructions(text).instructions) {
          expect(line).toBeGreaterThan(0);
          expect(endLine).toBeGreaterThanOrEqual(line);
          expect(endLine).toBeLessThanOrEqual(count);
        }
        parseDockerfile(text);
      }),
    );
  });
});

describe('parseDockerfile() tells what a stage starts from', () => {
  it.each<[string, string, unknown]>([
    ['an image', 'FROM debian:12 AS a', { kind: 'image', name: 'debian:12' }],
    ['scratch', 'FROM scratch', { kind: 'scratch' }],
    ['a stage', 'FROM debian AS Base\nFROM base', { kind: 'stage', index: 0 }],
    ['a default', 'ARG V=12\nFROM debian:${V}', { kind: 'image', name: 'debian:12' }],
    ['a default in the word', 'FROM debian:${V:-12}', { kind: 'unknown', text: 'debian:${V:-12}' }],
    [
      'a default of a default',
      'ARG A=1\nARG V=${A}2\nFROM debian:$V',
      { kind: 'image', name: 'debian:12' },
    ],
    ['what cannot be told', 'ARG V\nFROM debian:$V', { kind: 'unknown', text: 'debian:$V' }],
    [
      'one of several stages',
      'FROM a AS b-amd64\nFROM a AS b-arm64\nFROM b-$TARGETARCH',
      { kind: 'choice', indexes: [0, 1] },
    ],
    [
      'a stage that is named like the image later',
      'FROM a\nFROM debian AS a',
      { kind: 'image', name: 'debian' },
    ],
  ])('%s', (_what, text, base) => {
    expect(parseDockerfile(text).stages.at(-1)?.base).toEqual(base);
  });

  it('takes --build-arg before a default', () => {
    const { stages } = parseDockerfile('ARG V=1\nFROM debian:$V', { buildArguments: { V: '12' } });
    expect(stages[0]?.base).toEqual({ kind: 'image', name: 'debian:12' });
  });
});
