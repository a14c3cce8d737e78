import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disarmText, systemOf } from '../../src/ci/detect.ts';
import type { CiSystem } from '../../src/ci/system.ts';
import { systems } from '../../src/ci/systems.ts';
import { annotationLines } from '../../src/reporters/github.ts';
import { commands } from './commands.ts';
import { anyReport, anyText, report } from '../reporters/made-report.ts';

function named(name: string): CiSystem {
  const system = systems.find((one) => one.name === name);
  if (system === undefined) throw new Error(`no ${name}`);
  return system;
}

/**
 * The lines that we print ourselves, whole. GitHub's runner takes a line that begins with a command
 * for nothing else, Azure's agent goes by the first marker of a line: text behind it is text.
 */
const shapes: Readonly<Record<string, RegExp>> = {
  'GitHub Actions': /^::(?:error|warning|group|endgroup)(?: [^\r\n:]*)?::[^\r\n]*$/,
  'GitLab CI':
    // oxlint-disable-next-line no-control-regex -- the marker begins with ESC
    /^\u001B\[0Ksection_(?:start|end):\d+:\w+(?:\[collapsed=true\])?\r\u001B\[0K[^\r\n\u001B]*$/,
  'Azure Pipelines':
    /^##(?:vso\[task\.logissue (?:\w+=[^;\]\r\n]*;)*\]|\[(?:end)?group\])[^\r\n]*$/,
  Buildkite: /^--- [^\r\n]*$/,
  TeamCity: /^##teamcity\[\w+(?: \w+='(?:[^|'[\]\r\n]|\|[|'[\]nr]|\|0x[\dA-F]{4})*')+\]$/,
};

const fold = { id: 'xbuild_1', title: 'building', now: 1700000000.5 };

describe('systemOf()', () => {
  it.each([
    [{}, undefined],
    [{ CI: 'true' }, undefined],
    [{ GITHUB_ACTIONS: 'true' }, 'GitHub Actions'],
    [{ GITLAB_CI: 'true' }, 'GitLab CI'],
    [{ TF_BUILD: 'True' }, 'Azure Pipelines'],
    [{ BUILDKITE: 'true' }, 'Buildkite'],
    [{ TEAMCITY_VERSION: '2025.07' }, 'TeamCity'],
  ])('of %j is %s', (env, name) => {
    expect(systemOf(env)?.name).toBe(name);
  });
});

describe('annotations and folds', () => {
  it.each([
    [
      'GitHub Actions',
      '::error file=docker/Dockerfile,line=7,endLine=8,title=xbuild%3A entrypoint-architecture::/app is an amd64 program',
      '::group::building',
      '::endgroup::',
    ],
    [
      'GitLab CI',
      undefined,
      '\u001B[0Ksection_start:1700000000:xbuild_1[collapsed=true]\r\u001B[0Kbuilding',
      '\u001B[0Ksection_end:1700000000:xbuild_1\r\u001B[0K',
    ],
    [
      'Azure Pipelines',
      '##vso[task.logissue type=error;sourcepath=docker/Dockerfile;linenumber=7;code=xbuild: entrypoint-architecture;]/app is an amd64 program',
      '##[group]building',
      '##[endgroup]',
    ],
    ['Buildkite', undefined, '--- building', undefined],
    [
      'TeamCity',
      "##teamcity[message text='docker/Dockerfile:7: /app is an amd64 program",
      "##teamcity[blockOpened name='building']",
      "##teamcity[blockClosed name='building']",
    ],
  ])('of %s', (name, annotation, start, end) => {
    const system = named(name);
    expect(annotationLines(report(), system)[0]?.slice(0, annotation?.length)).toBe(annotation);
    expect(system.foldStart?.(fold)).toBe(start);
    expect(system.foldEnd?.(fold)).toBe(end);
  });

  it.each(systems.map(({ name }) => name))('of %s are one line and one command each', (name) => {
    const system = named(name);
    fc.assert(
      fc.property(anyReport, anyText, (any, title) => {
        const folds = [
          system.foldStart?.({ ...fold, title }),
          system.foldEnd?.({ ...fold, title }),
        ];
        const lines = [
          ...annotationLines(any, system),
          ...folds.filter((line) => line !== undefined),
        ];
        for (const line of lines) expect(line).toMatch(shapes[name] ?? /^$/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('disarmText()', () => {
  it.each(Object.entries(commands))(
    'leaves nothing that %s takes for a command',
    (name, command) => {
      const system = named(name);
      fc.assert(
        fc.property(fc.array(anyText), (parts) => {
          for (const line of disarmText(system, parts.join('\n')).split(/[\r\n]/)) {
            expect(line).not.toMatch(command);
          }
        }),
        { numRuns: 500 },
      );
    },
  );

  it.each([
    ['GitHub Actions', '  ::error::x', String.raw`  \u003a:error::x`],
    ['GitHub Actions', '\u001B[31m::error::x', '\u001B[31m\\u003a:error::x'],
    ['GitHub Actions', 'use std::error::Error;', 'use std::error::Error;'],
    ['GitHub Actions', 'x ##[add-mask]y', String.raw`x #\u0023[add-mask]y`],
    ['Azure Pipelines', '"##vso[a]"', String.raw`"#\u0023vso[a]"`],
    ['Buildkite', '--- a', String.raw`\u002d-- a`],
    ['Buildkite', '--- a\n----\n', '\\u002d-- a\n----\n'],
  ])('%s: %j becomes %j', (name, text, harmless) => {
    expect(disarmText(named(name), text)).toBe(harmless);
  });

  it('keeps what a JSON document says', () => {
    fc.assert(
      fc.property(anyReport, (any) => {
        const text = JSON.stringify(any, null, 2);
        for (const system of systems) {
          expect(JSON.parse(disarmText(system, text))).toEqual(JSON.parse(text));
        }
      }),
    );
  });
});

describe('outputs of GitHub Actions', () => {
  it('are read back as they were', () => {
    const { outputs } = named('GitHub Actions');
    const text = outputs?.format({ digest: 'sha256:1', image: 'a\nb' }, 'END');
    expect(text).toBe('digest<<END\nsha256:1\nEND\nimage<<END\na\nb\nEND\n');
  });
});
