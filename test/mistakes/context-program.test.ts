import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('context-program', () => {
  it.each<Row>([
    [
      'by its name',
      lines('FROM debian', 'COPY bin/app /app'),
      ['2 context-program warn'],
      { context: { programs: [{ path: 'bin/app', architecture: 'amd64' }] } },
    ],
    [
      'by its directory',
      lines('FROM debian', 'COPY bin/ /usr/local/bin/'),
      ['2 context-program warn'],
      { context: { programs: [{ path: 'bin/app', architecture: 'arm64' }] } },
    ],
    [
      'by a pattern',
      lines('FROM debian', 'COPY b*/app /app'),
      ['2 context-program warn'],
      { context: { programs: [{ path: 'bin/app', architecture: 'amd64' }] } },
    ],
    [
      'by the whole context',
      lines('FROM debian', 'COPY . /src'),
      ['2 context-program warn'],
      { context: { programs: [{ path: 'tools/gen', architecture: 'amd64' }] } },
    ],
    [
      'ADD, JSON form',
      lines('FROM debian', 'ADD ["./bin/app", "/app"]'),
      ['2 context-program warn'],
      { context: { programs: [{ path: 'bin/app', architecture: 'amd64' }] } },
    ],
    [
      'not copied',
      lines('FROM debian', 'COPY src /src'),
      [],
      { context: { programs: [{ path: 'bin/app', architecture: 'amd64' }] } },
    ],
    [
      'a name that begins alike',
      lines('FROM debian', 'COPY bin /x'),
      [],
      { context: { programs: [{ path: 'binary', architecture: 'amd64' }] } },
    ],
    [
      'by a variable',
      lines('FROM debian', 'ARG TARGETARCH', 'COPY bin/$TARGETARCH /b'),
      [],
      { context: { programs: [{ path: 'bin/amd64/app', architecture: 'amd64' }] } },
    ],
    [
      'one a platform, to choose from',
      lines('FROM debian', 'COPY bin /bin'),
      [],
      {
        context: {
          programs: [
            { path: 'bin/a', architecture: 'amd64' },
            { path: 'bin/b', architecture: 'arm64' },
          ],
        },
      },
    ],
    [
      'the only platform’s own',
      lines('FROM debian', 'COPY bin/app /app'),
      [],
      {
        platforms: 'linux/amd64',
        context: { programs: [{ path: 'bin/app', architecture: 'amd64' }] },
      },
    ],
    [
      'in a stage of the build platform',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS b',
        'ARG TARGETARCH',
        'COPY . .',
        'RUN GOARCH=$TARGETARCH go build -o /a',
        'FROM scratch',
        'COPY --from=b /a /a',
      ),
      [],
      { context: { programs: [{ path: 'tools/gen', architecture: 'amd64' }] } },
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
