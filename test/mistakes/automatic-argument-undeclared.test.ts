import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('automatic-argument-undeclared', () => {
  it.each<Row>([
    [
      'not declared',
      lines('FROM golang', 'RUN GOARCH=$TARGETARCH go build'),
      ['2 automatic-argument-undeclared warn'],
    ],
    [
      'with braces, in COPY',
      lines('FROM scratch', 'COPY app-${TARGETARCH} /app'),
      ['2 automatic-argument-undeclared warn'],
    ],
    [
      'declared above the first FROM alone',
      lines('ARG TARGETARCH', 'FROM golang', 'RUN GOARCH=${TARGETARCH} go build'),
      ['3 automatic-argument-undeclared warn'],
    ],
    [
      'declared after its use',
      lines('FROM golang', 'RUN echo $TARGETARCH', 'ARG TARGETARCH'),
      ['2 automatic-argument-undeclared warn'],
    ],
    [
      'declared in another stage',
      lines(
        'FROM golang AS a',
        'ARG TARGETARCH',
        'RUN echo $TARGETARCH > /x',
        'FROM golang',
        'COPY --from=a /x /x',
        'RUN echo $TARGETARCH',
      ),
      ['6 automatic-argument-undeclared warn'],
    ],
    [
      'declared in the stage below',
      lines('FROM golang AS a', 'ARG TARGETARCH', 'FROM a', 'RUN echo $TARGETARCH'),
      [],
    ],
    ['declared', lines('FROM golang', 'ARG TARGETARCH', 'RUN echo $TARGETARCH'), []],
    [
      'several in one ARG',
      lines('FROM golang', 'ARG TARGETOS TARGETARCH', 'RUN echo $TARGETOS $TARGETARCH'),
      [],
    ],
    [
      'FROM lines know it',
      lines('FROM scratch AS a-amd64', 'FROM scratch AS a-arm64', 'FROM a-${TARGETARCH}'),
      [],
    ],
    [
      'a default at the place of use',
      lines('FROM golang', 'RUN GOARCH=${TARGETARCH:-amd64} go build'),
      [],
    ],
    [
      'the command line’s own',
      lines('FROM golang', 'RUN TARGETARCH=$(go env GOARCH) && echo $TARGETARCH'),
      [],
    ],
    [
      'in a loop of the shell',
      lines('FROM golang', 'RUN for TARGETARCH in amd64 arm64; do echo $TARGETARCH; done'),
      [],
    ],
    ['an escaped sign', lines('FROM golang', 'RUN echo \\$TARGETARCH'), []],
    ['another name that begins so', lines('FROM golang', 'RUN echo $TARGETARCHITECTURE'), []],
    [
      'ARG of a heredoc',
      lines('FROM debian', 'RUN <<EOF', 'echo $TARGETPLATFORM', 'EOF'),
      ['3 automatic-argument-undeclared warn'],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
