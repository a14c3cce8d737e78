import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('base-image-digest', () => {
  it.each<Row>([
    [
      'several platforms',
      lines('FROM debian@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
      ['1 base-image-digest unknown'],
    ],
    [
      'one platform',
      lines('FROM debian@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
      [],
      { platforms: 'linux/arm64' },
    ],
    [
      'a stage of the build platform',
      lines(
        'FROM --platform=$BUILDPLATFORM debian@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa AS b',
        'FROM scratch',
        'COPY --from=b /x /x',
      ),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
