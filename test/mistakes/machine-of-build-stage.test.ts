import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('machine-of-build-stage', () => {
  it.each<Row>([
    [
      'uname -m',
      lines(
        'FROM --platform=$BUILDPLATFORM debian AS t',
        'RUN curl -o /tool https://example.com/tool-$(uname -m)',
        'FROM debian',
        'COPY --from=t /tool /tool',
      ),
      ['2 machine-of-build-stage warn'],
    ],
    [
      'dpkg --print-architecture',
      lines(
        'FROM --platform=$BUILDPLATFORM debian AS t',
        'RUN a=$(dpkg --print-architecture) && \\',
        '  curl -o /tool https://example.com/tool-$a',
        'FROM debian',
        'COPY --from=t /tool /tool',
      ),
      ['2 machine-of-build-stage warn'],
    ],
    [
      'a tool that the stage needs itself',
      lines(
        'FROM --platform=$BUILDPLATFORM rust AS w',
        'RUN curl -L https://example.com/wasm-pack-$(uname -m) -o /bin/wasm-pack',
        'RUN wasm-pack build --out-dir /pkg',
        'FROM nginx',
        'COPY --from=w /pkg /site',
      ),
      [],
    ],
    [
      'a stage of the target platform',
      lines(
        'FROM debian AS t',
        'RUN curl -o /tool https://example.com/tool-$(uname -m)',
        'FROM debian',
        'COPY --from=t /tool /tool',
      ),
      [],
    ],
    [
      'for the build platform alone',
      lines(
        'FROM --platform=$BUILDPLATFORM debian AS t',
        'RUN curl -o /tool https://example.com/tool-$(uname -m)',
        'FROM debian',
        'COPY --from=t /tool /tool',
      ),
      [],
      { platforms: 'linux/amd64' },
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
