// The package as users get it: packed, installed in an empty folder, with nothing else beside it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inLanguage } from '../docs-pages.ts';
import { reason, skipped } from './xbuild.ts';

describe.skipIf(reason)(`the packed package${skipped}`, () => {
  let folder: string;
  let files: string[];
  const run = (command: string, ...words: string[]) =>
    execFileSync(command, words, { cwd: folder, encoding: 'utf8', stdio: 'pipe' });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'xbuild-package-'));
    const words = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const [packed] = JSON.parse(execFileSync('npm', words, { encoding: 'utf8' })) as [
      { filename: string; files: { path: string }[] },
    ];
    files = packed.files.map(({ path }) => path);
    writeFileSync(join(folder, 'package.json'), '{"private": true}');
    run('npm', 'install', '--offline', '--no-audit', '--no-fund', `./${packed.filename}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('holds what is needed and nothing else', () => {
    const tops = new Set(files.map((path) => path.split('/')[0]));
    expect([...tops].toSorted((a = '', b = '') => (a < b ? -1 : 1))).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist',
        'package.json',
        'schema',
        'templates',
      ]),
    );
    expect(files.filter((path) => /^(?:src|test|scripts|examples)\//.test(path))).toEqual([]);
    expect(
      readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ).toEqual(['xbuild']);
  });

  test('has the command, its templates and its manual page', () => {
    expect(run('npx', '--offline', 'xbuild', '--version')).toMatch(/^xbuild \d/);
    run('npx', '--offline', 'xbuild', 'init', '--yes', '--dockerfile', 'go', '--ci', 'github');
    expect(readFileSync(join(folder, 'Dockerfile'), 'utf8')).toContain('TARGETARCH');
    expect(files).toContain('dist/xbuild.1');
  });

  test('is a library', () => {
    const script = `import { build, diagnose, parsePlatform, parseRule, preflight, readElf, traceExec, verify } from 'xbuild';
for (const one of [build, diagnose, parsePlatform, parseRule, preflight, readElf, traceExec, verify]) if (typeof one !== 'function') throw new Error('missing');
const { answer, causes } = await diagnose({ target: './script', kind: 'file' }).then((found) => ({ answer: found.answer, causes: found }));
console.log(parsePlatform('aarch64').architecture, answer);`;
    writeFileSync(join(folder, 'script'), '#!/nowhere/sh\n', { mode: 0o755 });
    writeFileSync(join(folder, 'library.mjs'), script);
    expect(run(process.execPath, 'library.mjs')).toBe('arm64 cause\n');
  });

  test('has types that a strict compiler takes, by every way in', () => {
    const source = `import { build, traceExec, verify, viewOfFacts, XbuildError, type BuildEvent, type Trace } from 'xbuild';
import { isElf, readElf, type Elf } from 'xbuild/model';
import schema from 'xbuild/schema/build.schema.json' with { type: 'json' };
export function onEvent(event: BuildEvent): string {
  switch (event.kind) {
    case 'step': return event.state;
    case 'output': case 'message': return event.text;
    default: { const none: never = event; return none; }
  }
}
const report = await build({ arguments: ['.'], onEvent: (event, [platform]) => console.log(platform, onEvent(event)) });
export const failed: string | undefined = report.platforms[0]?.failure?.error;
export const [first] = await verify({ images: ['app'] });
const elf = readElf(new Uint8Array());
export const machine: Elf['machine'] | undefined = isElf(elf) ? elf.machine : undefined;
export const trace: Trace = traceExec({ path: '/app', argv: ['/app'], view: viewOfFacts([]), rules: [], enabled: true, native: [] });
// @ts-expect-error A platform is a list.
void verify({ images: ['app'], platforms: 'linux/arm64' });
export const names: string[] = [XbuildError.name, schema.title];
`;
    writeFileSync(join(folder, 'consumer.mts'), source);
    const tsc = join(process.cwd(), 'node_modules', '.bin', 'tsc');
    const options = ['--noEmit', '--strict', '--target', 'es2023', '--resolveJsonModule'];
    // The documentation's programs, as they stand there.
    const programs = inLanguage('ts').filter(({ page }) => page === 'docs/library.md');
    const shown = programs.map(({ text }, at) => {
      writeFileSync(join(folder, `shown${at}.mts`), text);
      return `shown${at}.mts`;
    });
    expect(shown.length).toBeGreaterThan(2);
    for (const way of [['nodenext'], ['esnext', '--moduleResolution', 'bundler']])
      expect(run(tsc, ...options, '--module', ...way, 'consumer.mts', ...shown)).toBe('');
  });

  test('has a pure part that imports nothing, so a browser can load it', () => {
    const text = readFileSync(join(folder, 'node_modules/xbuild/dist/model.mjs'), 'utf8');
    expect(text).not.toMatch(/^import |import\(|require\(|process\.|Buffer\b/m);
    const script =
      "import { readElf, traceExec } from 'xbuild/model'; console.log(typeof readElf, typeof traceExec);";
    writeFileSync(join(folder, 'pure.mjs'), script);
    expect(run(process.execPath, 'pure.mjs')).toBe('function function\n');
  });
});
