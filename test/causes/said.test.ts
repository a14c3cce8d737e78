import { describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { logFacts } from './recorded.ts';
import { engines, loaders, programs, said, shells } from './said.ts';

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

describe('who passes a log on', () => {
  it.each([
    ['compose', 'app-1  | '],
    ['kubelet', '2026-11-30T18:40:13.393585624Z stderr F '],
    ['GitHub', '2026-11-30T18:40:13.3935856Z ##[error]'],
    ['BuildKit', '#7 0.115 '],
    ['Jenkins', '[2026-11-30T18:40:13.393Z] '],
    ['journald', 'Nov 30 18:40:13 host app[12]: '],
  ])('%s: changes no answer', (_, prefix) => {
    const changed = said.filter(([, text, id]) => answer(text.replaceAll(/^/gm, prefix)).id !== id);
    expect(changed).toEqual([]);
  });
});

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
