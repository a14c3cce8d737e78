// Requests that cannot be carried out: one clear error, the right exit status, nothing left behind.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { startEngine, type Lab, type LabOptions } from '../lab/lab.mjs';
import {
  contentsOf,
  fromScratch,
  HELLO,
  makeContext,
  reason,
  removeImages,
  skipped,
  xbuild,
  type Ended,
  type Json,
} from './xbuild.ts';

const EMPTY = { tags: {}, untagged: [], containers: [], volumes: [] };

/** Errors are told in a few lines: what, and a hint; as JSON they have a code. */
async function refused(
  run: (extra: string[]) => Promise<Ended>,
  status: number,
): Promise<{ text: string; error: NonNullable<Json['error']> }> {
  const [plain, json] = [await run([]), await run(['--json'])];
  expect([plain.status, json.status]).toEqual([status, status]);
  expect([plain.left, json.left]).toEqual([[], []]);
  expect(plain.stdout).toBe('');
  const text = plain.stderr.replace(/^checking the engine\n/, '');
  expect(text).toMatch(/^error: .+\n(?: {2}.*\n)*hint: {2}.+\n$/);
  expect(json.json).toMatchObject({ schemaVersion: 1, ok: false });
  const { error } = json.json;
  if (error === undefined) throw new Error('no error in the document');
  return { text, error };
}

const start = async (options: LabOptions): Promise<Lab> => {
  const lab = await startEngine({ name: 'errors', ...options });
  onTestFinished(() => lab.stop());
  return lab;
};

describe.skipIf(reason)(`a request that cannot be carried out${skipped}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startEngine({ name: 'errors', version: '28.5', store: 'containerd' });
  });
  beforeEach(() => removeImages(lab));
  afterAll(() => lab.stop());

  test.each([
    ['an unknown platform', ['--platform', 'linux/amr64'], 'bad-platform', /amr64/, /arm64/],
    ['an unknown flag', ['--platfrom', 'linux/arm64'], 'bad-flag', /--platfrom/, /--platform\b/],
    ['a push without a name', ['--push'], 'bad-flag', /--tag/, /-t /],
    ['an unknown kind of progress', ['--progress=fancy'], 'bad-flag', /fancy/, /plain/],
    ['--push with --load', ['--push', '--load', '-t', 'a'], 'bad-flag', /together/, /Keep one/],
    ['two contexts', ['elsewhere'], 'bad-argument', /received 2/, /quote/],
    ['a missing value', ['-t'], 'bad-argument', /no name of an image/, /-t NAME \//],
    ['a missing context', ['-t', 'app', '-f'], 'bad-argument', /context/, /xbuild \./],
  ])('refuses %s', async (_what, words, code, says, hint) => {
    const context = await makeContext({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' });
    const { error } = await refused((more) => xbuild(lab, [...more, ...words, context]), 2);
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(says),
      hint: expect.stringMatching(hint),
    });
    expect(await contentsOf(lab)).toEqual(EMPTY);
  });

  test('names the folder or the Dockerfile that is not there, and the one that is', async () => {
    const context = await makeContext({ 'app/docker/Dockerfile.dev': 'FROM scratch\n' });
    const run = (words: string[]) =>
      refused((more) => xbuild(lab, [...more, ...words], { cwd: context }), 2);
    const gone = await run(['nowhere']);
    expect(gone.text).toContain('"nowhere"');
    const file = await run(['app/docker/Dockerfile.dev']);
    expect(file.text).toContain('xbuild -f app/docker/Dockerfile.dev app/docker');
    const none = await run(['app']);
    expect(none.error).toMatchObject({ code: 'dockerfile-missing' });
    const named = await run(['app/docker']);
    expect(named.text).toContain('-f app/docker/Dockerfile.dev');
    const wrong = await run(['-f', 'docker/Dockerfile.dev', 'app']);
    expect(wrong.error.message).toContain('not from the context');
    expect(wrong.error.hint).toContain('-f app/docker/Dockerfile.dev');
  });

  test('tells apart: no socket, nobody behind it, no permission, no address', async () => {
    const context = await makeContext({ Dockerfile: HELLO });
    const at = (host: string, wrapper?: string[]) =>
      refused(
        (more) =>
          xbuild(lab, [...more, '--host', host, context], wrapper === undefined ? {} : { wrapper }),
        host.includes('nonsense:') ? 2 : 5,
      );
    const missing = await at(`unix://${context}/none.sock`);
    expect(missing.error).toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringMatching(/none\.sock \(--host\): there is no such socket/),
    });
    const dead = join(context, 'dead.sock');
    // As an engine leaves it that was killed.
    const script = `require('net').createServer().listen(${JSON.stringify(dead)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    const left = await at(`unix://${dead}`);
    expect(left.error).toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining('nothing listens there'),
    });
    const refusedThere = await at('tcp://127.0.0.1:1');
    expect(refusedThere.error).toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining('nothing listens there'),
    });
    const nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    chmodSync(context, 0o755);
    chmodSync(lab.socket, 0o600);
    const denied = await at(lab.dockerHost, nobody);
    expect(denied.error).toMatchObject({
      code: 'engine-denied',
      hint: expect.stringContaining('usermod -aG docker'),
    });
    const nonsense = await at('nonsense://where');
    expect(nonsense.error).toMatchObject({ code: 'bad-argument' });
    const unknown = await refused(
      (more) => xbuild(lab, [...more, '--context', 'desktp', context]),
      2,
    );
    expect(unknown.error.message).toContain('no Docker context named "desktp"');
  });

  test('names an image that the engine does not have', async () => {
    const { error } = await refused((more) => xbuild(lab, ['verify', ...more, 'no/such:1']), 2);
    expect(error).toMatchObject({
      code: 'image-missing',
      message: expect.stringContaining('no/such:1'),
    });
    expect(await contentsOf(lab)).toEqual(EMPTY);
  });

  test('says which base image cannot be had', async () => {
    const context = await makeContext({
      Dockerfile: 'FROM registry.invalid/no/such:1\nRUN true\n',
    });
    const words = ['--platform', 'linux/amd64,linux/arm64', '-t', 'app', context];
    const ended = await xbuild(lab, words);
    expect(ended).toMatchObject({ status: 1, left: [] });
    expect(ended.stdout.replaceAll(/\s+/g, ' ')).toMatch(/registry\.invalid\/no\/such:1/);
    expect(await contentsOf(lab)).toEqual(EMPTY);
  });

  test('refuses the legacy builder', async () => {
    const context = await makeContext({ Dockerfile: HELLO });
    const env = { DOCKER_BUILDKIT: '0' };
    const { error } = await refused((more) => xbuild(lab, [...more, context], { env }), 2);
    expect(error).toMatchObject({ code: 'builder-unusable' });
    expect(error.hint).toContain('Unset DOCKER_BUILDKIT');
  });

  test('says that the docker command is missing, and takes another name for it', async () => {
    const context = await makeContext({ Dockerfile: HELLO }, ['amd64']);
    const bin = join(context, 'bin');
    mkdirSync(bin);
    const env = { PATH: bin };
    const { error } = await refused((more) => xbuild(lab, [...more, context], { env }), 2);
    expect(error).toMatchObject({ code: 'cli-missing' });
    expect(error.hint).toContain('XBUILD_DOCKER');
    const gone = await refused(
      (more) => xbuild(lab, [...more, context], { env: { XBUILD_DOCKER: '/no/docker' } }),
      2,
    );
    expect(gone.error.message).toContain('XBUILD_DOCKER names one that is not there: /no/docker');
    const docker = join(lab.env.PATH.split(':')[0] ?? '', 'docker');
    const named = await xbuild(lab, ['-q', context], { env: { ...env, XBUILD_DOCKER: docker } });
    expect(named.stderr).toBe('');
    expect(named.status).toBe(0);
  });

  test('says what a file that cannot be written was for', async () => {
    const context = await makeContext({ Dockerfile: HELLO }, ['amd64']);
    writeFileSync(join(context, 'file'), '');
    const state = { XDG_STATE_HOME: join(context, 'file') };
    const ended = await xbuild(lab, ['-q', context], { env: state });
    expect(ended.left).toEqual([expect.stringMatching(/^xbuild-logs-/)]);
    expect(ended.stderr).not.toContain('bug of xbuild');
    expect(ended.status).toBe(0);
    const id = await xbuild(lab, ['--iidfile', join(context, 'none', 'id'), context]);
    expect(id.stderr).not.toContain('bug of xbuild');
    expect(id.stderr).toContain('--iidfile');
    expect(id.status).toBe(2);
  });
});

