import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('native-cpu', () => {
  it.each<Row>([
    ['gcc', lines('FROM gcc', 'RUN make && \\', '  gcc -march=native a.c'), ['3 native-cpu warn']],
    ['its variables', lines('FROM gcc', 'ENV CFLAGS="-O2 -mcpu=native"'), ['2 native-cpu warn']],
    [
      'rustc, for one platform too',
      lines('FROM rust', 'RUN RUSTFLAGS="-C target-cpu=native" cargo build'),
      ['2 native-cpu warn'],
      { platforms: 'linux/amd64' },
    ],
    ['what only prefers', lines('FROM gcc', 'RUN gcc -mtune=native a.c'), []],
    ['a CPU by name', lines('FROM gcc', 'RUN gcc -march=armv8-a a.c'), []],
    [
      'tools of the build platform',
      lines(
        'FROM --platform=$BUILDPLATFORM gcc AS t',
        'RUN gcc -march=native -o /t t.c && ./t > /x',
        'FROM debian',
        'COPY --from=t /x /x',
      ),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
