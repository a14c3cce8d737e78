import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('environment-architecture', () => {
  it.each<Row>([
    [
      'the JDK',
      lines('FROM debian', 'ENV A=1 \\', '  JAVA_HOME=/usr/lib/jvm/java-17-openjdk-amd64'),
      ['3 environment-architecture warn'],
    ],
    [
      'in the old form',
      lines('FROM debian', 'ENV JAVA_HOME /usr/lib/jvm/java-17-openjdk-amd64'),
      ['2 environment-architecture warn'],
    ],
    [
      'among other directories',
      lines('FROM debian', 'ENV LD_LIBRARY_PATH=/opt/lib:/usr/lib/x86_64-linux-gnu'),
      ['2 environment-architecture warn'],
    ],
    [
      'by TARGETARCH',
      lines('FROM debian', 'ARG TARGETARCH', 'ENV JAVA_HOME=/usr/lib/jvm/jdk-$TARGETARCH'),
      [],
    ],
    [
      'the directories of several',
      lines('FROM debian', 'ENV P=/usr/lib/x86_64-linux-gnu:/usr/lib/aarch64-linux-gnu'),
      [],
    ],
    ['what is no path', lines('FROM debian', 'ENV RELEASE=tool-amd64'), []],
    [
      'the only platform’s own',
      lines('FROM debian', 'ENV JAVA_HOME=/usr/lib/jvm/jdk-amd64'),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'a stage that runs on the build platform',
      lines(
        'FROM --platform=$BUILDPLATFORM debian AS b',
        'ENV JAVA_HOME=/usr/lib/jvm/jdk-amd64',
        'RUN make',
        'FROM debian',
        'COPY --from=b /out /out',
      ),
      [],
    ],
  ])('%s', (_, dockerfile, expected, more) => {
    expect(foundIn(dockerfile, more)).toEqual(expected);
  });
});
