import { describe, expect, it } from 'vitest';
import { findInstruction } from '../../src/build/failed-step.ts';
import { asksForFiles, exitCodeOf } from '../../src/diagnose/gather-step.ts';

const dockerfile = `ARG V=1
FROM debian:12 AS base
SHELL ["/bin/bash", "-ec"]
WORKDIR /src
RUN make

FROM --platform=$BUILDPLATFORM golang AS tools
RUN --mount=type=cache,target=/x go build \\
  # the tool
  -o /tool .

FROM base
COPY --from=tools /tool /tool
RUN ["/tool", "a b"]
RUN /tool \\
  again
RUN <<EOF
/tool
EOF
FROM $V
RUN make
`;

const before = (line: number) =>
  dockerfile
    .split('\n')
    .slice(0, line - 1)
    .join('\n');

describe('the instruction of a step that failed', () => {
  it.each([
    [
      'is found by its words, and has the shell of its stage',
      'RUN /tool   again',
      undefined,
      {
        line: 15,
        argv: ['/bin/bash', '-ec', '/tool   again'],
        base: 'debian:12',
        before: before(15),
      },
    ],
    [
      'in exec form is what it says',
      'RUN ["/tool", "a b"]',
      undefined,
      { line: 14, argv: ['/tool', 'a b'], base: 'debian:12', before: before(14) },
    ],
    [
      'has neither its flags nor its comments in what is executed',
      'RUN --mount=type=cache,target=/x go build   -o /tool .',
      undefined,
      {
        line: 8,
        argv: ['/bin/sh', '-c', 'go build   -o /tool .'],
        base: 'golang',
        before: before(8),
      },
    ],
    [
      'is told from another one of the same words by its line',
      'RUN make',
      'Dockerfile:5',
      { line: 5, argv: ['/bin/bash', '-ec', 'make'], base: 'debian:12', before: before(5) },
    ],
    [
      'has no base where a variable names it',
      'RUN make',
      'Dockerfile:21',
      { line: 21, argv: ['/bin/sh', '-c', 'make'], before: before(21) },
    ],
    ['is not known where two have its words', 'RUN make', undefined, undefined],
    ['is no other instruction', 'COPY --from=tools /tool /tool', 'Dockerfile:13', undefined],
  ])('%s', (_text, instruction, location, want) => {
    expect(findInstruction(dockerfile, { instruction }, location)).toEqual(want);
  });

  it('is not looked for in a Dockerfile of another frontend', () => {
    const text = `# syntax=example.org/own\nFROM scratch\nRUN make\n`;
    expect(findInstruction(text, { instruction: 'RUN make' })).toBeUndefined();
  });
});

describe('how a step ended', () => {
  it.each([
    ['process "/bin/sh -c x" did not complete successfully: exit code: 126', 126],
    ['executor failed running [/bin/sh -c x]: exit code: 2', 2],
    ['failed to load metadata', null],
  ])('%s: %s', (line, code) => {
    expect(exitCodeOf(['before', line])).toBe(code);
  });
});

const failed = (code: string) => `process "x" did not complete successfully: exit code: ${code}`;

describe('an image of what a step started from is made', () => {
  it.each([
    ['where the shell says that it could not run something', failed('127'), true],
    ['where the kernel’s words are in the log', '/app: Exec format error', true],
    ['not where a test has failed', failed('1'), false],
  ])('%s', (_text, line, asks) => {
    const step = { text: 'RUN x', platform: 'linux/amd64', lines: [line] };
    expect(asksForFiles({ ...step, argv: ['x'] })).toBe(asks);
    expect(asksForFiles(step)).toBe(false);
  });
});
