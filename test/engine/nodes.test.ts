// One build on two engines: who builds what, how it comes together, and what is left on either.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEngine, type Lab } from '../lab/lab.mjs';
import { startRegistry, startSshd, type Registry } from '../lab/servers.mjs';
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
  type RunOptions,
} from './xbuild.ts';

const PLATFORMS = ['amd64', 'arm64', 's390x'] as const;
const THREE = ['--platform', PLATFORMS.join()];

/** Fails on s390x alone. */
const FAILING = fromScratch(
  `COPY busybox-\${TARGETARCH}\${TARGETVARIANT} /bin/busybox
RUN [ $TARGETARCH != s390x ] || { echo the last words; exit 3; }
ENTRYPOINT ["/bin/busybox", "true"]`,
);
/** Never ends on s390x. */
const ENDLESS = FAILING.replace('exit 3', '/bin/busybox sleep 4321');

const unamesOf = ({ json }: Ended) =>
  json.platforms.map(({ verification }) => verification?.uname.actual);
const nodesOf = ({ json }: Ended) =>
  Object.fromEntries(json.platforms.map(({ platform, node }) => [platform, node]));

describe.skipIf(reason)(`a build on several nodes${skipped}`, () => {
  // Each has a rule that the other one lacks, or an image store that the other one has not.
  let home: Lab;
  let box: Lab;
  let registry: Registry;
  beforeAll(async () => {
    const both = [
      startEngine({
        name: 'home',
        version: '28.5',
        store: 'containerd',
        rules: ['arm64'],
        net: true,
      }),
      startEngine({ name: 'box', version: '20.10', rules: ['arm64', 's390x'], net: true }),
    ] as const;
    [home, box] = await Promise.all(both);
    registry = await startRegistry();
    for (const lab of [home, box]) await lab.reach(registry.port);
    const contexts = { box: box.dockerHost, gone: `unix://${home.dir}/gone.sock` };
    for (const [name, host] of Object.entries(contexts))
      await home.docker(['context', 'create', name, '--docker', `host=${host}`]);
  });
  beforeEach(async () => {
    for (const lab of [home, box]) await removeImages(lab);
  });
  afterAll(async () => {
    await Promise.all([home, box, registry].map((one) => one?.stop()));
  });

  const build = (words: readonly string[], options: RunOptions = {}) =>
    xbuild(home, ['--json', ...THREE, ...words], options);
  const contentsOfBoth = async () => [await contentsOf(home), await contentsOf(box)];
  const nothing = { untagged: [], containers: [], volumes: [] };

  test('each platform is built where it runs, and all become one image of this engine', async () => {
    const context = await makeContext({ Dockerfile: HELLO }, PLATFORMS);
    const ended = await build(['--node', 'default,box,gone', '-t', 'app:1', context]);
    expect(ended).toMatchObject({ status: 0, left: [] });
    expect(nodesOf(ended)).toEqual({
      'linux/amd64': 'default',
      'linux/arm64': 'default',
      'linux/s390x': 'box',
    });
    expect(unamesOf(ended)).toEqual(['x86_64', 'aarch64', 's390x']);
    expect(ended.json.nodes?.map(({ name, platforms }) => [name, platforms.length])).toEqual([
      ['default', 2],
      ['box', 1],
      ['gone', 0],
    ]);
    expect(ended.json.notes.join()).toContain('The node gone was not used: no Docker engine');
    expect(ended.stderr).toMatch(/^linux\/s390x box +\[3\/\d\] RUN/m);
    expect(await contentsOf(box)).toEqual({ ...nothing, tags: {} });
    const { tags, ...rest } = await contentsOf(home);
    expect(rest).toEqual(nothing);
    expect(tags).toEqual({ 'app:1': ended.json.platforms[0]?.imageId });
    const names = ended.json.platforms.map((result) => [result.imageId, ...result.tags]);
    expect(new Set(names.map((one) => one.join()))).toEqual(new Set([`${tags['app:1']},app:1`]));
    // What its own engine runs was emulated by the other one.
    const inspected = await home.docker(['image', 'inspect', 'app:1', '--platform', 'linux/s390x']);
    expect(inspected.stdout).toContain('"Architecture": "s390x"');
    const run = ['run', '--rm', '--network=none', '--platform', 'linux/arm64', 'app:1'];
    expect((await home.docker(run)).stdout).toBe('aarch64\n');
  });

  test('a push makes one index of what all have built', async () => {
    const context = await makeContext({ Dockerfile: HELLO }, PLATFORMS);
    const name = `${registry.host}/app:1`;
    const to = ['-t', name, '--push', '--iidfile', join(context, 'id')];
    const ended = await build(['--node=default,box', ...to, context]);
    expect(ended).toMatchObject({ status: 0, left: [] });
    const [index] = ended.json.indexes;
    expect(index?.platforms.toSorted()).toEqual(['linux/amd64', 'linux/arm64', 'linux/s390x']);
    expect(readFileSync(join(context, 'id'), 'utf8')).toBe(index?.digest);
    const types = ['oci.image.index.v1', 'docker.distribution.manifest.list.v2'];
    const answer = await fetch(`${registry.url}/v2/app/manifests/${index?.digest ?? ''}`, {
      headers: { accept: types.map((type) => `application/vnd.${type}+json`).join(', ') },
    });
    expect(answer.status).toBe(200);
    const tags = (await contentsOfBoth()).map((contents) => Object.keys(contents.tags));
    expect(tags).toEqual([[`${name}-amd64-arm64`], [`${name}-s390x`]]);
  });

  test('a platform that fails on one node stops neither the other platforms nor the other node', async () => {
    const context = await makeContext({ Dockerfile: FAILING }, PLATFORMS);
    const name = `${registry.host}/failing:1`;
    const ended = await build(['--node=default,box', '-t', name, '--push', context]);
    expect(ended).toMatchObject({ status: 1, left: [] });
    expect(ended.json.platforms.map(({ state }) => state)).toEqual(['built', 'built', 'failed']);
    expect(unamesOf(ended).slice(0, 2)).toEqual(['x86_64', 'aarch64']);
    expect(ended.json.platforms[2]?.failure?.lines).toEqual(['the last words']);
    expect(ended.json.indexes).toEqual([]);
    const answer = await fetch(`${registry.url}/v2/failing/tags/list`);
    expect(answer.status).toBe(404);
  });

  test('files of all nodes come to one folder, a folder a platform', async () => {
    const context = await makeContext({ Dockerfile: HELLO }, PLATFORMS);
    const words = ['--node=box', '--node=default', '--node-platforms', 'box=s390x,amd64'];
    const to = ['-o', `type=local,dest=${context}/out`];
    const ended = await build([...words, ...to, context]);
    expect(ended).toMatchObject({ status: 0, left: [] });
    expect(nodesOf(ended)['linux/amd64']).toBe('box');
    const folders = ['linux_amd64', 'linux_arm64', 'linux_s390x'];
    expect(readdirSync(join(context, 'out')).toSorted()).toEqual(folders);
    expect(readFileSync(join(context, 'out/linux_s390x/machine'), 'utf8')).toBe('s390x\n');
  });

  test('where no node can, each one’s reason is given, through ssh too', async () => {
    const sshd = await startSshd(box);
    try {
      const context = await makeContext({ Dockerfile: HELLO }, PLATFORMS);
      const nodes = ['--node=default', `--node=far=${sshd.dockerHost}`];
      const words = [...nodes, '--node-platforms=far=s390x', '--platform=arm64,riscv64'];
      const path = (sshd.env['PATH'] ?? '').split(':')[0];
      const ended = await build([...words, context], {
        env: { PATH: `${path}:${home.env.PATH}` },
      });
      expect(ended.status).toBe(3);
      expect(ended.json.error?.message).toBe('no node can build linux/riscv64');
      expect(ended.json.error?.detail).toEqual([
        expect.stringMatching(/^linux\/riscv64 on default: .*rule/i),
        'linux/riscv64 on far: It is to build linux/s390x only.',
      ]);
    } finally {
      await sshd.stop();
    }
  });

  test('Ctrl-C ends the work on all nodes, and nothing is named on any', async () => {
    const context = await makeContext({ Dockerfile: HELLO, Endless: ENDLESS }, PLATFORMS);
    const before = await contentsOfBoth();
    const words = ['--node=default,box', '-t', 'app', '-f', `${context}/Endless`, context];
    const ended = await build(words, {
      during: async ({ child, said }) => {
        await said(/linux\/s390x +box +\| the last words/);
        await said(/linux\/arm64 +default +built/);
        process.kill(-(child.pid ?? 0), 'SIGINT');
      },
    });
    expect(ended).toMatchObject({ status: 130, left: [] });
    expect(ended.json.error?.code).toBe('interrupted');
    expect(await contentsOfBoth()).toEqual(before);
  });

  // Last, because nothing is left of that engine.
  test('a node that goes away in the middle fails its own platforms only', async () => {
    const context = await makeContext({ Dockerfile: ENDLESS }, PLATFORMS);
    const ended = await build(['--node=default,box', '-t', 'app', context], {
      during: async ({ said }) => {
        await said(/linux\/s390x +box +\| the last words/);
        process.kill(box.pid, 'SIGKILL');
      },
    });
    expect(ended).toMatchObject({ status: 1, left: [] });
    expect(ended.json.platforms.map(({ state }) => state)).toEqual(['built', 'built', 'failed']);
    expect(unamesOf(ended).slice(0, 2)).toEqual(['x86_64', 'aarch64']);
    expect(ended.json.platforms[2]?.failure?.error).toContain('the engine went away');
    expect(await contentsOf(home)).toEqual({ ...nothing, tags: {} });
  });
});
