import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('base-image-architecture', () => {
  it.each<Row>([
    [
      'Docker’s names for one architecture',
      lines('FROM arm64v8/alpine:3'),
      ['1 base-image-architecture warn'],
    ],
    ['in the tag', lines('FROM example.com/base:1.2-amd64'), ['1 base-image-architecture warn']],
    [
      'an image that files are copied from',
      lines('FROM debian', 'COPY --from=example.com/tool:1-amd64 /tool /tool'),
      ['2 base-image-architecture warn'],
    ],
    [
      'images of both, to choose from',
      lines(
        'FROM debian',
        'COPY --from=example.com/tool:1-amd64 /tool /tool-amd64',
        'COPY --from=example.com/tool:1-arm64 /tool /tool-arm64',
      ),
      [],
    ],
    ['for that platform alone', lines('FROM arm32v7/debian'), [], { platforms: 'linux/arm/v7' }],
    ['an image of all', lines('FROM debian:bookworm-slim'), []],
    [
      'stages to choose from',
      lines('FROM amd64/debian AS b-amd64', 'FROM arm64v8/debian AS b-arm64', 'FROM b-$TARGETARCH'),
      [],
    ],
    [
      'cross-compilers',
      lines(
        'FROM --platform=$BUILDPLATFORM dockcross/linux-arm64 AS c',
        'FROM scratch',
        'COPY --from=c /x /x',
      ),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
