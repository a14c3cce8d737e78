import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('cache-mount-shared', () => {
  it.each<Row>([
    [
      'cargo’s target',
      lines(
        'FROM rust',
        'RUN --mount=type=cache,target=/w/target cargo build --release && cp target/release/a /a',
      ),
      ['2 cache-mount-shared warn'],
    ],
    [
      'node_modules',
      lines('FROM node', 'RUN --mount=type=cache,target=/app/node_modules npm ci'),
      ['2 cache-mount-shared warn'],
    ],
    [
      'with a name a platform',
      lines(
        'FROM rust',
        'ARG TARGETPLATFORM',
        'RUN --mount=type=cache,target=/w/target,id=t-$TARGETPLATFORM cargo build',
      ),
      [],
    ],
    [
      'private',
      lines('FROM rust', 'RUN --mount=type=cache,target=/w/target,sharing=private cargo build'),
      [],
    ],
    [
      'one platform',
      lines('FROM rust', 'RUN --mount=type=cache,target=/w/target cargo build'),
      [],
      { platforms: 'linux/arm64' },
    ],
    [
      'a cache of packages',
      lines('FROM rust', 'RUN --mount=type=cache,target=/usr/local/cargo/registry cargo build'),
      [],
    ],
    [
      'Go’s cache, which knows architectures',
      lines('FROM golang', 'RUN --mount=type=cache,target=/root/.cache/go-build go build'),
      [],
    ],
    [
      'apt',
      lines(
        'FROM debian',
        'RUN --mount=type=cache,target=/var/cache/apt,sharing=locked apt-get update',
      ),
      [],
    ],
    [
      'a directory a target triple',
      lines(
        'FROM rust',
        'ARG T',
        'RUN --mount=type=cache,target=/w/target cargo build --target $T',
      ),
      [],
    ],
    [
      'a stage of the build platform',
      lines(
        'FROM --platform=$BUILDPLATFORM node AS w',
        'RUN --mount=type=cache,target=/app/node_modules npm ci',
        'FROM nginx',
        'COPY --from=w /site /site',
      ),
      [],
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
