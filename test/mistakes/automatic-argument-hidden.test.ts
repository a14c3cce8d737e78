import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('automatic-argument-hidden', () => {
  it.each<Row>([
    [
      'a default in a stage',
      lines('FROM golang', 'ARG TARGETARCH=amd64', 'RUN GOARCH=$TARGETARCH go build'),
      ['2 automatic-argument-hidden fail'],
    ],
    [
      'among others in one ARG',
      lines(
        'FROM golang',
        'ARG TARGETOS=linux TARGETARCH=amd64',
        'RUN GOOS=$TARGETOS GOARCH=$TARGETARCH go build',
      ),
      ['2 automatic-argument-hidden fail'],
    ],
    [
      'above the first FROM, declared again',
      lines(
        'ARG TARGETARCH=amd64',
        'FROM golang',
        'ARG TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build',
      ),
      ['1 automatic-argument-hidden fail'],
    ],
    [
      'above the first FROM, used by FROM',
      lines(
        'ARG TARGETARCH=amd64',
        'FROM scratch AS b-amd64',
        'FROM scratch AS b-arm64',
        'FROM b-$TARGETARCH',
      ),
      ['1 automatic-argument-hidden fail'],
    ],
    ['above the first FROM, used by nothing', lines('ARG TARGETARCH=amd64', 'FROM golang'), []],
    [
      'its own name as the default',
      lines(
        'FROM golang',
        'ARG TARGETARCH=${TARGETARCH:-amd64}',
        'RUN GOARCH=$TARGETARCH go build',
      ),
      ['2 automatic-argument-hidden fail'],
    ],
    [
      'TARGETPLATFORM',
      lines('FROM golang', 'ARG TARGETPLATFORM=linux/amd64', 'RUN echo $TARGETPLATFORM'),
      ['2 automatic-argument-hidden fail'],
    ],
    [
      'a script reads it from the environment: not seen to be used',
      lines('FROM golang', 'ARG TARGETARCH=amd64', 'RUN ./build.sh'),
      [],
    ],
    [
      'TARGETOS=linux, which it is',
      lines('FROM golang', 'ARG TARGETOS=linux', 'RUN GOOS=$TARGETOS go build'),
      [],
    ],
    [
      'the only platform’s own value',
      lines('FROM golang', 'ARG TARGETARCH=amd64', 'RUN GOARCH=$TARGETARCH go build'),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'BUILDPLATFORM that is this machine’s',
      lines(
        'ARG BUILDPLATFORM=linux/amd64',
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'ARG TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build -o /a',
        'FROM scratch',
        'COPY --from=b /a /a',
      ),
      [],
    ],
    [
      'BUILDPLATFORM that is not',
      lines(
        'ARG BUILDPLATFORM=linux/arm64',
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'ARG TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build -o /a',
        'FROM scratch',
        'COPY --from=b /a /a',
      ),
      ['1 automatic-argument-hidden fail'],
    ],
    [
      'ENV after ARG',
      lines(
        'FROM golang',
        'ARG TARGETARCH',
        'ENV TARGETARCH=amd64',
        'RUN GOARCH=$TARGETARCH go build',
      ),
      ['3 automatic-argument-hidden fail'],
    ],
    [
      'ENV of its own value',
      lines(
        'FROM golang',
        'ARG TARGETARCH',
        'ENV TARGETARCH=$TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build',
      ),
      [],
    ],
    [
      'ENV before ARG',
      lines(
        'FROM golang',
        'ENV TARGETARCH=amd64',
        'ARG TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build',
      ),
      [],
    ],
    [
      'a default at the place of use',
      lines('FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=${TARGETARCH:-amd64} go build'),
      [],
    ],
    [
      'an argument of one’s own with the automatic one as default',
      lines(
        'FROM golang',
        'ARG TARGETARCH',
        'ARG ARCH=${TARGETARCH:-amd64}',
        'RUN GOARCH=$ARCH go build',
      ),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
