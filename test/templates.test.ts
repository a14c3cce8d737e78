import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseBuildRequest } from '../src/build/request.ts';

const folder = join(import.meta.dirname, '..', 'templates', 'ci');

describe.each(readdirSync(folder))('templates/ci/%s', (name) => {
  const text = readFileSync(join(folder, name), 'utf8');

  it('is YAML', () => {
    expect(Object.keys(parse(text) as object)).not.toEqual([]);
  });

  it('runs xbuild with words that it takes', () => {
    const commands = [...text.matchAll(/npx xbuild (--platform .*)$/gm)].map(
      ([, words = '']) => words,
    );
    const requests = commands.map((words) =>
      parseBuildRequest(words.replaceAll('"', '').split(' '), {}),
    );
    expect(requests).toEqual([
      expect.objectContaining({ output: 'push', context: '.', verify: true }),
    ]);
  });
});
