import * as fc from 'fast-check';
import type { Finding } from '../../src/model/finding.ts';
import type { Report, ReportSubject } from '../../src/model/report.ts';
import type { Reported } from '../../src/reporters/reporter.ts';

export const wrongProgram: Finding = {
  id: 'entrypoint-architecture',
  status: 'fail',
  platform: 'linux/arm64',
  message: '/app is an amd64 program, and the image is for linux/arm64',
  why: 'It ends in "exec format error" where nothing emulates amd64.',
  evidence: ['ENTRYPOINT of app:1', '/app: amd64 program, statically linked'],
  fix: { text: 'Build it for the platform.', commands: ['docker build --platform linux/arm64 .'] },
  location: {
    path: '/app',
    layer: { diffId: 'sha256:1111', index: 2, createdBy: 'COPY app /app # buildkit' },
    source: { file: 'docker/Dockerfile', line: 7, endLine: 8 },
  },
};

export function subject(change: Partial<ReportSubject> = {}): ReportSubject {
  return {
    name: 'app:1 linux/arm64',
    image: 'app:1',
    platform: 'linux/arm64',
    outcome: 'failed',
    summary: 'not verified',
    seconds: 1.25,
    findings: [wrongProgram],
    ...change,
  };
}

export function report(change: Partial<Report> = {}): Report {
  return {
    command: 'verify',
    ok: false,
    exitStatus: 4,
    seconds: 2.5,
    subjects: [subject()],
    notes: [],
    outputs: {},
    ...change,
  };
}

export function reported(change: Partial<Report> = {}): Reported {
  return {
    report: report(change),
    document: { schemaVersion: 1 },
    text: () => 'text\n',
    version: '1.2.3',
  };
}

/** What somebody may write into an image path or a log who wants more than to be read. */
const hostile = [
  '::stop-commands::token',
  '\n::error file=x,line=1::owned',
  '\r::set-output name=x::y',
  '\u00A0 ::add-mask::a',
  'x ##[add-mask]a',
  '##vso[task.setvariable variable=x]y',
  "##teamcity[buildProblem description='x']",
  '--- group',
  '\n+++ group',
  '\u001B[0Ksection_start:1:x\r',
  '\u001B[31m',
  '</testsuite>]]><x a="',
  '&lt;&#0;<!--',
  '`````',
  '\n```\n# title\n',
  '| a | b |\n|---|---|',
  '<script>alert(1)</script><img src=x>',
  '[x](javascript:alert(1)) ![x](http://x)',
  '@octocat https://example.com www.example.com a@example.com',
  '**b** _i_ ~~s~~ \\* &amp; <!-- -->',
  '    code',
  '1. one',
  '- [ ] task',
  '> quote',
  '[^1]: note',
  '{"a":"\\u0000"}',
  '\uD800',
  '\uFFFE\uFFFF\u0000\u0085\u2028',
  '%0A%25',
  'EOF',
];

export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(...hostile),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.constantFrom('a', ' ', '\n', '#', ':'),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.join(''));

const anyPath = anyText.map((text) => Buffer.from(text, 'utf8').toString('latin1'));

const anyFinding: fc.Arbitrary<Finding> = fc.record(
  {
    id: anyText,
    status: fc.constantFrom('pass', 'warn', 'fail', 'unknown'),
    message: anyText,
    why: anyText,
    evidence: fc.array(anyText, { maxLength: 2 }),
    platform: anyText,
    fix: fc.record({ text: anyText, commands: fc.array(anyText, { maxLength: 2 }) }),
    location: fc.record(
      {
        path: anyPath,
        layer: fc.record({ diffId: anyText, index: fc.nat(), createdBy: anyText }),
        source: fc.record({ file: anyText, line: fc.integer({ min: 1, max: 9999 }) }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['id', 'status', 'message'] },
);

const anySubject: fc.Arbitrary<ReportSubject> = fc.record(
  {
    name: anyText,
    image: anyText,
    platform: anyText,
    outcome: fc.constantFrom('ok', 'failed', 'skipped', 'unknown'),
    summary: anyText,
    seconds: fc.nat(),
    findings: fc.array(anyFinding, { maxLength: 3 }),
  },
  { requiredKeys: ['name', 'outcome', 'summary', 'findings'] },
);

/** Reports in which every text is hostile. */
export const anyReport: fc.Arbitrary<Report> = fc.record({
  command: fc.constantFrom('build', 'preflight', 'verify', 'diagnose'),
  ok: fc.boolean(),
  exitStatus: fc.nat(130),
  seconds: fc.nat(),
  subjects: fc.array(anySubject, { maxLength: 3 }),
  notes: fc.array(anyText, { maxLength: 2 }),
  outputs: fc.dictionary(fc.constantFrom('digest', 'image'), anyText),
});
