import { describe, expect, it, test } from 'vitest';
import { planInit } from '../../src/init/plan.ts';
import { imageNameOf, parseRemote, registryOf } from '../../src/init/project.ts';
import { readTemplates } from '../../src/init/read-project.ts';
import { parseTemplate, renderTemplate } from '../../src/init/template.ts';
import { XbuildError } from '../../src/model/errors.ts';

const templates = readTemplates();
const platforms = ['linux/amd64', 'linux/arm64'];

function plan(files: string[], remote?: string, request: object = {}) {
  const project = { folder: 'my app', files, ...(remote === undefined ? {} : { remote }) };
  return planInit({ platforms, ...request }, project, templates);
}

function dockerfileOf(files: string[]): string | undefined {
  return plan(files).files[1]?.text;
}

function paths(...words: Parameters<typeof plan>): string[] {
  return plan(...words).files.map(({ path }) => path);
}

describe('what is found out', () => {
  test.each([
    [
      ['go.mod', '.github'],
      undefined,
      ['xbuild.yaml', 'Dockerfile', '.dockerignore', '.github/workflows/image.yml'],
    ],
    [
      ['Cargo.toml', '.gitlab-ci.yml'],
      undefined,
      ['xbuild.yaml', 'Dockerfile', '.dockerignore', '.gitlab-ci.yml'],
    ],
    [
      ['App.csproj', 'Jenkinsfile'],
      undefined,
      ['xbuild.yaml', 'Dockerfile', '.dockerignore', 'Jenkinsfile'],
    ],
    [['Dockerfile', 'go.mod', '.circleci'], undefined, ['xbuild.yaml', '.circleci/config.yml']],
    [
      ['go.mod'],
      'git@github.com:o/p.git',
      ['xbuild.yaml', 'Dockerfile', '.dockerignore', '.github/workflows/image.yml'],
    ],
    [
      ['go.mod'],
      'https://gitlab.com/o/p.git',
      ['xbuild.yaml', 'Dockerfile', '.dockerignore', '.gitlab-ci.yml'],
    ],
    [['notes.txt', '.buildkite'], undefined, ['xbuild.yaml', '.buildkite/pipeline.yml']],
    [['notes.txt'], undefined, ['xbuild.yaml']],
  ])('%j of %s: %j', (files, remote, made) => {
    expect(paths(files, remote)).toEqual(made);
  });

  it('what could not be found out is said, with the flag that tells it', () => {
    expect(plan(['notes.txt']).notes).toEqual([
      expect.stringContaining('--dockerfile'),
      expect.stringContaining('--ci'),
    ]);
  });

  it('two languages: the first, and a note', () => {
    const { files, notes } = plan(['package.json', 'go.mod', '.github']);
    expect(files[1]?.text).toContain('go build');
    expect(notes).toEqual([expect.stringContaining('go or node')]);
  });

  it('a Makefile beside another language is not what the project is made of', () => {
    const { files, notes } = plan(['Makefile', 'go.mod', '.github']);
    expect(files[1]?.text).toContain('go build');
    expect(notes).toEqual([]);
    expect(plan(['Makefile', '.github']).files[1]?.text).toContain('make CC=');
  });

  it('what the tools of a language call the program', () => {
    const crate = { folder: 'my app', files: ['Cargo.toml'], program: 'tool' };
    expect(planInit({ platforms }, crate, templates).files[1]?.text).toContain('release/tool ');
    expect(dockerfileOf(['Shop.Web.csproj'])).toContain('"Shop.Web.dll"');
    expect(dockerfileOf(['requirements.txt', 'app.py'])).toContain('"app.py"');
    expect(dockerfileOf(['requirements.txt'])).toContain('"main.py"');
    expect(dockerfileOf(['Makefile'])).toContain('/src/my-app ');
  });

  it('what this machine built stays out of the context, unless somebody said what does', () => {
    expect(plan(['package.json']).files).toContainEqual(
      expect.objectContaining({ path: '.dockerignore', text: '.git\n**/node_modules\n' }),
    );
    expect(paths(['package.json', '.dockerignore'])).not.toContain('.dockerignore');
    expect(paths(['Dockerfile', 'package.json'])).not.toContain('.dockerignore');
  });

  it('flags decide before what is found out', () => {
    expect(paths(['go.mod', '.github'], undefined, { ci: ['none'], dockerfile: 'none' })).toEqual([
      'xbuild.yaml',
    ]);
    expect(paths([], undefined, { ci: ['gitlab', 'jenkins'], dockerfile: 'node' })).toEqual([
      'xbuild.yaml',
      'Dockerfile',
      '.dockerignore',
      '.gitlab-ci.yml',
      'Jenkinsfile',
    ]);
  });

  it.each([
    [{ ci: ['githb'] }, 'Did you mean github?'],
    [{ dockerfile: 'cobol' }, 'Choose one of c, dotnet, go'],
  ])('no template: %j', (request, hint) => {
    expect(() => plan([], undefined, request)).toThrow(
      expect.objectContaining<Partial<XbuildError>>({
        code: 'bad-argument',
        hint: expect.stringContaining(hint) as string,
      }),
    );
  });
});

describe('names', () => {
  test.each([
    ['git@github.com:Owner/Proj.git', 'ghcr.io/owner/proj'],
    ['https://user@gitlab.com/group/sub/proj', 'registry.gitlab.com/group/sub/proj'],
    ['ssh://git@codeberg.org:22/o/p.git', 'codeberg.org/o/p'],
    ['https://git.example/o/p', 'my-app'],
    ['/srv/git/p', 'my-app'],
    [undefined, 'my-app'],
  ])('the image of %s is %s', (remote, image) => {
    const project = { folder: 'My  App', files: [], ...(remote === undefined ? {} : { remote }) };
    expect(imageNameOf(project)).toBe(image);
  });

  test.each([
    ['app', 'docker.io'],
    ['owner/app', 'docker.io'],
    ['localhost/app', 'localhost'],
    ['localhost:5000/app', 'localhost:5000'],
    ['ghcr.io/o/app', 'ghcr.io'],
  ])('the registry of %s is %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry);
  });

  it('a path is no remote', () => {
    expect(parseRemote('../other')).toBeUndefined();
  });
});

describe('templates', () => {
  it('are a header and a text', () => {
    const template = parseTemplate(
      'ci',
      'x.yml',
      '#: title T\n#: file f/x.yml\n# kept\na: @@b@@\n',
    );
    expect(template).toMatchObject({ kind: 'ci', name: 'x', title: 'T', file: 'f/x.yml' });
    expect(renderTemplate(template, { b: 'c' })).toBe('# kept\na: c\n');
    expect(() => renderTemplate(template, {})).toThrow('variable b');
  });

  it('without a title are our bug', () => {
    expect(() => parseTemplate('ci', 'x.yml', 'a: b\n')).toThrow('templates/ci/x.yml');
  });
});
