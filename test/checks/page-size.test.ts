import { describe, expect, it } from 'vitest';
import { check } from '../../src/checks/page-size.ts';
import { only } from './facts.ts';

describe('page-size', () => {
  it.each([
    [4096, 'pass', '4 KB'],
    [16_384, 'warn', '16 KB'],
    [65_536, 'warn', '64 KB'],
  ])('%i: %s', (pageSize, status, words) => {
    const finding = only(check, { kernel: { pageSize } });
    expect(finding.status).toBe(status);
    expect(finding.message).toContain(words);
  });
});
