import { describe, expect, it } from 'vitest';
import { foundIn, lines, type Row } from './found.ts';

describe('context-dependencies', () => {
  it.each<Row>([
    [
      'node_modules',
      lines('FROM node', 'COPY . /app'),
      ['2 context-dependencies warn'],
      { context: { programs: [{ path: 'node_modules/x/x.node', architecture: 'amd64' }] } },
    ],
    [
      'in a package of a larger one',
      lines('FROM node', 'COPY packages /p'),
      ['2 context-dependencies warn'],
      { context: { programs: [{ path: 'packages/a/node_modules/x/y', architecture: 'amd64' }] } },
    ],
    [
      'a virtual environment of Python',
      lines('FROM python', 'COPY . .'),
      ['2 context-dependencies warn'],
      { context: { programs: [{ path: '.venv/lib/x.so', architecture: 'arm64' }] } },
    ],
    [
      'cargo’s target, and a program beside it',
      lines('FROM rust', 'COPY . .'),
      ['2 context-program warn', '2 context-dependencies warn'],
      {
        context: {
          programs: [
            { path: 'target/debug/a', architecture: 'amd64' },
            { path: 'tool', architecture: 'amd64' },
          ],
        },
      },
    ],
    [
      'a directory that is not copied',
      lines('FROM node', 'COPY src /src'),
      [],
      { context: { programs: [{ path: 'node_modules/x/y', architecture: 'amd64' }] } },
    ],
  ])('%s', (_what, text, found, options) => {
    expect(foundIn(text, options)).toEqual(found);
  });
});
