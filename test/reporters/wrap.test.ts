import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../src/reporters/wrap.ts';
import { renderTable } from '../../src/reporters/table.ts';

describe('wrap()', () => {
  it('keeps every line within the width, and loses no word', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, fc.integer({ min: 30, max: 100 }), (list, width) => {
        const text = wrap(0, '  ', list.join(' '), width);
        expect(text.split('\n').every((line) => line.length <= width)).toBe(true);
        expect(text.split(/\s+/).filter(Boolean)).toEqual(list);
      }),
    );
  });

  it('begins no line with a command of a CI system', () => {
    expect(wrap(2, '  ', '::error file=x::no', 80)).toBe(String.raw`\::error file=x::no`);
    expect(wrap(0, '', 'a long word ::set-env name=x::y', 20)).toBe(
      'a long word\n\\::set-env name=x::y',
    );
    expect(wrap(0, '', '::1 is an address', 80)).toBe('::1 is an address');
  });

  it('cuts a word that is longer than a line', () => {
    expect(wrap(0, '', 'x'.repeat(50), 20).split('\n')).toEqual([
      'x'.repeat(20),
      'x'.repeat(20),
      'x'.repeat(10),
    ]);
  });
});

describe('renderTable()', () => {
  const columns = [
    { heading: 'NAME', leaveOut: 0 },
    { heading: 'NOTE', leaveOut: 2 },
    { heading: 'SIZE', leaveOut: 1, align: 'right' as const },
  ];
  const rows = [
    ['one', 'a long remark', '1'],
    ['three', '', '333'],
  ];

  it('aligns its columns', () => {
    expect(renderTable(columns, rows, { width: 80 })).toEqual([
      'NAME   NOTE           SIZE',
      'one    a long remark     1',
      'three                  333',
    ]);
  });

  it('leaves out first what matters least', () => {
    expect(renderTable(columns, rows, { width: 20 })[0]).toBe('NAME   SIZE');
    expect(renderTable(columns, rows, { width: 5 })[0]).toBe('NAME');
    expect(renderTable(columns, rows, { width: 1 })[0]).toBe('NAME');
  });
});
