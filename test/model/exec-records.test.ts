import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compareMatch, type MatchRecord } from './match-records.ts';
import { readRecords } from './records.ts';

const records = readRecords<MatchRecord>('match');
const groups = new Set(records.map(({ group }) => group));

describe('the trace says what a kernel did', () => {
  it.each([...groups])('in every case of group %s', (group) => {
    const wrong = records
      .filter((record) => record.group === group)
      .map((record) => ({ id: record.id, note: record.note, ...compareMatch(record) }))
      .filter(
        ({ expected, actual, samePaths }) => !samePaths || !isDeepStrictEqual(expected, actual),
      );
    expect(wrong).toEqual([]);
  });

  it('in more than three thousand cases', () => {
    expect(records.length).toBeGreaterThan(3300);
  });
});
