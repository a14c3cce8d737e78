import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lookAt, writeFiles } from '../../src/init/write-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xbuild-init-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (path: string, text = 'new\n') => ({ path, text, title: 'a file' });

it('tells what is there', () => {
  writeFileSync(join(folder, 'same'), 'new\n');
  writeFileSync(join(folder, 'other'), 'old\n');
  expect(['same', 'other', 'none', '.'].map((path) => lookAt(folder, file(path)))).toEqual([
    'same',
    'other',
    'nothing',
    'other',
  ]);
});

it('makes the folders that are missing', () => {
  writeFiles(folder, [file('a/b/c')]);
  expect(readFileSync(join(folder, 'a/b/c'), 'utf8')).toBe('new\n');
});

it('where one cannot be written, what was new is removed and what was there stays', () => {
  writeFileSync(join(folder, 'blocks'), 'old\n');
  expect(() => writeFiles(folder, [file('first'), file('blocks/second')])).toThrow(
    'blocks/second cannot be written',
  );
  expect(existsSync(join(folder, 'first'))).toBe(false);
  expect(readFileSync(join(folder, 'blocks'), 'utf8')).toBe('old\n');
});
