import { describe, expect, it } from 'vitest';
import { parseIgnore } from '../../src/dockerfile/ignore.ts';

describe('parseIgnore() leaves out of the context what Docker does', () => {
  it.each<[string, string, boolean, string]>([
    ['a directory', 'node_modules', true, 'node_modules/a/b.node'],
    ['not one further down', 'node_modules', false, 'web/node_modules/a'],
    ['with a slash at its end', 'target/', true, 'target/debug/app'],
    ['with a slash at its start', '/target', true, 'target/debug/app'],
    ['at any depth', '**/node_modules', true, 'web/app/node_modules/a'],
    ['at any depth, the top as well', '**/node_modules', true, 'node_modules/a'],
    ['one sign', '*.o', true, 'a.o'],
    ['not over directories', '*.o', false, 'src/a.o'],
    ['over directories', '**/*.o', true, 'src/x/a.o'],
    ['everything', '*', true, 'bin/app'],
    ['all but one', '*\n!bin/app', false, 'bin/app'],
    ['all but one: the others', '*\n!bin/app', true, 'bin/other'],
    ['the last line decides', '!bin\nbin', true, 'bin/app'],
    ['a comment', '# bin', false, 'bin/app'],
    ['blanks around', '  bin  ', true, 'bin/app'],
    ['a class', 'bi[mn]', true, 'bin'],
    ['a dot is a dot', 'a.o', false, 'axo'],
    ['a path that is cleaned', './bin//', true, 'bin/app'],
    ['line ends of Windows', 'bin\r\nlib\r\n', true, 'bin/x'],
    ['nothing', '', false, 'bin'],
  ])('%s', (_what, text, expected, path) => {
    expect(parseIgnore(text).leavesOut(path)).toBe(expected);
  });
});