describe.skipIf(reason)(`an engine or a docker command that is not up to it${skipped}`, () => {
  test('needs buildx, where docker 23 and newer cannot build without', async () => {
    const lab = await start({ version: '28.5', buildx: false });
    const context = await makeContext({ Dockerfile: HELLO });
    const ended = await xbuild(lab, ['--json', context]);
    expect(ended.status).toBe(3);
    const failed = ended.json.checks.filter(({ status }) => status === 'fail');
    expect(failed).toMatchObject([{ id: 'builder', fix: { commands: expect.anything() } }]);
    const blind = ['--preflight=false', '--verify=false', context];
    const { error } = await refused((more) => xbuild(lab, [...more, ...blind]), 2);
    expect(error).toMatchObject({ code: 'builder-unusable' });
    expect(error.hint).toContain('docker-buildx');
  });

  // It would sleep for longer than a test may take.
  test('is told apart from a failed build when it is killed in the middle', async () => {
    const lab = await start({ version: '28.5', store: 'containerd' });
    const context = await makeContext({ Dockerfile: fromScratch('RUN echo here; sleep 600') }, [
      'arm64',
    ]);
    const ended = await xbuild(lab, ['--platform', 'linux/arm64', '-t', 'app', '--json', context], {
      during: async ({ said }) => {
        await said(/\| here/);
        process.kill(lab.pid, 'SIGKILL');
      },
    });
    expect(ended).toMatchObject({ status: 5, left: [] });
    expect(ended.json.error?.code).toBe('engine-lost');
  });

  test.each(['classic', 'containerd'] as const)(
    'says that its disk is full (%s store)',
    async (store) => {
      const lab = await start({ version: '28.5', store, dataSize: '24m' });
      const context = await makeContext(
        { Dockerfile: fromScratch('RUN dd if=/dev/zero of=/zero bs=1M count=40') },
        ['arm64'],
      );
      const words = ['--platform', 'linux/arm64', '-t', 'app', context];
      const ended = await xbuild(lab, words);
      expect(ended).toMatchObject({ status: 1, left: [] });
      expect(ended.stdout + ended.stderr).toMatch(/no space left/i);
      const { tags, containers, volumes } = await contentsOf(lab);
      expect({ tags, containers, volumes }).toEqual({ tags: {}, containers: [], volumes: [] });
    },
  );
});
