import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checks } from '../../src/checks/index.ts';

describe('the catalogue of checks', () => {
  it('is up to date: run node scripts/catalogue.mjs', () => {
    const check = spawnSync(process.execPath, ['scripts/catalogue.mjs', '--check']);
    expect(check.stderr.toString()).toBe('');
    expect(check.status).toBe(0);
  });

  it.each(checks.map(({ id }) => id))('%s has a file and a test of its name', (id) => {
    expect(existsSync(`src/checks/${id}.ts`)).toBe(true);
    expect(existsSync(`test/checks/${id}.test.ts`)).toBe(true);
  });

  it('has ids that are unique, and titles', () => {
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
    expect(checks.every(({ title }) => title.length > 0)).toBe(true);
  });
});
