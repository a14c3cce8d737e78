import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('download-architecture', () => {
  it.each<Row>([
    [
      'a download that is chosen from a list',
      lines(
        'FROM debian',
        "RUN curl -s https://x.org/latest | grep url | grep linux-amd64 | cut -d '\"' -f 4 | wget -i -",
      ),
      ['2 download-architecture warn'],
    ],
    [
      'one that jq chooses',
      lines(
        'FROM debian',
        `RUN curl -s https://x.org/latest | jq -r '.a[] | select(.name | test("x86_64"))'`,
      ),
      ['2 download-architecture warn'],
    ],
    [
      'one that is left out of a list, or chosen by TARGETARCH',
      lines(
        'FROM debian',
        'ARG TARGETARCH',
        'RUN curl -s https://x.org/latest | grep -v arm64 > /list',
        'RUN curl -s https://x.org/latest | grep linux-$TARGETARCH > /list',
      ),
      [],
    ],
    [
      'curl of a release',
      lines('FROM debian', 'RUN curl -fsSLO https://example.com/v1/tool_linux_amd64.tar.gz'),
      ['2 download-architecture warn'],
    ],
    [
      'wget in the third line of a RUN',
      lines(
        'FROM debian',
        'RUN apt-get update \\',
        '  && apt-get install -y wget \\',
        '  && wget https://example.com/tool-x86_64.deb',
      ),
      ['4 download-architecture warn'],
    ],
    [
      'ADD of a URL',
      lines('FROM scratch', 'ADD https://example.com/jq-linux64 /jq'),
      ['2 download-architecture warn'],
    ],
    [
      'in a heredoc',
      lines(
        'FROM debian',
        'RUN <<EOF',
        'set -e',
        'curl -o /t https://example.com/t-aarch64',
        'EOF',
      ),
      ['4 download-architecture warn'],
    ],
    [
      'an archive’s name apart from its address',
      lines('FROM debian', 'RUN F=tool_linux_amd64.tgz; curl -O https://example.com/$F'),
      ['2 download-architecture warn'],
    ],
    [
      'an ARG with a default',
      lines('FROM debian', 'ARG ARCH=amd64', 'RUN curl -O https://example.com/tool-${ARCH}.zip'),
      ['3 download-architecture warn'],
    ],
    [
      'an ENV',
      lines(
        'FROM debian',
        'ENV TOOL_FILE tool-linux-x64.tar.xz',
        'RUN wget https://example.com/$TOOL_FILE',
      ),
      ['3 download-architecture warn'],
    ],
    [
      'a list of packages for one architecture',
      lines(
        'FROM debian',
        'RUN echo "deb [arch=amd64 signed-by=/k.gpg] https://example.com/apt stable main" > /etc/apt/sources.list.d/e.list',
      ),
      ['2 download-architecture warn'],
    ],
    [
      'armv7l for arm64',
      lines('FROM debian', 'RUN curl https://example.com/node-linux-armv7l.tar.xz | tar xJ'),
      ['2 download-architecture warn'],
      { platforms: 'linux/arm64' },
    ],
    [
      'the only platform’s own word',
      lines('FROM debian', 'RUN curl -O https://example.com/tool_linux_amd64.tar.gz'),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'another word than the only platform’s',
      lines('FROM debian', 'RUN curl -O https://example.com/tool_linux_amd64.tar.gz'),
      ['2 download-architecture warn'],
      { platforms: 'linux/s390x' },
    ],
    [
      'TARGETARCH in the address',
      lines(
        'FROM debian',
        'ARG TARGETARCH',
        'RUN curl -O https://example.com/tool_linux_${TARGETARCH}.tar.gz',
      ),
      [],
    ],
    [
      'case over TARGETARCH',
      lines(
        'FROM debian',
        'ARG TARGETARCH',
        'RUN case "$TARGETARCH" in \\',
        '    amd64) url=https://example.com/t-x86_64.tgz ;; \\',
        '    arm64) url=https://example.com/t-aarch64.tgz ;; \\',
        '  esac; curl "$url"',
      ),
      [],
    ],
    [
      'case over dpkg --print-architecture with one download alone',
      lines(
        'FROM debian',
        'RUN a="$(dpkg --print-architecture)" && case "$a" in amd64) curl https://example.com/t-x86_64.tgz;; esac',
      ),
      [],
    ],
    [
      'if over uname -m',
      lines(
        'FROM debian',
        'RUN if [ "$(uname -m)" = x86_64 ]; then curl -O https://example.com/t-amd64.deb; fi',
      ),
      [],
    ],
    [
      'uname -m in the address',
      lines('FROM debian', 'RUN curl -O https://example.com/t-$(uname -m).zip'),
      [],
    ],
    [
      'sed from one word to another',
      lines(
        'FROM debian',
        'RUN curl -O "https://example.com/t-$(uname -m | sed s/x86_64/amd64/).zip"',
      ),
      [],
    ],
    [
      'both architectures’ downloads',
      lines(
        'FROM debian',
        'RUN curl -O https://example.com/t-amd64 && curl -O https://example.com/t-arm64',
      ),
      [],
    ],
    [
      'a stage that is chosen by its name',
      lines(
        'FROM debian AS get-amd64',
        'RUN curl -o /t https://example.com/t-x86_64',
        'FROM debian AS get-arm64',
        'RUN curl -o /t https://example.com/t-aarch64',
        'FROM get-${TARGETARCH}',
      ),
      [],
    ],
    [
      'a tool of a stage of the build platform',
      lines(
        'FROM --platform=$BUILDPLATFORM golang AS build',
        'ARG TARGETARCH',
        'RUN curl -O https://example.com/protoc-linux-x86_64.zip && GOARCH=$TARGETARCH go build -o /app',
        'FROM scratch',
        'COPY --from=build /app /app',
      ),
      [],
    ],
    [
      'a stage that nothing uses',
      lines('FROM debian AS old', 'RUN curl -O https://example.com/t-amd64', 'FROM debian'),
      [],
    ],
    [
      'a comment',
      lines('FROM debian', 'RUN true \\', '  # curl https://example.com/t-amd64.tgz', '  && true'),
      [],
    ],
    [
      'an emulator, on purpose',
      lines('FROM debian', 'ADD https://example.com/qemu-aarch64-static.tar.gz /'),
      [],
    ],
    [
      'a package for all',
      lines('FROM debian', 'RUN curl -O https://example.com/pool/cuda-keyring_1.1-1_all.deb'),
      [],
    ],
    [
      'a download for Windows',
      lines('FROM debian', 'RUN curl -O https://example.com/setup-windows-amd64.zip'),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
