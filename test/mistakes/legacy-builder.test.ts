import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('legacy-builder', () => {
  it.each<Row>([
    [
      'asked for',
      lines('FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'),
      ['3 legacy-builder fail'],
      { legacyBuilder: true },
    ],
    [
      'in a FROM line',
      lines('FROM --platform=$BUILDPLATFORM golang AS b', 'FROM debian'),
      ['1 legacy-builder fail'],
      { legacyBuilder: true },
    ],
    ['nothing automatic is used', lines('FROM debian', 'RUN make'), [], { legacyBuilder: true }],
    ['BuildKit', lines('FROM golang', 'ARG TARGETARCH', 'RUN GOARCH=$TARGETARCH go build'), []],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
