import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { causes } from '../../src/causes/index.ts';
import { gatherTarget } from '../../src/diagnose/find-target.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { program } from './made-facts.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xbuild-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function gather(name: string) {
  const question = { name: join(folder, name), stdin: process.stdin };
  const { facts } = await gatherTarget(question, () => Promise.reject(new Error('no engine')));
  return facts;
}

describe('a file of this machine', () => {
  it.each([
    ['a log', 'exec /app: exec format error\n', 0o644, 'log'],
    ['a log with colours', '\u001b[31mexec /app: exec format error\u001b[0m\n', 0o644, 'log'],
    ['a log with a title', '\u001b]0;build\u0007exec /app: exec format error\n', 0o644, 'log'],
    ['a log with a progress bar', '1%\r2%\b\b3%\r\nexec /app: exec format error\n', 0o644, 'log'],
    ['a script', '#!/bin/sh\n', 0o755, 'file'],
    ['a program', program(), 0o755, 'file'],
    ['a program without permission', program(), 0o644, 'file'],
    ['an empty file', '', 0o644, 'file'],
  ])('%s is taken for what it is', async (name, bytes, mode, kind) => {
    writeFileSync(join(folder, name), bytes, { mode });
    const facts = await gather(name);
    expect(facts.target.kind).toBe(kind);
  });

  it('of 4 GB is read at its beginning only', async () => {
    const path = join(folder, 'sparse');
    writeFileSync(path, '', { mode: 0o755 });
    truncateSync(path, 4 * 2 ** 30);
    const facts = await gather('sparse');
    const { size, head = '' } = facts.files.find((file) => file.path === path) ?? {};
    expect(size).toBe(4 * 2 ** 30);
    expect(head.length).toBeLessThan(10_000);
    expect(diagnose(facts, causes).cause?.id).toBe('not-a-program');
  });

  it('that is a link in a circle is told as one', async () => {
    symlinkSync('circle', join(folder, 'circle'));
    expect(diagnose(await gather('circle'), causes).cause?.id).toBe('symlink-loop');
  });

  it('may have a newline in its name', async () => {
    writeFileSync(join(folder, 'a\nb'), '#!/nonexistent/sh\n', { mode: 0o755 });
    const { cause } = diagnose(await gather('a\nb'), causes);
    expect(cause?.id).toBe('shebang-interpreter-missing');
  });
});
