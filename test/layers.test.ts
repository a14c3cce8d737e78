import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * Who may import whom: the architecture, as a test. A folder may import itself and the folders
 * named here; only the folders in `worldly` may touch Node and packages.
 */
const mayImport: Record<string, string[]> = {
  model: [],
  checks: ['model'],
  dockerfile: ['model'],
  mistakes: ['model', 'dockerfile'],
  progress: ['model'],
  ci: ['model'],
  reports: ['model'],
  reporters: ['model', 'progress', 'binfmt', 'ci'],
  io: ['model', 'progress', 'ci'],
  probe: ['model', 'io'],
  facts: ['model', 'io', 'probe'],
  verify: ['model', 'dockerfile', 'io', 'probe', 'facts', 'checks', 'faults', 'inventory'],
  binfmt: ['model', 'io', 'checks', 'probe'],
  causes: ['model'],
  faults: ['model'],
  diagnose: ['model', 'io', 'probe', 'verify', 'inventory'],
  completions: ['model'],
  config: ['model'],
  inventory: ['model', 'io', 'probe'],
  init: ['model'],
  changes: ['model', 'io', 'probe', 'binfmt'],
  build: ['model', 'dockerfile', 'mistakes', 'io', 'checks', 'facts', 'progress', 'verify'],
  commands: [
    'model',
    'dockerfile',
    'mistakes',
    'io',
    'checks',
    'facts',
    'probe',
    'build',
    'completions',
    'config',
    'inventory',
    'faults',
    'init',
    'verify',
    'binfmt',
    'changes',
    'causes',
    'diagnose',
    'progress',
    'ci',
    'reports',
    'reporters',
  ],
};
const worldly = new Set([
  'io',
  'probe',
  'facts',
  'inventory',
  'verify',
  'binfmt',
  'changes',
  'diagnose',
  'build',
  'config',
  'init',
  'commands',
]);
/** Of these folders only files that begin so do; no reporter imports them. */
const worldlyFiles: Record<string, RegExp> = { binfmt: /^(?:read|write)-/ };

const src = join(import.meta.dirname, '..', 'src');

interface Import {
  file: string;
  from: string;
  to: string;
}

function importsOf(folder: string): Import[] {
  const files = readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const path = join(src, folder, file);
      const text = readFileSync(path, 'utf8');
      const found = text.matchAll(/(?:\sfrom\s|import\()\s*'([^']+)'/g);
      return [...found].map(([, to = '']) => ({ file: relative(src, path), from: path, to }));
    });
}

function targetFolder({ from, to }: Import): string {
  return relative(src, normalize(join(dirname(from), to))).split('/')[0] ?? '';
}

describe('the folders of src', () => {
  it('are all named here', () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).toSorted()).toEqual(Object.keys(mayImport).toSorted());
  });

  it.each(Object.entries(mayImport))('%s imports itself and %j', (folder, allowed) => {
    const wrong = importsOf(folder)
      .filter(({ to }) => to.startsWith('.'))
      .filter((one) => ![folder, ...allowed].includes(targetFolder(one)));
    expect(wrong.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
  });

  it.each(Object.keys(mayImport).filter((folder) => !worldly.has(folder)))(
    '%s is pure: it imports neither Node nor packages',
    (folder) => {
      const wrong = importsOf(folder).filter(({ to }) => !to.startsWith('.'));
      expect(wrong.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
    },
  );

  it.each(Object.entries(worldlyFiles))('%s touches Node only in files %s', (folder, begins) => {
    const isWorldly = (path: string) => begins.test(path.split('/').at(-1) ?? '');
    const wrong = importsOf(folder)
      .filter(({ from, to }) => !to.startsWith('.') && !isWorldly(from))
      .concat(importsOf('reporters').filter(({ to }) => to.includes(folder) && isWorldly(to)));
    expect(wrong.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
  });
});
