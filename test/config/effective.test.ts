import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { buildFlags, parseBuildRequest } from '../../src/build/request.ts';
import { describeBuild } from '../../src/config/describe-build.ts';
import { configuredBuilds } from '../../src/config/effective.ts';
import { XbuildError } from '../../src/model/errors.ts';
import { parseArguments } from '../../src/model/flags.ts';

const flags = buildFlags;
const before = process.cwd();
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'xbuild-config-')));
  mkdirSync(join(folder, '.git'));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

function argvOf(text: string, words: readonly string[] = [], env = {}): string[][] {
  writeFileSync('xbuild.yaml', text);
  const faults = ['wrong-architecture', 'library-missing'];
  return (configuredBuilds({ argv: words, flags, env, faults }) ?? []).map(({ argv }) => argv);
}

function readAll(): ReturnType<typeof configuredBuilds> {
  return configuredBuilds({ argv: [], flags, env: {} });
}

function refusalOf(text: string, words: readonly string[] = []): XbuildError {
  try {
    argvOf(text, words);
  } catch (error) {
    if (error instanceof XbuildError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const two = 'platforms: [linux/arm64]\nimages:\n  app: {tags: [app]}\n  db: {context: db}\n';

describe('a file and a command line make one command line', () => {
  test.each([
    ['tags: [a, b]', [], ['--tag', 'a', '--tag', 'b', '.']],
    ['tags: [a]', ['-t', 'x', '.'], ['-t', 'x', '.']],
    ['context: sub', [], ['sub']],
    ['context: sub', ['other'], ['other']],
    ['{context: sub, dockerfile: Own}', [], ['--file', 'sub/Own', 'sub']],
    ['dockerfile: Own', ['other'], ['--file', 'other/Own', 'other']],
    [
      'args: {A: 1, B: 2}',
      ['--build-arg', 'A=9'],
      ['--build-arg', 'B=2', '--build-arg', 'A=9', '.'],
    ],
    ['output: push', ['--load'], ['--load', '.']],
    ['output: push', [], ['--push', '.']],
    ['output: "type=oci,dest=out/a.tar"', [], ['--output=type=oci,dest=out/a.tar', '.']],
    ['verify: false', ['--verify'], ['--verify', '.']],
    ['preflight: warn', [], ['--preflight-policy', 'warn', '.']],
    ['nodes: [default, box]', [], ['--node', 'default', '--node', 'box', '.']],
    [
      'nodes: [{name: box, platforms: [arm64, arm/v7]}]',
      [],
      ['--node', 'box', '--node-platforms', 'box=arm64,arm/v7', '.'],
    ],
    ['nodes: [default, box]', ['--node', 'big'], ['--node', 'big', '.']],
    ['nodes: [box]', ['--context', 'big'], ['--context', 'big', '.']],
    ['nodes: [box]', ['--builder', 'big'], ['--builder', 'big', '.']],
    ['builder: big', ['--node', 'box'], ['--node', 'box', '.']],
    ['platforms: [linux/amd64, arm64]', [], ['--platform', 'linux/amd64,arm64', '.']],
  ])('%s with %j', (text, words, argv) => {
    expect(argvOf(text, words)).toEqual([argv]);
  });

  it('every one of them is a build that the command line could have asked for', () => {
    const builds = argvOf(two, ['--no-cache', '-qt', 'x']).map((argv) =>
      parseBuildRequest(argv, {}),
    );
    expect(builds.map(({ context, tags }) => [context, tags])).toEqual([
      ['.', ['x']],
      ['db', ['x']],
    ]);
  });

  it('all images, or those that are named, with the defaults of the file', () => {
    expect(argvOf(two)).toEqual([
      ['--tag', 'app', '--platform', 'linux/arm64', '.'],
      ['--platform', 'linux/arm64', 'db'],
    ]);
    expect(argvOf(two, ['db'])).toEqual([['--platform', 'linux/arm64', 'db']]);
  });

  it('the environment beats the file, and a flag beats both', () => {
    const env = { DOCKER_DEFAULT_PLATFORM: 'linux/386' };
    expect(argvOf('platforms: [linux/arm64]', [], env)).toEqual([['.']]);
    expect(argvOf('platforms: [linux/arm64]', ['--platform', 'arm'], env)).toEqual([
      ['--platform', 'arm', '.'],
    ]);
  });

  it('no file, or none wanted, is no configuration', () => {
    expect(configuredBuilds({ argv: ['.'], flags, env: {} })).toBeUndefined();
    writeFileSync('xbuild.yaml', 'frob: 1');
    expect(configuredBuilds({ argv: ['.', '--no-config'], flags, env: {} })).toBeUndefined();
  });

  it('a file elsewhere: its paths count from its folder', () => {
    mkdirSync('deploy');
    writeFileSync('deploy/x.yaml', 'context: ..\ndockerfile: deploy/Dockerfile');
    const [build] = configuredBuilds({ argv: ['--config', 'deploy/x.yaml'], flags, env: {} }) ?? [];
    expect(build?.argv).toEqual(['--file', 'deploy/Dockerfile', '.']);
  });
});

describe('what is not clear is refused', () => {
  test.each([
    [two, ['ap'], 'has 2 images (app, db), and "ap" is none', 'Did you mean app?'],
    [two, ['.'], '"." is none of them', '--no-config'],
    [two, ['app', 'dv'], 'has no image "dv"', 'Did you mean db?'],
    ['tags: ["a b"]', [], '"a b" is no name of an image', 'Take the blanks out'],
    ['tags: ["App:1"]', [], '"App:1" is no name of an image', 'lower-case'],
    ['tags: ["a:{{git.shaa}}"]', [], 'no variable {{git.shaa}}', 'Did you mean {{git.sha}}?'],
    ['tags: ["a:{{image}}"]', [], '{{image}} has no value', '{{image|WORD}}'],
    ['context: ../other', [], 'context leads out of the repository', 'command line'],
    ['context: /etc', [], 'context leads out of the repository', 'command line'],
    ['dockerfile: ../../x', [], 'dockerfile leads out of the repository', 'command line'],
    ['cacheTo: ["type=local,dest=/root/.ssh"]', [], 'cacheTo leads out', 'command line'],
    ['output: "type=local,dest=../x"', [], 'output leads out', 'command line'],
    [`output: 'type=local,"dest=/etc/cron.d"'`, [], 'output leads out', 'command line'],
    ['output: "type=local, DEST=/etc/cron.d"', [], 'output leads out', 'command line'],
    ['output: type=lcoal', [], 'no type that is known', 'type=local?'],
    ['cacheTo: [typ=gha]', [], 'no type that is known', 'type=registry, type=local'],
    ['cacheTo: ["type=gha,\\"x"]', [], 'no type that is known', 'Write type='],
    ['tags: ["app:${GIT_SHA}"]', [], 'no name of an image', 'those of the environment'],
    ['tags: ["app:{{git.sha"]', [], 'no name of an image', 'two brackets on each side'],
    ['tags: ["https://x.example/a"]', [], 'no name of an image', 'Leave out the "https://"'],
    ['tags: ["a@sha256:1"]', [], 'no name of an image', 'Leave out the digest'],
    ['tags: [App]', [], 'no name of an image', 'lower-case'],
    [
      'platforms: [amd64]\nverify: {smoke: [{run: a, platforms: [amd64, arm64]}]}',
      [],
      'xbuild.yaml:2:46: this command is for arm64',
      'Add arm64 to platforms',
    ],
    [
      'verify: {allow: [{path: /x, reason: y, fault: wrong-architectur}]}',
      [],
      'xbuild.yaml:1:47: there is no fault "wrong-architectur"',
      '"wrong-architecture"?',
    ],
  ])('%s with %j: %s', (text, words, message, hint) => {
    const error = refusalOf(text, words);
    expect(error.message).toContain(message);
    expect(error.hint).toContain(hint);
  });

  it('a link that leads out of the repository is followed first', () => {
    symlinkSync('/etc', 'innocent');
    expect(refusalOf('context: innocent').message).toContain('leads out of the repository');
    expect(refusalOf('context: innocent/not/there').message).toContain('leads out');
  });

  it('the file itself may be a link within its repository, and no other', () => {
    symlinkSync('/etc/passwd', 'xbuild.yaml');
    expect(readAll).toThrow('it is a link that leads out of its repository');
    rmSync('xbuild.yaml');
    writeFileSync('other.yaml', 'tags: [a]');
    symlinkSync('other.yaml', 'xbuild.yaml');
    expect(readAll()?.map(({ argv }) => argv)).toEqual([['--tag', 'a', '.']]);
  });

  it('a pipe or a device is not waited for', () => {
    const words = { argv: ['--config', '/dev/zero'], flags, env: {} };
    expect(() => configuredBuilds(words)).toThrow('it is neither a file nor a link to one');
  });

  it.each([
    ['nowhere.yaml', 'there is no such file'],
    ['.git', 'it is a folder'],
  ])('--config %s: %s', (file, why) => {
    expect(() => configuredBuilds({ argv: ['--config', file], flags, env: {} })).toThrow(why);
  });

  it.each([
    [[0x61, 0x0a, 0x62, 0xff], 'xbuild.yaml:2:2 cannot be read: byte 0xff is not UTF-8'],
    // Latin 1: the byte begins a character, and the next one does not go on with it.
    [[0x63, 0x61, 0xe9, 0x0a], 'xbuild.yaml:1:3 cannot be read: byte 0xe9 is not UTF-8'],
    [[0xff, 0xfe, 0x61, 0], 'it is UTF-16'],
  ])('a file that is not UTF-8: %j', (bytes, said) => {
    writeFileSync('xbuild.yaml', Buffer.from(bytes));
    expect(() => configuredBuilds({ argv: [], flags, env: {} })).toThrow(said);
  });
});

function git(...words: string[]): string {
  return execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example', ...words], {
    encoding: 'utf8',
  }).trim();
}

it('variables of git, made fit for a tag', () => {
  rmSync('.git', { recursive: true });
  git('init', '-q', '-b', 'feature/x');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  const sha = git('rev-parse', 'HEAD');
  const text = 'tags: ["a:{{git.branch}}-{{git.sha}}", "a:{{git.tag|edge}}"]';
  expect(argvOf(text)).toEqual([['--tag', `a:feature-x-${sha}`, '--tag', 'a:edge', '.']]);
  git('tag', 'v1');
  expect(argvOf('tags: ["a:{{git.tag}}"]')).toEqual([['--tag', 'a:v1', '.']]);
});

function describeOne(text: string, argv: string[]): string[] {
  writeFileSync('xbuild.yaml', text);
  const [build] = configuredBuilds({ argv, flags, env: {} }) ?? [];
  if (build === undefined) throw new Error('no build');
  const { settings } = describeBuild(build, parseArguments(argv, flags), {});
  return settings
    .filter(({ source }) => source !== 'default')
    .map(({ key, value, source }) => `${key}: ${value} (${source})`);
}

test.each([
  ['output: push', [], ['output: push (xbuild.yaml:1:1)']],
  ['output: push', ['--load'], ['output: store (--load)']],
  ['preflight: fail', [], ['preflight: fail (xbuild.yaml:1:1)']],
  ['preflight: warn', ['--preflight=false'], ['preflight: off (--preflight)']],
  ['verify: false', [], ['verify: off (xbuild.yaml:1:1)']],
  ['verify: false', ['--verify'], ['verify: on (--verify)']],
  [
    'verify: {allow: [{path: /x, reason: why}], require: [arm64], smoke: [{run: [a, b]}]}',
    [],
    [
      'verify.allow: /x: why (xbuild.yaml:1:10)',
      'verify.require: arm64 (xbuild.yaml:1:44)',
      'verify.smoke: a b (xbuild.yaml:1:62)',
    ],
  ],
])('%s with %j is shown as %j', (text, argv, shown) => {
  expect(describeOne(text, argv)).toEqual(shown);
});

it('says of every setting where it came from', () => {
  writeFileSync('xbuild.yaml', 'tags: [a]\nplatforms: [linux/arm64]\nargs: {TOKEN: s3cret}\n');
  const argv = ['-t', 'b'];
  const env = { DOCKER_DEFAULT_PLATFORM: 'linux/386' };
  const [build] = configuredBuilds({ argv, flags, env }) ?? [];
  if (build === undefined) throw new Error('no build');
  const { settings } = describeBuild(build, parseArguments(argv, flags), env);
  expect(settings).toEqual([
    { key: 'context', value: '.', source: 'default' },
    { key: 'dockerfile', value: 'Dockerfile', source: 'default' },
    { key: 'args', value: 'TOKEN=…', source: 'xbuild.yaml:3:8' },
    { key: 'tags', value: 'b', source: '--tag', instead: 'xbuild.yaml:1:8' },
    {
      key: 'platforms',
      value: 'linux/386',
      source: 'DOCKER_DEFAULT_PLATFORM',
      instead: 'xbuild.yaml:2:1',
    },
    { key: 'output', value: 'store', source: 'default' },
    { key: 'preflight', value: 'fail', source: 'default' },
    { key: 'verify', value: 'on', source: 'default' },
  ]);
});
