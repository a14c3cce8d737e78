import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('copy-architecture', () => {
  it.each<Row>([
    [
      'a file of the context',
      lines('FROM debian', 'COPY app-linux-amd64 /app'),
      ['2 copy-architecture warn'],
    ],
    [
      'a directory of the context',
      lines('FROM debian', 'COPY dist/linux/arm64/app /app'),
      ['2 copy-architecture warn'],
    ],
    [
      'Debian’s directory of libraries',
      lines(
        'FROM debian AS b',
        'RUN make',
        'FROM debian',
        'COPY --from=b /usr/lib/x86_64-linux-gnu/libx.so.1 /usr/lib/',
      ),
      ['4 copy-architecture warn'],
    ],
    [
      'by TARGETARCH',
      lines('FROM debian', 'ARG TARGETARCH', 'COPY dist/linux/${TARGETARCH}/app /app'),
      [],
    ],
    [
      'the only platform’s own',
      lines('FROM debian', 'COPY app-amd64 /app'),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'both, to choose from',
      lines(
        'FROM debian',
        'ARG TARGETARCH',
        'COPY app-amd64 app-arm64 /tmp/',
        'RUN mv /tmp/app-$TARGETARCH /app',
      ),
      [],
    ],
    [
      'both, in two instructions',
      lines('FROM debian', 'COPY app-amd64 /tmp/', 'COPY app-arm64 /tmp/'),
      [],
    ],
    ['an emulator', lines('FROM debian', 'COPY qemu-aarch64-static /usr/bin/'), []],
    [
      'a stage that is chosen',
      lines(
        'FROM scratch AS f-amd64',
        'COPY t-x86_64 /t',
        'FROM scratch AS f-arm64',
        'COPY t-aarch64 /t',
        'FROM f-$TARGETARCH',
      ),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
