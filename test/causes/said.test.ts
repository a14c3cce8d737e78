import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { logFacts } from './recorded.ts';
import { engines, loaders, programs, shells } from './said.ts';

function answer(log: string): { id: string | undefined; confidence: string | undefined } {
  const { cause } = diagnose(logFacts({ step: 'run', engine: '', exitCode: null, log }), causes);
  return { id: cause?.id, confidence: cause?.confidence };
}

describe.each(Object.entries({ engines, programs, shells, loaders }))(
  'what %s say names a cause',
  (_, table) => {
    it.each(table)('%s: %s', (__, text, id) => {
      expect(answer(text)).toEqual({ id, confidence: 'possible' });
    });
  },
);

describe('what is said of other things', () => {
  it.each([
    ['a container that ends', 'app-1 exited with code 0'],
    ['a container that fails by itself', 'app-1 exited with code 1'],
    ['a program’s own crash', 'Segmentation fault (core dumped)'],
    ['a file that Python opens', "FileNotFoundError: [Errno 2] No such file or directory: 'a.txt'"],
    ['a page', 'GET /favicon.ico 404: not found'],
    ['a package', 'E: Unable to locate package: not found'],
    ['a restart', 'Warning  BackOff  kubelet  Back-off restarting failed container'],
    ['the option -e of set', '+ set -e'],
  ])('%s: no cause', (_, text) => {
    expect(answer(text).id).toBeUndefined();
  });
});
