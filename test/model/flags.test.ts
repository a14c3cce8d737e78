import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOn, parseArguments, valuesOf, type Flag } from '../../src/model/flags.ts';

const table: Flag[] = [
  { name: 'tag', short: 't', kind: 'value', value: 'NAME' },
  { name: 'quiet', short: 'q', kind: 'bool' },
  { name: 'debug', short: 'D', kind: 'bool' },
  { name: 'platform', kind: 'value' },
];

describe('parseArguments() reads a command line as docker does', () => {
  it.each<[string, string[], string[], string[]]>([
    ['--tag app .', ['tag=app'], ['.'], []],
    ['--tag=app .', ['tag=app'], ['.'], []],
    ['--tag=a=b .', ['tag=a=b'], ['.'], []],
    ['-t app .', ['tag=app'], ['.'], []],
    ['-tapp .', ['tag=app'], ['.'], []],
    ['-t=app .', ['tag=app'], ['.'], []],
    ['-qDt app .', ['quiet=true', 'debug=true', 'tag=app'], ['.'], []],
    ['--quiet=false .', ['quiet=false'], ['.'], []],
    ['--quiet=T .', ['quiet=true'], ['.'], []],
    ['-q=0 .', ['quiet=false'], ['.'], []],
    ['. --tag app', ['tag=app'], ['.'], []],
    ['-', [], ['-'], []],
    ['--tag - -', ['tag=-'], ['-'], []],
    ['--tag --quiet .', ['tag=--quiet'], ['.'], []],
    ['-q -- --tag x', ['quiet=true'], ['--tag', 'x'], []],
    ['--tag a --tag b .', ['tag=a', 'tag=b'], ['.'], []],
  ])('%s', (line, flags, positionals) => {
    const parsed = parseArguments(line.split(' '), table);
    expect(parsed.flags.map(({ name, value }) => `${name}=${value}`)).toEqual(flags);
    expect(parsed.positionals).toEqual(positionals);
  });

  it.each([
    ['--tga app .', 'there is no flag --tga', 'Did you mean --tag?'],
    ['-x .', 'there is no flag -x', 'See the flags with --help.'],
    ['-qx .', 'there is no flag -x (in -qx)', 'See the flags with --help.'],
    ['. --tag', '--tag needs a value, and nothing follows it', 'Write --tag NAME.'],
    [
      '--quiet=maybe .',
      '--quiet is either on or off: received "maybe"',
      'Write --quiet or --quiet=false.',
    ],
  ])('refuses %s', (line, message, hint) => {
    expect(() => parseArguments(line.split(' '), table)).toThrow(
      expect.objectContaining({ code: 'bad-flag', message, hint }),
    );
  });

  it('loses no word: flags and positionals hold every one', () => {
    const word = fc.constantFrom('-q', '--quiet=false', '--tag=x', '-tx', '.', '-', 'a b');
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const { flags, positionals } = parseArguments(argv, table);
        const words = [...flags.flatMap((flag) => flag.words), ...positionals];
        expect(words.toSorted()).toEqual(argv.toSorted());
      }),
    );
  });
});

describe('isOn() and valuesOf()', () => {
  it('the last one counts for a bool flag, all for a list', () => {
    const parsed = parseArguments(['-q', '--quiet=false', '-t', 'a', '-t', 'b'], table);
    expect(isOn(parsed, 'quiet')).toBe(false);
    expect(isOn(parsed, 'debug', true)).toBe(true);
    expect(valuesOf(parsed, 'tag')).toEqual(['a', 'b']);
  });
});
