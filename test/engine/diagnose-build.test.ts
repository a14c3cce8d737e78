// A step fails; why it does is said at once, and again later by `xbuild diagnose` alone.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { qemuRule } from '../lab/rules.mjs';
import { madeElf } from '../verify/made-elf.ts';
import {
  contentsOf,
  fromScratch,
  makeContext,
  reason,
  skipped,
  withoutRule,
  xbuild,
} from './xbuild.ts';

interface Diagnosed {
  answer: string;
  kind: string;
  cause: { id: string; confidence: string } | null;
  missing: string[];
  fix: { commands: string[] };
  build?: { context: string; platform: string; others: string[] };
}

const last = fromScratch(
  'SHELL ["/bin/sh", "-e", "-c"]\nCOPY run /app/run\nRUN echo begun && /app/run',
);

const cases = [
  {
    text: 'a program of another architecture',
    run: madeElf({ architecture: 'riscv64' }),
    want: 'wrong-architecture',
  },
  {
    text: 'a script with line ends of Windows',
    run: '#!/bin/sh\r\ntrue\r\n',
    want: 'shebang-crlf',
  },
];

describe.skipIf(reason).each([
  { version: '20.10', store: 'classic' },
  { version: '28.5', store: 'containerd' },
] as const)(`Docker $version, $store store${skipped}`, (engine) => {
  let lab: Lab;
  let state: string;
  const diagnosed = async (argv: readonly string[]) => {
    const { json } = await xbuild(lab, ['diagnose', '--json', ...argv], {
      env: { XDG_STATE_HOME: state },
    });
    return json as unknown as Diagnosed;
  };
  const build = async (argv: readonly string[]) => {
    const ended = await xbuild(lab, [...argv], { env: { XDG_STATE_HOME: state } });
    const diagnoses = ended.json.platforms?.map(
      (platform) => (platform as unknown as { diagnosis?: Diagnosed }).diagnosis,
    );
    return { ...ended, diagnoses };
  };

  beforeAll(async () => {
    state = mkdtempSync(join(tmpdir(), 'xbuild-state-'));
    lab = await startEngine({ ...engine, rules: ['arm64'], name: 'failed' });
  });
  afterAll(async () => {
    await lab.stop();
    await rm(state, { recursive: true });
  });

  test.each(cases)('$text', async ({ run, want }) => {
    const context = await makeContext({ Dockerfile: last }, ['amd64', 'arm64']);
    writeFileSync(join(context, 'run'), run, { mode: 0o755 });
    const before = await contentsOf(lab);
    const both = ['--platform', 'linux/amd64,linux/arm64', '--no-cache', '--json'];
    const { status, json, diagnoses } = await build([...both, context]);
    expect(status).toBe(1);
    expect(diagnoses).toMatchObject([
      { kind: 'step', cause: { id: want, confidence: 'certain' }, missing: [] },
      { kind: 'step', cause: { id: want, confidence: 'certain' }, missing: [] },
    ]);
    expect(json.platforms.map(({ failure }) => failure)).toMatchObject([
      { location: 'Dockerfile:7' },
      { location: 'Dockerfile:7' },
    ]);
    expect(await contentsOf(lab)).toEqual(before);
    const arm64 = await diagnosed(['--platform', 'arm64']);
    expect(arm64).toMatchObject({
      cause: { id: want, confidence: 'certain' },
      build: { context, platform: 'linux/arm64', others: ['linux/amd64'] },
    });
  });

  test('a rule that is gone, in a stage with nothing else wrong', async () => {
    const want = withoutRule('qemu-aarch64');
    await lab.writeRule('qemu-aarch64', '-1');
    try {
      const context = await makeContext({ Dockerfile: fromScratch('RUN true') }, ['arm64']);
      const words = ['--no-preflight', '--platform', 'linux/arm64', '--no-cache', context];
      const { diagnoses } = await build(['--json', ...words]);
      expect(diagnoses).toMatchObject([{ kind: 'step', cause: { id: want }, missing: [] }]);
      const { stdout } = await build(words);
      expect(stdout).toMatch(/linux\/arm64 failed at .*RUN true \(Dockerfile:5\)/);
      expect(stdout).toMatch(/✖ [^✖]*\[[\w-]+, certain\]\n/);
      expect(stdout).toContain(`[${want}, certain]\n`);
      expect(stdout).toMatch(/\n→ [^]*\n {4}xbuild preflight --platform linux\/arm64 --fix\n/);
    } finally {
      await lab.register(qemuRule('arm64'));
    }
  });

  test('no shell, since nothing is there yet', async () => {
    const context = await makeContext({ Dockerfile: 'FROM scratch\nRUN true\n' });
    const { diagnoses } = await build(['--json', context]);
    expect(diagnoses).toMatchObject([{ kind: 'step', cause: { id: 'command-not-found' } }]);
  });

  test('an image that would not start has its diagnosis too', async () => {
    const rest = 'COPY run /app/run\nENTRYPOINT ["/app/run"]';
    const context = await makeContext({ Dockerfile: fromScratch(rest) }, ['amd64']);
    writeFileSync(join(context, 'run'), '#!/bin/bash\n', { mode: 0o755 });
    const { status, json } = await build(['--json', '-t', 'app', context]);
    const cause = { id: 'shebang-interpreter-missing', confidence: 'certain' };
    expect(status).toBe(4);
    expect(json.platforms).toMatchObject([{ verification: { diagnosis: { cause } } }]);
    const verified = await xbuild(lab, ['verify', '--json', 'app']);
    expect(verified.json.images).toMatchObject([{ diagnosis: { cause } }]);
    expect(await diagnosed([])).toMatchObject({ kind: 'image', cause, build: { context } });
  });

  test('a test that fails is not diagnosed', async () => {
    const context = await makeContext({ Dockerfile: fromScratch('RUN exit 3') }, ['amd64']);
    const { status, diagnoses } = await build(['--json', context]);
    expect([status, diagnoses]).toEqual([1, [undefined]]);
    const later = await diagnosed([]);
    expect(later).toMatchObject({ answer: 'open', cause: null, build: { context } });
  });
});
