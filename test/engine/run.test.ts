// `docker run` with a diagnosis: what goes through, what comes back, and what is said.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBusybox } from '../lab/images.mjs';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { dockerArchive } from '../verify/image-archive.ts';
import { madeElf } from '../verify/made-elf.ts';
import {
  connect,
  contentsOf,
  reason,
  skipped,
  withoutRule,
  xbuild,
  type RunOptions,
} from './xbuild.ts';

/** Says `up`, and ends with 7 when it is asked to. */
const patient = ['sh', '-c', 'trap "exit 7" TERM INT; echo up; while :; do sleep 0.1; done'];

describe.skipIf(reason)(`xbuild run${skipped}`, () => {
  let lab: Lab;
  const run = (argv: readonly string[], options: RunOptions = {}) =>
    xbuild(lab, ['run', '--network=none', ...argv], options);

  beforeAll(async () => {
    lab = await startEngine({
      version: '28.5',
      store: 'containerd',
      rules: ['arm64'],
      name: 'run',
    });
    const bytes = await readFile(await ensureBusybox('amd64'));
    const links = ['sh', 'sleep', 'true'].map((name) => ({
      path: `bin/${name}`,
      target: 'busybox',
    }));
    const image = (architecture: string, program: Uint8Array) => ({
      architecture,
      config: { Env: ['PATH=/bin'], Entrypoint: null, Cmd: ['/app'] },
      files: [
        { path: 'bin/' },
        { path: 'bin/busybox', bytes },
        ...links,
        { path: 'app', bytes: program, mode: 0o755 },
      ],
    });
    const foreign = madeElf({ architecture: 's390x' });
    const archive = dockerArchive({
      'mixed:1': image('amd64', foreign),
      'foreign:1': image('s390x', foreign),
    });
    const loading = await connect(lab).loadImage(Readable.from([archive]));
    loading.resume();
    await finished(loading);
  });
  afterAll(() => lab.stop());

  test.each([
    [
      'success',
      ['sh', '-c', 'echo out; echo err >&2'],
      { status: 0, stdout: 'out\n', stderr: 'err\n' },
    ],
    [
      'a status of the program’s own',
      ['sh', '-c', 'exit 3'],
      { status: 3, stdout: '', stderr: '' },
    ],
  ])('%s goes through as it is', async (_text, command, want) => {
    expect(await run(['--rm', 'mixed:1', ...command])).toMatchObject(want);
    expect((await contentsOf(lab)).containers).toEqual([]);
  });

  test('standard input goes through, and the engine may be named', async () => {
    const ended = await run(['-i', '--rm', '--host', lab.dockerHost, 'mixed:1', 'sh', '-s'], {
      env: { DOCKER_HOST: 'unix:///nowhere' },
      input: 'echo from stdin; exit 4\n',
    });
    expect(ended).toMatchObject({ status: 4, stdout: 'from stdin\n', stderr: '' });
  });

  test('a terminal goes through', async () => {
    const command = String.raw`sh -c \"test -t 0 && test -t 1 && exit 5\"`;
    const line = `script -qec "$0 $1 run -it --rm --network=none mixed:1 ${command}" /dev/null`;
    const ended = await xbuild(lab, [], { wrapper: ['sh', '-c', line], input: false });
    expect(ended).toMatchObject({ status: 5 });
  });

  test.each([
    ['a command that is not there', ['mixed:1', 'serve'], 127, 'command-not-found, certain'],
    ['a program of another architecture', ['mixed:1'], 1, 'wrong-architecture, certain'],
    [
      'a platform without a rule',
      ['--platform', 'linux/s390x', 'foreign:1'],
      1,
      `${withoutRule('qemu-s390x')}, certain`,
    ],
  ])('%s is diagnosed, and the container removed', async (_text, argv, status, said) => {
    const ended = await run(['--rm', ...argv]);
    expect([ended.status, ended.stderr.replaceAll(/\s+/g, ' ')]).toEqual([
      status,
      expect.stringContaining(`[${said}]`),
    ]);
    expect(ended.stdout).toBe('');
    expect((await contentsOf(lab)).containers).toEqual([]);
  });

  test('a detached one that --rm has taken away is diagnosed from its image', async () => {
    const ended = await run(['-d', '--rm', 'mixed:1']);
    expect(ended.status).toBe(0);
    expect(ended.stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(ended.stderr).toContain('wrong-architecture, certain');
  });

  test('a detached one that was not started is gone, too, and diagnosed all the same', async () => {
    const ended = await run(['-d', '--rm', 'mixed:1', 'nosuch']);
    expect(ended.status).toBe(127);
    expect(ended.stderr).toContain('[command-not-found, certain]');
  });

  test('a restart loop is no healthy container', async () => {
    const ended = await run(['-d', '--restart', 'always', '--name', 'loop', 'mixed:1']);
    await connect(lab).getContainer('loop').remove({ force: true });
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain('wrong-architecture, certain');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s reaches the program', async (signal) => {
    const ended = await run(['--rm', 'mixed:1', ...patient], {
      during: async ({ child, said }) => {
        await said(/up/);
        child.kill(signal);
      },
    });
    expect(ended).toMatchObject({ status: 7, stderr: '' });
    expect((await contentsOf(lab)).containers).toEqual([]);
  });

  test('what docker itself refuses has its words and its status', async () => {
    const ended = await run(['--no-such-flag', 'mixed:1', 'true']);
    expect(ended.status).toBe(125);
    expect(ended.stderr).toContain('unknown flag: --no-such-flag');
  });
});
