import { describe, expect, it } from 'vitest';
import { runsOnTarget } from '../../src/build/foreign-steps.ts';
import { parseDockerfile } from '../../src/dockerfile/parse.ts';

describe('runsOnTarget() tells whether a build executes programs of the target platform', () => {
  it.each<[string, boolean, string, string?]>([
    ['a RUN in the last stage', true, 'FROM debian\nRUN apt-get update'],
    ['a RUN in a stage from scratch', true, 'FROM scratch\nCOPY sh /bin/sh\nRUN true'],
    ['nothing but COPY from scratch', false, 'FROM scratch\nCOPY app /app\nENTRYPOINT ["/app"]'],
    [
      'cross-compiling in a stage of the build platform',
      false,
      'FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build -o /app\nFROM scratch\nCOPY --from=build /app /app',
    ],
    [
      'the same with braces',
      false,
      'FROM --platform=${BUILDPLATFORM} golang AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app',
    ],
    [
      'a RUN in the last stage after cross-compiling',
      true,
      'FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app\nRUN ["/app"]',
    ],
    ['a base image that holds ONBUILD RUN', true, 'FROM node:20-onbuild\nCOPY . .'],
    ['nothing but COPY onto a base image', false, 'FROM debian\nCOPY app /app'],
    [
      'a RUN in a stage that nothing uses',
      false,
      'FROM debian AS unused\nRUN make\nFROM scratch\nCOPY app /app',
    ],
    [
      'the same stage as the target',
      true,
      'FROM debian AS test\nRUN make\nFROM scratch\nCOPY app /app',
      'test',
    ],
    [
      'a stage that is only mounted',
      true,
      'FROM debian AS tools\nRUN make\nFROM --platform=$BUILDPLATFORM golang AS build\nRUN --mount=type=bind,from=tools,target=/t go build\nFROM scratch\nCOPY --from=build /app /app',
    ],
    [
      'a stage built on a pinned one',
      false,
      'FROM --platform=$BUILDPLATFORM golang AS base\nFROM base AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app',
    ],
    ['another frontend', true, '# syntax=example/frontend\nFROM scratch\nCOPY a b'],
    ['Docker’s own frontend', false, '# syntax=docker/dockerfile:1\nFROM scratch\nCOPY a b'],
    ['an empty file', true, ''],
  ])('%s: %s', (_what, expected, dockerfile, target) => {
    expect(runsOnTarget(parseDockerfile(dockerfile), target)).toBe(expected);
  });
});
