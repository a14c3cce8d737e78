import { expect, test } from 'vitest';
import { readingSubcommands } from '../src/commands/binfmt/reading-subcommands.ts';
import { quickNames, readsHere } from '../src/quick.ts';

test.each([
  ['binfmt --local', true],
  ['binfmt list --local --json', true],
  ['binfmt --mount /x show a', true],
  ['binfmt --mount=/x match f --argv --help', true],
  ['binfmt match --local f -- --host', true],
  ['binfmt explain :a:', true],
  ['binfmt explain -', true],
  // All else may load what is not in the one file.
  ['binfmt', false],
  ['binfmt list', false],
  ['binfmt --local --help', false],
  ['binfmt --local -h', false],
  ['binfmt --local=false', false],
  ['binfmt match f --argv --local', false],
  ['binfmt match f -- --local', false],
  ['binfmt add --local arm64', false],
  ['binfmt --mount list add arm64', false],
  ['binfmt --local --host x', false],
  ['binfmt --local lst', false],
  ['build --local', false],
])('%s is for the quick file: %s', (line, quick) => {
  expect(readsHere(line.split(' '))).toBe(quick);
});

test('it knows every subcommand that reads', () => {
  expect(quickNames).toEqual(readingSubcommands.map(({ name }) => name));
});
