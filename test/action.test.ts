import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseBuildRequest } from '../src/build/request.ts';

const text = readFileSync('action.yml', 'utf8');
const action = parse(text) as {
  inputs: Record<string, unknown>;
  runs: { steps: { id: string; shell: string; env: Record<string, string>; run: string }[] };
};

it('action.yml has what GitHub demands of a composite action', () => {
  expect(action).toMatchObject({
    name: expect.any(String) as unknown,
    description: expect.any(String) as unknown,
    runs: { using: 'composite' },
  });
  for (const { shell, run, id } of action.runs.steps) {
    expect([shell, id]).toEqual(['bash', 'xbuild']);
    expect(run).not.toContain('${{');
  }
  const used = [...text.matchAll(/\$\{\{ inputs\.([\w-]+) \}\}/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(Object.keys(action.inputs)));
});

it('runs xbuild with words that it takes, and no input is run by the shell', () => {
  const folder = mkdtempSync(join(tmpdir(), 'xbuild-action-'));
  const npx = join(folder, 'npx');
  writeFileSync(npx, '#!/bin/sh\nprintf "%s\\0" "$@"\n');
  chmodSync(npx, 0o755);
  const inputs = {
    PLATFORMS: 'linux/amd64,linux/arm64',
    CONTEXT: 'some folder',
    FILE: 'docker/Dockerfile',
    TAGS: 'app:1\napp:2\n',
    PUSH: 'false',
    VERIFY: 'true',
    BUILD_ARGS: 'A=$(touch owned) "b"\n',
    JUNIT: 'a.xml',
    SARIF: '',
  };
  const [step] = action.runs.steps;
  expect(Object.keys(step?.env ?? {}).toSorted()).toEqual(Object.keys(inputs).toSorted());
  const env = { ...inputs, PATH: `${folder}:${process.env['PATH']}` };
  const said = execFileSync('bash', ['-e', '-c', step?.run ?? ''], { env, cwd: folder });
  const words = said.toString().split('\0').slice(0, -1);
  rmSync(folder, { recursive: true });
  expect(words.slice(0, 3)).toEqual(['--yes', 'xbuild', 'build']);
  expect(parseBuildRequest(words.slice(3), {})).toMatchObject({
    context: 'some folder',
    file: 'docker/Dockerfile',
    tags: ['app:1', 'app:2'],
    output: 'store',
    verify: true,
    reports: ['junit=a.xml'],
    passed: expect.arrayContaining([
      expect.objectContaining({ name: 'build-arg', value: 'A=$(touch owned) "b"' }),
    ]) as unknown,
  });
});
