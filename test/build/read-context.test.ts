import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readContext } from '../../src/build/read-context.ts';
import { findArchitecture, headFor } from '../../src/model/architecture.ts';

const plenty = { entries: 1000, heads: 1000 };

function program(architecture: string): Uint8Array {
  const row = findArchitecture(architecture);
  if (row === undefined) throw new Error(`no row ${architecture}`);
  return headFor(row);
}

/** A context with these files; what is a program can be executed. */
function makeContext(files: Record<string, string | Uint8Array>): string {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-context-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const mode = typeof content === 'string' || path.endsWith('.node') ? 0o644 : 0o755;
    writeFileSync(join(folder, path), content, { mode });
  }
  return folder;
}

describe('readContext()', () => {
  it('finds the programs, and of what architecture they are', () => {
    const folder = makeContext({
      app: program('amd64'),
      'bin/arm/app': program('arm64'),
      'node_modules/x/x.node': program('s390x'),
      README: 'words',
      '.git/hooks/hook': program('amd64'),
    });
    symlinkSync('app', join(folder, 'link'));
    expect(readContext(folder, join(folder, 'Dockerfile'), plenty)).toEqual({
      programs: [
        { path: 'app', architecture: 'amd64' },
        { path: 'bin/arm/app', architecture: 'arm64' },
        { path: 'node_modules/x/x.node', architecture: 's390x' },
      ],
    });
  });

  it.each<[string, Record<string, string>, string[]]>([
    ['without a list', {}, ['bin/app', 'bin/tool']],
    ['.dockerignore', { '.dockerignore': 'bin' }, []],
    ['an exception', { '.dockerignore': 'bin\n!bin/tool' }, ['bin/tool']],
    [
      'the Dockerfile’s own list first',
      { '.dockerignore': 'bin', 'Dockerfile.dockerignore': '' },
      ['bin/app', 'bin/tool'],
    ],
  ])('honours %s', (_what, lists, expected) => {
    const folder = makeContext({
      ...lists,
      'bin/app': program('amd64'),
      'bin/tool': program('amd64'),
    });
    const { programs } = readContext(folder, join(folder, 'Dockerfile'), plenty);
    expect(programs.map(({ path }) => path)).toEqual(expected);
  });

  it.each([
    { entries: 2, heads: 9 },
    { entries: 9, heads: 2 },
  ])('stops at %j, and says so', (limits) => {
    const folder = makeContext({ a: program('amd64'), b: program('amd64'), c: program('amd64') });
    const { programs, incomplete } = readContext(folder, join(folder, 'Dockerfile'), limits);
    expect(programs).toHaveLength(2);
    expect(incomplete).toContain('more than 2');
  });

  it('does without a folder that is not there', () => {
    expect(readContext('/none', '/none/Dockerfile', plenty)).toEqual({ programs: [] });
  });
});
