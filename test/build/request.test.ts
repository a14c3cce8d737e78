import { describe, expect, it } from 'vitest';
import { parseBuildRequest } from '../../src/build/request.ts';
import { formatPlatform } from '../../src/model/platform.ts';

const parse = (line: string, env: Record<string, string> = {}) =>
  parseBuildRequest(line.split(' '), env);

describe('parseBuildRequest()', () => {
  it.each<[string, Record<string, string>, string[]]>([
    ['--platform linux/amd64,linux/arm64 .', {}, ['linux/amd64', 'linux/arm64']],
    ['--platform arm64 --platform linux/arm64/v8,armhf .', {}, ['linux/arm64', 'linux/arm/v7']],
    ['.', { DOCKER_DEFAULT_PLATFORM: 'linux/s390x' }, ['linux/s390x']],
    ['--platform arm64 .', { DOCKER_DEFAULT_PLATFORM: 'linux/s390x' }, ['linux/arm64']],
    ['--platform local .', {}, []],
    ['.', {}, []],
  ])('%s with %j asks for %j', (line, env, platforms) => {
    expect(parse(line, env).platforms.map(formatPlatform)).toEqual(platforms);
  });

  it('takes every name that a registry or an engine does', () => {
    const names = 'a a:1 A.b/c [::1]:5000/a localhost:5000/a-b/c__d:V1 docker.io/library/a'.split(
      ' ',
    );
    expect(parse(`${names.map((name) => `-t ${name}`).join(' ')} .`).tags).toEqual(names);
  });

  it('takes no name of a builder from the environment that a command would take for a flag', () => {
    expect(() => parse('.', { BUILDX_BUILDER: '--help' })).toThrow('BUILDX_BUILDER is no name');
  });

  it('hands on every flag of docker build that it does not decide itself, word for word', () => {
    const line =
      '-t a --build-arg A=1 --secret id=x,src=y --no-cache=true --pull -f D --ssh default --label=l=1 .';
    expect(parse(line).passed.flatMap(({ words }) => words)).toEqual(
      '--build-arg A=1 --secret id=x,src=y --no-cache=true --pull -f D --ssh default --label=l=1'.split(
        ' ',
      ),
    );
  });

  it.each([
    ['.', 'store'],
    ['--load .', 'store'],
    ['-t a --push .', 'push'],
    ['-t a -o type=registry .', 'push'],
    ['-o type=local,dest=x .', 'other'],
    ['-o out .', 'other'],
    ['-o type=cacheonly .', 'none'],
  ])('%s: output is %s', (line, output) => {
    expect(parse(line).output).toBe(output);
  });

  it.each<[string, Record<string, string>, string]>([
    ['.', {}, 'auto'],
    ['-q .', {}, 'quiet'],
    ['--progress=plain .', {}, 'plain'],
    ['.', { BUILDKIT_PROGRESS: 'plain' }, 'plain'],
    ['--progress=rawjson .', { BUILDKIT_PROGRESS: 'plain' }, 'rawjson'],
  ])('%s with %j: progress is %s', (line, env, progress) => {
    expect(parse(line, env).progress).toBe(progress);
  });

  it.each<[string, Record<string, string>, string]>([
    ['.', {}, 'off'],
    ['--provenance=true .', {}, 'as-asked'],
    ['--sbom=true .', {}, 'as-asked'],
    ['.', { BUILDX_NO_DEFAULT_ATTESTATIONS: '0' }, 'as-asked'],
  ])('%s with %j: attestations are %s', (line, env, attestations) => {
    expect(parse(line, env).attestations).toBe(attestations);
  });

  it.each([
    ['--platform linux/arm65 .', 'bad-platform'],
    ['--platform local,linux/arm64 .', 'bad-platform'],
    ['-t a', 'bad-argument'],
    ['-t App .', 'bad-argument'],
    ['-t --help .', 'bad-argument'],
    ['-t a:1 -t a@b .', 'bad-argument'],
    ['--builder=--help .', 'bad-flag'],
    ['a b', 'bad-argument'],
    ['--push .', 'bad-flag'],
    ['-t a --push --load .', 'bad-flag'],
    ['-q --progress=plain .', 'bad-flag'],
    ['--progress=loud .', 'bad-flag'],
    ['--nonsense .', 'bad-flag'],
  ])('%s is refused with %s', (line, code) => {
    expect(() => parse(line)).toThrow(expect.objectContaining({ code }));
  });

  it('says what to write where the context is missing', () => {
    expect(() => parse('-t a')).toThrow(
      expect.objectContaining({
        hint: 'Write the folder at the end; for the current folder: xbuild .',
      }),
    );
  });
});
