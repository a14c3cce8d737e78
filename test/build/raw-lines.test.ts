import { expect, test } from 'vitest';
import { rawLines } from '../../src/build/raw-lines.ts';

function linesOf(...chunks: string[]): string[] {
  const written: string[] = [];
  const take = rawLines((lines) => written.push(lines));
  for (const chunk of chunks) take(chunk);
  return written;
}

test('writes whole lines only, and no empty ones', () => {
  expect(linesOf('{"a":1}\n{"b"', ':2}', '\n\n', '\n')).toEqual(['{"a":1}\n', '{"b":2}\n']);
});

test('puts an object of many lines into one', () => {
  const [line = ''] = linesOf('{\n\t"a": [\n', '\t\t"x y"\n\t]\n}\nERROR: no\n').slice(-1);
  expect(line.split('\n')).toEqual(['{"a": ["x y"]}', 'ERROR: no', '']);
});
