import { expect, test } from 'vitest';
import { guardOutput } from '../../src/io/guard-stream.ts';

const words = 'the kernel\u2019s \u2026 \u00e9';

function written(isTTY: boolean, env: Record<string, string>): string {
  let text = '';
  guardOutput({ isTTY, write: (more) => (text += more) }, undefined, env).write(words);
  return text;
}

test('a terminal that shows ASCII alone gets none of xbuild\u2019s other letters', () => {
  expect(written(true, { LC_ALL: 'C' })).toBe("the kernel's ... \u00e9");
});

test.each([
  [true, { LANG: 'en_GB.UTF-8' }],
  [false, { LC_ALL: 'C' }],
])('what goes elsewhere stays as it is (terminal: %s, %j)', (isTTY, env) =>
  expect(written(isTTY, env)).toBe(words),
);
