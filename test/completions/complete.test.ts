import { describe, expect, it, test } from 'vitest';
import { completeWords, type CompletionCommand } from '../../src/completions/complete.ts';

const commands: CompletionCommand[] = [
  {
    name: 'build',
    summary: 'builds',
    words: 'folders',
    flags: [
      { name: 'platform', kind: 'value', value: 'LIST', values: ['linux/amd64', 'linux/arm64'] },
      { name: 'progress', kind: 'value', value: 'KIND', values: ['auto', 'plain'] },
      { name: 'file', short: 'f', kind: 'value', values: 'files' },
      { name: 'tag', short: 't', kind: 'value' },
      { name: 'push', kind: 'bool', help: 'push it' },
    ],
  },
  {
    name: 'binfmt',
    summary: 'rules',
    flags: [],
    subcommands: [
      { name: 'show', summary: 'one', flags: [{ name: 'local', kind: 'bool' }] },
      { name: 'add', summary: 'more', flags: [], words: [{ word: 'arm64', description: '' }] },
    ],
  },
];

function offered(line: string): { words: string[]; names: string } {
  const { candidates, names } = completeWords(line.split(' '), commands);
  return { words: candidates.map(({ word }) => word), names };
}

describe('what is offered', () => {
  test.each([
    ['', ['build', 'binfmt'], 'folders'],
    ['bi', ['binfmt'], 'folders'],
    ['--pu', ['--push'], 'none'],
    ['build --p', ['--platform', '--progress', '--push'], 'none'],
    ['build --platform ', ['linux/amd64', 'linux/arm64'], 'none'],
    ['--platform linux/arm64,', ['linux/arm64,linux/amd64'], 'none'],
    ['build --platform=linux/arm', ['--platform=linux/arm64'], 'none'],
    ['build --progress p', ['plain'], 'none'],
    ['build -f ', [], 'files'],
    ['build -qf ', [], 'files'],
    ['build --file=x', [], 'files'],
    ['build -t ', [], 'none'],
    ['build --push ', [], 'folders'],
    ['build x', [], 'folders'],
    ['build --nothing=', [], 'none'],
    ['build -- --p', [], 'none'],
    ['binfmt ', ['show', 'add'], 'none'],
    ['binfmt add ', ['arm64'], 'none'],
    ['binfmt show --', ['--local'], 'none'],
  ])('xbuild %s', (line, words, names) => {
    expect(offered(line)).toEqual({ words, names });
  });

  it('a description of each', () => {
    expect(completeWords(['--pu'], commands).candidates).toEqual([
      { word: '--push', description: 'push it' },
    ]);
  });
});
