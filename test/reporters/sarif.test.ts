import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderSarif } from '../../src/reporters/sarif.ts';
import { anyReport, reported, subject, wrongProgram } from './made-report.ts';

const file = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
);
const ajv = new Ajv.default({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);

interface Log {
  runs: {
    tool: { driver: { rules: { id: string; help: { text: string } }[] } };
    results: {
      ruleId: string;
      ruleIndex: number;
      kind: string;
      level: string;
      message: { text: string };
      locations: unknown[];
      partialFingerprints: Record<string, string>;
    }[];
  }[];
}

function render(change: Partial<Report>) {
  const log = JSON.parse(renderSarif(reported(change))) as Log;
  validate(log);
  expect(validate.errors ?? []).toEqual([]);
  const [run] = log.runs;
  if (run === undefined) throw new Error('no run');
  return { rules: run.tool.driver.rules, results: run.results };
}

const fingerprint = (change: Partial<Report>) =>
  render(change).results.map(({ partialFingerprints }) => partialFingerprints['xbuild/v1']);

describe('renderSarif()', () => {
  it('says where a finding is in the source and in the image', () => {
    expect(render({}).results[0]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'docker/Dockerfile', uriBaseId: '%SRCROOT%' },
          region: { startLine: 7, endLine: 8 },
        },
        logicalLocations: [
          { name: 'app:1 linux/arm64', fullyQualifiedName: 'app:1 linux/arm64', kind: 'module' },
          {
            name: 'layer 2',
            fullyQualifiedName: 'app:1 linux/arm64 sha256:1111',
            kind: 'layer',
          },
          { name: '/app', fullyQualifiedName: 'app:1 linux/arm64 /app', kind: 'file' },
        ],
      },
    ]);
  });

  it.each([
    ['a path in the image', { path: '/usr/bin/a b\u00FF' }, 'usr/bin/a%20b%FF'],
    ['nothing but the image', {}, 'app%3A1'],
    [
      'a file of this machine',
      { source: { file: '/src/Dockerfile', line: 1 } },
      'file:///src/Dockerfile',
    ],
    ['a file beside', { source: { file: './Dockerfile', line: 1 } }, 'Dockerfile'],
  ])('names %s', (_what, location, uri) => {
    const { results } = render({
      subjects: [subject({ findings: [{ ...wrongProgram, location }] })],
    });
    expect(results[0]?.locations).toMatchObject([
      { physicalLocation: { artifactLocation: { uri } } },
    ]);
  });

  it('gives each check one rule, with help', () => {
    const other = { ...wrongProgram, id: 'loader-missing' };
    const { rules, results } = render({
      subjects: [subject({ findings: [wrongProgram, other, wrongProgram] })],
    });
    expect(rules.map(({ id }) => id)).toEqual(['entrypoint-architecture', 'loader-missing']);
    expect(results.map(({ ruleIndex }) => ruleIndex)).toEqual([0, 1, 0]);
    expect(rules[0]?.help.text).toContain('-> Build it for the platform.');
  });

  it.each([
    ['fail', 'fail', 'error'],
    ['warn', 'fail', 'warning'],
    ['unknown', 'open', 'none'],
  ] as const)('%s is of kind %s and level %s', (status, kind, level) => {
    const { results } = render({
      subjects: [subject({ findings: [{ ...wrongProgram, status }] })],
    });
    expect(results).toMatchObject([{ kind, level }]);
  });

  it('leaves out what passed', () => {
    const findings = [{ ...wrongProgram, status: 'pass' as const }];
    expect(render({ subjects: [subject({ findings })] }).results).toEqual([]);
  });

  it('knows the same fault again when its line, layer and words have moved', () => {
    const moved = {
      ...wrongProgram,
      message: 'other words',
      location: { ...wrongProgram.location, source: { file: 'docker/Dockerfile', line: 90 } },
    };
    const elsewhere = { ...wrongProgram, location: { path: '/other' } };
    const [before] = fingerprint({});
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprint({ subjects: [subject({ findings: [moved] })] })).toEqual([before]);
    expect(fingerprint({ subjects: [subject({ findings: [elsewhere] })] })).not.toEqual([before]);
  });

  it('is valid whatever the texts', () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const { results } = render(any);
        const told = any.subjects.flatMap(({ findings }) => findings);
        expect(results).toHaveLength(told.filter(({ status }) => status !== 'pass').length);
      }),
      { numRuns: 100 },
    );
  });
});
