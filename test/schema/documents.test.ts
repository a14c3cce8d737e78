import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { documentSchemas } from '../../scripts/document-schemas.mjs';
import { describeRules } from '../../src/binfmt/list.ts';
import { matchFile } from '../../src/binfmt/match.ts';
import { showRule } from '../../src/binfmt/show.ts';
import { causes } from '../../src/causes/index.ts';
import { judge } from '../../src/checks/preflight.ts';
import { diagnose } from '../../src/diagnose/judge.ts';
import { main } from '../../src/main.ts';
import type { BuildReport, PlatformResult } from '../../src/model/build.ts';
import type { ImageVerification } from '../../src/model/verification.ts';
import { listDocument, matchDocument, showDocument } from '../../src/reporters/binfmt-json.ts';
import { diagnoseDocument } from '../../src/reporters/diagnose-json.ts';
import { buildDocument, preflightDocument, verifyDocument } from '../../src/reporters/json.ts';
import { file, lookIn, madeTable, program } from '../binfmt/made-table.ts';
import { containerFacts, logFacts, records } from '../causes/recorded.ts';
import { emulated, engine, facts } from '../checks/facts.ts';
import { schemaOf, wrongWith } from '../document-schema.ts';
import { wrongProgram } from '../reporters/made-report.ts';

it(
  'the shipped schemas are those of the types: npm run generate writes them',
  { timeout: 180_000 },
  () => {
    const made = documentSchemas();
    const shipped = Object.keys(made).map((name): [string, unknown] => [
      name,
      JSON.parse(readFileSync(`schema/${name}`, 'utf8')),
    ]);
    expect(Object.fromEntries(shipped)).toEqual(JSON.parse(JSON.stringify(made)));
  },
);

const verification: ImageVerification = {
  reference: 'app:1',
  platform: 'linux/arm64',
  ok: false,
  declared: 'linux/arm64',
  uname: { expected: ['aarch64'], actual: null, by: 'none' },
  entrypoint: [
    { path: '/app', role: 'entrypoint', description: 'amd64 program', architecture: 'amd64' },
  ],
  findings: [wrongProgram],
};

describe('documents', () => {
  it.each([
    ['a good engine', {}],
    ['an engine without rules', { platforms: ['linux/arm64'], named: true }],
    ['an engine that was not looked at', { kernel: 'unknown' as const }],
    ['a client that is missing', { client: { unknown: 'there is none' } }],
    ['emulation', { platforms: ['linux/arm64'], ...emulated('arm64') }],
  ])('of preflight: %s', (_name, setting) => {
    expect(wrongWith({ ...preflightDocument(judge(facts(setting))) })).toEqual([]);
    const stopped = { ...preflightDocument(judge(facts(setting))), command: 'build' };
    expect(wrongWith(stopped)).toEqual([]);
  });

  const [record] = records.flatMap((one) =>
    one.steps.flatMap((step) => containerFacts(one, step) ?? []),
  );

  it('of a build', () => {
    const result: PlatformResult = {
      platform: 'linux/arm64',
      ok: false,
      state: 'failed',
      support: { platform: 'linux/arm64', support: 'native' },
      node: 'box',
      seconds: 1,
      emulatedShare: null,
      tags: [],
      verification,
      failure: { step: null, error: 'x', lines: [], finding: wrongProgram },
      ...(record === undefined ? {} : { diagnosis: diagnose(record, causes) }),
    };
    const report: BuildReport = {
      ok: false,
      engine,
      platforms: [result],
      checks: [wrongProgram],
      notes: ['Mind this.'],
      indexes: [{ reference: 'r/app:1', digest: 'sha256:1', platforms: ['linux/arm64'] }],
    };
    expect(wrongWith({ ...buildDocument(report) })).toEqual([]);
  });

  it('of verify', () => {
    expect(wrongWith({ ...verifyDocument([verification]) })).toEqual([]);
  });

  it('of diagnose, for every recorded failure', () => {
    const all = records.flatMap((one) =>
      one.steps.flatMap((step) => [containerFacts(one, step) ?? [], logFacts(step)].flat()),
    );
    const wrong = all.flatMap((one) =>
      wrongWith({ ...diagnoseDocument(diagnose(one, causes)) }),
    );
    expect(all.length).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });
});

describe('documents of binfmt', () => {
  const table = madeTable({
    rules: [
      ':qemu-aarch64:M::\\x7fELF\\x02\\x01\\x01\\x00::/usr/bin/qemu-aarch64-static:POCF',
      ':wine:E::exe::/usr/bin/wine:',
      { name: 'odd', text: 'enabled\ninterpreter rel\nflags: \nnew line\n' },
    ],
    files: { '/usr/bin/qemu-aarch64-static': program(), '/tmp/a': file('MZ') },
  });

  it('of list and show', async () => {
    const rows = await describeRules(table);
    expect(rows).toHaveLength(3);
    expect(wrongWith({ ...listDocument(table, rows) })).toEqual([]);
    for (const { name } of rows) {
      const view = await showRule(table, name);
      expect(view && wrongWith({ ...showDocument(table, view) })).toEqual([]);
    }
  });

  it.each(['/tmp/a', '/tmp/a.exe', '/none', '/usr/bin/qemu-aarch64-static'])('of match %s', async (path) => {
    const lookHere = lookIn({ '/tmp/a': file('MZ'), '/tmp/a.exe': file('MZ'), '/usr/bin/qemu-aarch64-static': program() });
    const match = await matchFile({ path, argv: [path], cwd: '/', lookHere }, table);
    expect(wrongWith({ ...matchDocument(table, match) })).toEqual([]);
  });
});

describe('what the command prints', () => {
  beforeAll(() => {
    vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/docker.sock');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['preflight', 'preflight'],
    ['verify app', 'verify'],
    ['diagnose --kind container app', 'diagnose'],
    ['build /nonexistent', 'build'],
    ['diagnose /bin/sh', 'diagnose'],
    ['diagnose --list', 'diagnose'],
    ['check /nonexistent', 'check'],
    ['binfmt list --mount /nonexistent', 'binfmt-list'],
    ['binfmt explain :a:M::x::/bin/a:F', 'binfmt-explain'],
    ['binfmt explain :a', 'binfmt-explain'],
  ])('with %s --json', async (line, schema) => {
    const document = await printedBy(line.split(' '));
    expect(schemaOf(String(document['command']))).toBe(schema);
    expect(document).toMatchObject({ schemaVersion: 1 });
    expect(wrongWith(document)).toEqual([]);
  });

  it('with check --json, of a Dockerfile with a mistake', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xbuild-'));
    onTestFinished(() => {
      rmSync(folder, { recursive: true });
    });
    writeFileSync(
      join(folder, 'Dockerfile'),
      'FROM alpine\nADD https://example.com/tool-linux-amd64 /usr/bin/tool\n',
    );
    const document = await printedBy(['check', folder]);
    expect(document).toMatchObject({ command: 'check', platforms: ['linux/amd64', 'linux/arm64'] });
    expect(document['mistakes']).not.toEqual([]);
    expect(wrongWith(document)).toEqual([]);
  });
});

/** What the command prints with --json. */
async function printedBy(words: readonly string[]): Promise<Record<string, unknown>> {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) =>
    Boolean(written.push(String(text))),
  );
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  await main([...words, '--json']);
  vi.restoreAllMocks();
  return JSON.parse(written.join('')) as Record<string, unknown>;
}
