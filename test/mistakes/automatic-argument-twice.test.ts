import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('automatic-argument-twice', () => {
  it.each<Row>([
    [
      'with Docker 20.10',
      lines('ARG TARGETARCH', 'FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'),
      ['1 automatic-argument-twice warn'],
      { engineVersion: '20.10.24' },
    ],
    [
      'with Docker 26.1',
      lines('ARG TARGETARCH', 'FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'),
      ['1 automatic-argument-twice warn'],
      { engineVersion: '26.1.5+dfsg1' },
    ],
    [
      'with Docker 28.5',
      lines('ARG TARGETARCH', 'FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'),
      [],
    ],
    [
      'with a frontend of its own',
      lines(
        '# syntax=docker/dockerfile:1',
        'ARG TARGETARCH',
        'FROM golang',
        'ARG TARGETARCH',
        'RUN GOARCH=$TARGETARCH go build',
      ),
      [],
      { engineVersion: '20.10.24' },
    ],
    [
      'above alone, for FROM',
      lines(
        'ARG TARGETARCH',
        'FROM scratch AS a-amd64',
        'FROM scratch AS a-arm64',
        'FROM a-$TARGETARCH',
      ),
      [],
      { engineVersion: '20.10.24' },
    ],
    [
      'with --build-arg',
      lines('ARG TARGETARCH', 'FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'),
      [],
      { engineVersion: '20.10.24', buildArguments: { TARGETARCH: 'arm64' } },
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
