import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { run } from './run-main.ts';

beforeEach(() => {
  vi.stubEnv('DOCKER_HOST', 'unix:///nonexistent/docker.sock');
  vi.stubEnv('NO_COLOR', '1');
  vi.stubEnv('DOCKER_DEFAULT_PLATFORM', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('main', () => {
  test.each([[[]], [['help']], [['--help']], [['-h']]])('shows the help for %j', async (argv) => {
    const { status, stdout, stderr } = await run(...argv);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^xbuild builds Docker images/);
  });

  test.each([
    [['help', 'verify'], 'verify'],
    [['verify', '--help'], 'verify'],
    [['doctor', '-h'], 'preflight'],
    [['build', '.', '--help'], 'build'],
    [['--platform', 'linux/arm64', '--help', '.'], 'build'],
    [['help', 'nothing'], ''],
  ])('shows the help of one command for %j', async (argv, name) => {
    const { status, stdout } = await run(...argv);
    expect(status).toBe(0);
    expect(stdout).toMatch(name === '' ? /^xbuild builds/ : new RegExp(`^xbuild ${name}: `));
  });

  test('takes --help after -- for the user’s own word', async () => {
    const { status, stderr } = await run('build', '--', '--help');
    expect(status).toBe(2);
    expect(stderr).toContain('there is no folder "--help" to build from');
  });

  test.each([
    ['preflght', 'xbuild preflight'],
    ['biuld', 'xbuild build'],
    ['docter', 'xbuild doctor'],
  ])('suggests a command for %s', async (word, near) => {
    const { status, stderr, stdout } = await run(word, '--platform', 'arm64');
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`"${word}" is neither a command of xbuild nor a folder to build`);
    expect(stderr).toContain(`Did you mean: ${near} --platform arm64`);
  });

  test('lists the commands where none is near', async () => {
    const { status, stderr } = await run('frobnicate');
    expect(status).toBe(2);
    expect(stderr).toContain('The commands are: build, preflight');
  });

  test('takes a first word that is a folder, or looks like one, for the context', async () => {
    expect((await run('./none')).stderr).toContain('there is no folder "./none"');
    expect((await run('src')).stderr).toContain('there is no Dockerfile at src/Dockerfile');
  });

  test('suggests a flag', async () => {
    const { status, stderr } = await run('--platfrom=linux/arm64', '.');
    expect(status).toBe(2);
    expect(stderr).toContain('--platform');
  });

  test.each([
    [['preflight', 'extra'], 2, 'bad-argument'],
    [['verify'], 2, 'bad-argument'],
    [['build', '--push', '.'], 2, 'bad-flag'],
    [['preflight', '--platform', 'linux/amr64'], 2, 'bad-platform'],
    [['preflight'], 5, 'engine-unreachable'],
    [['clean'], 5, 'engine-unreachable'],
    [['verify', 'app'], 5, 'engine-unreachable'],
    [['preflight', '--host', 'nonsense://'], 2, 'bad-argument'],
  ])('ends %j with %d and a document that says %s', async (argv, status, code) => {
    const ended = await run(...argv, '--json');
    expect(ended.status).toBe(status);
    const document = JSON.parse(ended.stdout) as { ok: boolean; error: Record<string, unknown> };
    expect(document).toMatchObject({ schemaVersion: 1, ok: false, error: { code } });
    expect(document.error['hint']).not.toBe('');
    expect(ended.stderr).toMatch(/^error: /);
    expect(ended.stderr).toMatch(/^hint: /m);
  });
});
