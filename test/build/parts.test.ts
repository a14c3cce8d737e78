// What each of several nodes does of a build: pure, from facts that are made up.
import { describe, expect, test } from 'vitest';
import { openNodes, shareOut } from '../../src/build/nodes.ts';
import { planParts, type Part } from '../../src/build/part.ts';
import { planJoin, type Join } from '../../src/build/plan-join.ts';
import { parseBuildRequest } from '../../src/build/request.ts';
import type { Gathered } from '../../src/facts/gather.ts';
import type { EndpointFlags } from '../../src/io/endpoint.ts';
import { XbuildError } from '../../src/model/errors.ts';
import { emulated, facts, type Setting } from '../checks/facts.ts';

const arm64 = { 'linux/arm64': emulated('/usr/bin/qemu-aarch64') };
const classic = { store: 'classic', storageDriver: 'overlay2' } as const;

const gone = new XbuildError('engine-unreachable', 'nobody answers', 'Start it.');

/** What the engines of a test are, by the name of their context; `default` is the own one. */
type Engines = Record<string, Setting | XbuildError>;

async function plan(
  line: string,
  engines: Engines,
): Promise<{ parts: Part[]; join: Join; absent: string[] }> {
  const request = parseBuildRequest(line.split(' '), {});
  const gather = async (endpoint: EndpointFlags): Promise<Gathered> => {
    const name = endpoint.context ?? 'default';
    const setting = engines[name] ?? {};
    if (setting instanceof XbuildError) throw setting;
    const url = `unix:///${name}`;
    const engine = { endpoint: { url, source: name }, ...setting.engine };
    const known = facts({ ...setting, engine }).facts;
    return { engine: {} as Gathered['engine'], facts: known };
  };
  const opened = await openNodes(request, gather);
  const shares = shareOut(opened, { platforms: request.platforms, mustRun: true });
  const join = planJoin(request, opened.nodes, shares);
  const parts = planParts(request, { shares, join, absent: opened.absent });
  return {
    parts,
    join,
    absent: opened.absent.map(({ name, error }) => `${name}: ${error.message}`),
  };
}

const wordsOf = ({ parts }: { parts: Part[] }) =>
  parts.flatMap(({ plan: own }) => own.solves.map((solve) => solve.arguments.join(' ')));
const tagsOf = ({ parts }: { parts: Part[] }) =>
  parts.map(({ plan: own }) => own.tags.map(({ reference }) => reference));

const two: Engines = { default: {}, box: { runs: arm64, engine: classic } };
const line = (more: string) => `--node default,box --platform amd64,arm64 ${more} .`;

