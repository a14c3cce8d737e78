import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandsIn, commandsInFile } from '../../src/model/script-commands.ts';

const script = (...lines: string[]) => lines.join('\n');

describe('a script executes', () => {
  test.each<[string, string, string[]]>([
    ['a program by its path', script('#!/bin/sh', '/srv/app -x'), ['/srv/app']],
    ['what stands behind exec', 'exec /srv/app "$@"', ['/srv/app']],
    ['nothing after exec', script('exec "$@"', '/srv/app'), []],
    [
      'something after an exec that only redirects',
      script('exec > /log 2>&1', '/srv/app'),
      ['/srv/app'],
    ],
    ['nothing after exit', script('exit 0', '/srv/app'), []],
    ['several, each once', '/a; /b && /a & /c | /d', ['/a', '/b', '/c', '/d']],
    ['what is behind variables', 'A=1 B="x y" /srv/app', ['/srv/app']],
    ['quoted paths', `"/srv/app" '/srv/b'`, ['/srv/app']],
    ['over two lines', script('exec \\', '  /srv/app \\', '  --port 80'), ['/srv/app']],
    ['by gosu', 'exec gosu app:app /srv/app', ['/srv/app']],
    [
      'by an init with options',
      'exec /sbin/tini -s -- su-exec app /srv/app',
      ['/sbin/tini', '/srv/app'],
    ],
    [
      'by env, sudo, nice, timeout',
      script('env -u A B=1 /a', 'sudo -E -u x /b', 'nice -n 5 /c', 'timeout -k 5 10 /d'),
      ['/a', '/b', '/c', '/d'],
    ],
    ['in a line with &&, after what is no question', 'cd /srv && /srv/app', ['/srv/app']],
    ['what is not negated away', '! /srv/app', ['/srv/app']],
    ['after a function', script('f() {', '  /srv/f', '}', '/srv/app'), ['/srv/app']],
    ['after a subshell', script('( cd /x; /srv/a )', '/srv/app'), ['/srv/app']],
    [
      'after a here-document',
      script('cat <<-"END" > /x', '/no', '\tEND', '/srv/app'),
      ['/srv/app'],
    ],
    [
      'after if, case and loops',
      script(
        'if [ -x /a ]; then /a; else /b; fi',
        'case $1 in',
        ' (a) /c ;;',
        ' b) /d ;;',
        'esac',
        'for x in 1 2; do /e; done',
        'while read l; do /f; done < /in',
        '/srv/app',
      ),
      ['/srv/app'],
    ],
    [
      'with comments and substitutions',
      script(
        '# /no',
        'X=$(/no (a) b) # ; /no',
        'Y=`/no; /no`',
        'echo "; /no" \'; /no\' \\; /no',
        '/srv/app',
      ),
      ['/srv/app'],
    ],
  ])('%s', (_, text, expected) => {
    expect(commandsIn(text)).toEqual(expected);
  });
});

describe('what depends on something does not count', () => {
  test.each([
    script(
      'if [ "$(uname -m)" = x86_64 ]; then',
      'exec /srv/app-amd64',
      'else',
      'exec /srv/app-arm64',
      'fi',
    ),
    script(
      'case "$(uname -m)" in',
      '  x86_64) exec /srv/app-amd64 ;;',
      '  aarch64) exec /srv/app-arm64 ;;',
      'esac',
    ),
    script('start() {', 'exec /srv/app', '}'),
    script('function start {', '/srv/app', '}'),
    '[ -x /srv/app ] && /srv/app',
    script('[ -x /srv/app ] &&', '  /srv/app'),
    'command -v x || /srv/app',
    script('for a in 1; do', '/srv/app', 'done'),
    '/srv/$NAME/app',
    './app',
    'rm -rf /srv/app',
    '',
  ])('%j', (text) => {
    expect(commandsIn(text)).toEqual([]);
  });
});

test('every text is read to its end, and only absolute paths are found', () => {
  const piece = fc.constantFrom(
    ...'if fi then case esac in { } ( ) ; && || | & \n \' " ` \\ $( <<E <<- > # /a /b exec ! A=1 for do done'.split(
      ' ',
    ),
    '\n',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      expect(commandsIn(pieces.join(' ')).every((path) => path.startsWith('/'))).toBe(true);
    }),
  );
});

const inFile = (text: string, size = text.length) => commandsInFile(Buffer.from(text), size);

describe('a file', () => {
  test.each<[string, string[], string[]]>([
    ['for a shell is read', inFile('#!/bin/sh\n/srv/app'), ['/srv/app']],
    ['for a shell by env, too', inFile('#!/usr/bin/env bash\n/srv/app\n'), ['/srv/app']],
    [
      'of which more is to come, without its last line',
      inFile('#!/bin/sh\n/a\n/srv/ap', 300),
      ['/a'],
    ],
    ['for something else is not', inFile('#!/usr/bin/python3\n/srv/app\n'), []],
    ['without a #! line is not', inFile('/srv/app\n'), []],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });
});
