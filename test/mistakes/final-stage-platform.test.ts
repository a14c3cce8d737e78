import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('final-stage-platform', () => {
  it.each<Row>([
    [
      'the build platform',
      lines('FROM --platform=$BUILDPLATFORM node', 'COPY . .'),
      ['1 final-stage-platform fail'],
    ],
    ['written out', lines('FROM --platform=linux/amd64 debian'), ['1 final-stage-platform fail']],
    [
      'of the stage below',
      lines('FROM --platform=${BUILDPLATFORM} node AS base', 'FROM base', 'COPY . .'),
      ['1 final-stage-platform fail'],
    ],
    [
      'the build platform’s own image alone',
      lines('FROM --platform=$BUILDPLATFORM node'),
      [],
      { platforms: 'linux/amd64' },
    ],
    [
      'written out, and asked for',
      lines('FROM --platform=linux/arm64 debian'),
      [],
      { platforms: 'linux/arm64' },
    ],
    [
      'with a machine that is not known',
      lines('FROM --platform=$BUILDPLATFORM node'),
      ['1 final-stage-platform fail'],
      { native: undefined } as never,
    ],
    ['the target platform', lines('FROM --platform=$TARGETPLATFORM debian'), []],
    [
      'scratch holds no programs',
      lines('FROM --platform=$BUILDPLATFORM scratch', 'COPY site /'),
      [],
    ],
    [
      'another stage',
      lines(
        'FROM --platform=$BUILDPLATFORM node AS web',
        'RUN npm run build',
        'FROM nginx',
        'COPY --from=web /app/dist /usr/share/nginx/html',
      ),
      [],
    ],
    [
      '--target names the stage',
      lines('FROM --platform=$BUILDPLATFORM node AS dev', 'FROM debian'),
      ['1 final-stage-platform fail'],
      { target: 'dev' },
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