describe('a build on two nodes', () => {
  test('each solve goes to its own engine, without a name', async () => {
    const planned = await plan(line('-t app:1'), two);
    expect(wordsOf(planned)).toEqual([
      'buildx build --platform linux/amd64 -- .',
      '--context box buildx build --platform linux/arm64 -- .',
    ]);
  });

  test('a containerd store takes all of them under one name', async () => {
    const planned = await plan(line('-t app:1'), two);
    expect(planned.join).toMatchObject({ kind: 'home', home: { name: 'default' } });
    expect(tagsOf(planned)).toEqual([[], []]);
  });

  test.each([
    ['another store', { default: { engine: classic }, box: two['box'] ?? {} }, /containerd/],
    ['an older engine', { ...two, default: { engine: { apiVersion: '1.47' } } }, /Docker 28/],
  ])(
    '%s does not: each keeps its own, under a name that tells the platform',
    async (_, engines, why) => {
      const planned = await plan(line('-t app:1'), engines);
      expect(planned.join).toEqual({ kind: 'apart', why: expect.stringMatching(why) });
      expect(tagsOf(planned)).toEqual([['app:1-amd64'], ['app:1-arm64']]);
    },
  );

  test('nothing is brought to an engine that is none of the nodes', async () => {
    const engines = { other: {}, box: two['box'] ?? {} };
    const planned = await plan('--node other,box --platform amd64,arm64 -t app .', engines);
    expect(planned.join).toEqual({ kind: 'apart', why: '"default" is none of the nodes' });
  });

  test('what was pushed is joined in the registry, one name an engine', async () => {
    const runs = { ...arm64, 'linux/s390x': emulated('/q', 'qemu', 's390x') };
    const engines = { default: { runs: arm64 }, box: { runs, engine: classic } };
    const words = '--node default,box --node-platforms box=arm64,s390x';
    const planned = await plan(
      `${words} --platform amd64,arm64,s390x -t reg/app --push .`,
      engines,
    );
    expect(planned.join).toEqual({ kind: 'registry' });
    expect(tagsOf(planned)).toEqual([
      ['reg/app:latest-amd64'],
      ['reg/app:latest-arm64', 'reg/app:latest-s390x'],
    ]);
    expect(planned.parts.flatMap((part) => part.plan.pushes)).toEqual([]);
    expect(wordsOf(planned).join()).not.toContain('--push');
  });

  test('files go to one folder a platform, also from a solve for one', async () => {
    for (const spec of ['type=local,dest=out', 'dest=out/,type=local', 'out']) {
      const words = wordsOf(await plan(line(`-o ${spec}`), two)).join('\n');
      expect(words).toMatch(/out\/linux_amd64\b/);
      expect(words).toMatch(/out\/linux_arm64\b/);
    }
  });

  test('where one node does everything, it is a build as any other', async () => {
    const planned = await plan(line('-t app:1'), { default: { runs: arm64 }, box: gone });
    expect(wordsOf(planned)).toEqual([
      'buildx build --platform linux/amd64,linux/arm64 --tag app:1 -- .',
    ]);
    expect(planned.join).toEqual({ kind: 'none' });
  });

  test('what another node built alone is brought home too', async () => {
    const planned = await plan('--node default,box --platform arm64 -t app .', two);
    expect(planned.join.kind).toBe('home');
  });

  test.each([
    ['-o type=oci,dest=a.tar', /is one file/],
    ['-t reg/a -o type=registry', /Write --push|pushes an index from each/],
    ['--progress=rawjson', /is what one engine says/],
  ])('%s is refused', async (words, message) => {
    const planning = plan(line(words), two);
    await expect(planning).rejects.toMatchObject({
      code: 'bad-flag',
      message: expect.stringMatching(message),
    });
  });

  test('--iidfile is for one image', async () => {
    const engines = { ...two, default: { engine: classic } };
    await expect(plan(line('--iidfile i -t a'), engines)).rejects.toThrow(
      'each node keeps its own',
    );
    await expect(plan(line('--iidfile i -t a'), two)).resolves.toBeDefined();
  });
});

describe('nodes that cannot be used', () => {
  test('are left out where the others can do everything', async () => {
    const words = '--node default,gone --platform amd64 -t app .';
    const planned = await plan(words, { default: {}, gone });
    expect(planned.absent).toEqual(['gone: nobody answers']);
    expect(planned.parts).toHaveLength(1);
  });

  test('stop the build where they would be needed, and say why', async () => {
    const planning = plan('--node default,gone --platform amd64,arm64 -t app .', {
      default: {},
      gone,
    });
    await expect(planning).rejects.toMatchObject({
      code: 'engine-unreachable',
      message: 'no node can build linux/arm64',
      hint: 'Start it.',
      detail: [
        expect.stringContaining('linux/arm64 on default: '),
        'linux/arm64 on gone: nobody answers',
      ],
    });
  });

  test('one engine under two names is one node', async () => {
    const same = { engine: { endpoint: { url: 'unix:///same', source: '' } } };
    const planned = await plan('--node a1,b1 --platform amd64 .', { a1: same, b1: same });
    expect(planned.absent).toEqual(['b1: it is the same engine as a1']);
  });

  test('a builder of its own keeps what it makes', async () => {
    const builder = {
      name: 'big',
      driver: 'docker-container',
      source: 'docker buildx use',
    } as const;
    const planned = await plan('--node default,own --platform amd64 .', { own: { builder } });
    expect(planned.absent).toEqual([expect.stringContaining('own: docker buildx use has chosen')]);
  });

  test('a wrong address is a mistake of the command line', async () => {
    const wrong = new XbuildError('bad-argument', 'no address', 'Write one.');
    const planning = plan('--node default,box --platform amd64 .', { default: wrong });
    await expect(planning).rejects.toThrow('no address');
  });
});
