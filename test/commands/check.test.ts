import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './run-main.ts';

let folder: string;
let config: string;

/** The Dockerfile has another name, and is wrong in the stage `pinned` only. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'xbuild-check-'));
  mkdirSync(join(folder, 'docker'));
  const stages = 'FROM busybox AS fine\nFROM --platform=linux/amd64 busybox AS pinned\n';
  writeFileSync(join(folder, 'docker', 'Own'), stages);
  config = join(folder, 'xbuild.yaml');
});

afterAll(() => rmSync(folder, { recursive: true }));

function image(target: string): string {
  return `{ tags: ["a"], dockerfile: docker/Own, platforms: [linux/arm64], target: ${target} }`;
}

function write(...targets: string[]): void {
  const images = targets.map((target) => `  ${target}: ${image(target)}\n`);
  writeFileSync(config, `version: 1\nimages:\n${images.join('')}`);
}

test('check goes by the Dockerfile, platforms and target of xbuild.yaml', async () => {
  write('fine');
  const fine = await run('check', '--config', config);
  expect(fine.stderr).toBe('');
  // Where lines are broken depends on how long the path to the folder is from here.
  expect(fine.stdout.replaceAll(/\s+/g, ' ')).toContain('no mistake found for linux/arm64');
  expect(fine.status).toBe(0);
  write('pinned');
  const pinned = await run('check', '--strict', '--config', config);
  expect(pinned.stdout).toContain('Own:2: ');
  expect(pinned.status).toBe(4);
});

test('check looks at every image of xbuild.yaml, and writes a document of one', async () => {
  write('fine', 'pinned');
  const all = await run('check', '--strict', '--config', config);
  expect(all.stdout).toMatch(/^image fine\n[^]*no\s+mistake[^]*image pinned\n[^]*Own:2: /);
  expect(all.status).toBe(4);
  const json = await run('check', '--json', '--config', config);
  expect(json.status).toBe(2);
  const one = await run('check', '--json', '--config', config, 'fine');
  expect(JSON.parse(one.stdout)).toMatchObject({ command: 'check', ok: true });
});
