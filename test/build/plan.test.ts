import { describe, expect, it } from 'vitest';
import { planBuild, withoutNames, type PlanInput } from '../../src/build/plan.ts';
import { platformsTag } from '../../src/build/plan-names.ts';
import { parseBuildRequest } from '../../src/build/request.ts';
import { parsePlatform } from '../../src/model/platform.ts';
import type { EngineFacts } from '../../src/model/facts.ts';
import type { BuilderFacts, ClientFacts } from '../../src/model/preflight.ts';

const engine: EngineFacts = {
  endpoint: { url: 'unix:///var/run/docker.sock', source: 'default' },
  name: 'box',
  version: '28.5.2',
  apiVersion: '1.51',
  os: 'linux',
  architecture: 'amd64',
  operatingSystem: 'Debian',
  kernelVersion: '6.18',
  cpus: 2,
  store: 'classic',
  storageDriver: 'overlay2',
  rootless: false,
  usernsRemap: false,
  desktop: false,
  experimental: false,
  buildkitByDefault: true,
  remote: false,
};
const client: ClientFacts = { command: 'docker', version: '28.5.2', buildx: '0.29.1' };
const builder: BuilderFacts = { name: 'default', driver: 'docker', source: 'default' };

function input(
  line: string,
  change: {
    engine?: Partial<EngineFacts>;
    client?: Partial<ClientFacts>;
    builder?: Partial<BuilderFacts>;
  } = {},
): PlanInput {
  const request = parseBuildRequest(line.split(' '), {});
  const platforms = request.platforms.length > 0 ? request.platforms : [parsePlatform('amd64')];
  return {
    request,
    platforms,
    engine: { ...engine, ...change.engine },
    client: { ...client, ...change.client },
    builder: { ...builder, ...change.builder },
  };
}

const environmentOf = (line: string) => planBuild(input(line, containerd)).solves[0]?.environment;
const notesOf = (line: string) => planBuild(input(line)).notes.join();
const argumentsOf = (line: string) => planBuild(input(line)).solves[0]?.arguments.join(' ');

const containerd = { engine: { store: 'containerd' as const } };

describe('planBuild() on the containerd image store', () => {
  it('builds all platforms in one solve, under the asked name', () => {
    const plan = planBuild(input('--platform amd64,arm64 -t app .', containerd));
    expect(plan.mode).toBe('together');
    expect(plan.solves.map((solve) => solve.arguments.join(' '))).toEqual([
      'buildx build --platform linux/amd64,linux/arm64 --tag app -- .',
    ]);
  });

  it('pushes only after everything is built and verified', () => {
    const plan = planBuild(input('--platform amd64,arm64 -t reg/app --push .', containerd));
    expect(plan.solves[0]?.arguments).not.toContain('--push');
    expect(plan.pushes).toEqual([{ reference: 'reg/app', from: [] }]);
  });

  it('switches attestations off unless they are asked for', () => {
    expect(environmentOf('.')).toHaveProperty('BUILDX_NO_DEFAULT_ATTESTATIONS', '1');
    expect(environmentOf('--sbom=true .')).not.toHaveProperty('BUILDX_NO_DEFAULT_ATTESTATIONS');
  });
});

describe('planBuild() on the classic image store', () => {
  it('builds each platform by itself and names them afterwards', () => {
    const plan = planBuild(input('--platform amd64,arm64,arm/v7 -t app -t reg:5000/app:1 .'));
    expect(plan.mode).toBe('separate');
    expect(plan.solves.map((solve) => solve.arguments.join(' '))).toEqual([
      'buildx build --platform linux/amd64 -- .',
      'buildx build --platform linux/arm64 -- .',
      'buildx build --platform linux/arm/v7 -- .',
    ]);
    expect(plan.tags.map(({ reference }) => reference)).toEqual([
      'app:latest-amd64',
      'app:latest-arm64',
      'app:latest-arm-v7',
      'reg:5000/app:1-amd64',
      'reg:5000/app:1-arm64',
      'reg:5000/app:1-arm-v7',
      'app',
      'reg:5000/app:1',
    ]);
  });

  it('says that the plain name is the engine’s own platform, or that there is none', () => {
    expect(notesOf('--platform amd64,arm64 -t app .')).toContain('app is linux/amd64.');
    expect(notesOf('--platform s390x,arm64 -t app .')).toContain('the plain name is not set');
  });

  it('joins the pushed platforms to one index', () => {
    const plan = planBuild(input('--platform amd64,arm64 -t reg/app:1 --push .'));
    expect(plan.pushes).toEqual([
      { reference: 'reg/app:1', from: ['reg/app:1-amd64', 'reg/app:1-arm64'] },
    ]);
  });

  it('takes one platform as docker does: under the plain name', () => {
    const plan = planBuild(input('--platform arm64 -t app .'));
    expect(plan.solves[0]?.arguments.join(' ')).toBe(
      'buildx build --platform linux/arm64 --tag app -- .',
    );
  });

  it('refuses an output that the store cannot write for several platforms', () => {
    expect(() => planBuild(input('--platform amd64,arm64 -o type=oci,dest=x .'))).toThrow(
      expect.objectContaining({ code: 'builder-unusable' }),
    );
  });
});

describe('planBuild() with other clients and builders', () => {
  it('uses BuildKit’s client inside docker 20.10', () => {
    const plan = planBuild(
      input('--platform arm64 -t app .', { client: { version: '20.10.24', buildx: null } }),
    );
    expect(plan.solves[0]?.arguments.join(' ')).toBe('build --platform linux/arm64 --tag app -- .');
    expect(plan.solves[0]?.environment).toEqual({ DOCKER_BUILDKIT: '1' });
  });

  it.each([
    ['docker 23 and newer without buildx', '.', { version: '28.2.2', buildx: null }],
    [
      'a flag of buildx without buildx',
      '--cache-to type=inline .',
      { version: '20.10.24', buildx: null },
    ],
  ])('refuses %s', (_what, line, old) => {
    expect(() => planBuild(input(line, { client: old }))).toThrow(
      expect.objectContaining({ code: 'builder-unusable' }),
    );
  });

  it('loads the result of a builder that keeps it to itself', () => {
    const plan = planBuild(
      input('--platform amd64,arm64 -t app .', {
        ...containerd,
        builder: { name: 'duo', driver: 'docker-container' },
      }),
    );
    expect(plan.solves[0]?.arguments.join(' ')).toBe(
      'buildx build --builder duo --platform linux/amd64,linux/arm64 --tag app --load -- .',
    );
  });

  it('keeps --host and --context, and a context that begins with a dash', () => {
    expect(argumentsOf('--context far .')).toBe(
      '--context far buildx build --platform linux/amd64 -- .',
    );
    expect(argumentsOf('-- -dir')).toBe('buildx build --platform linux/amd64 -- -dir');
    expect(argumentsOf('-')).toBe('buildx build --platform linux/amd64 -');
  });
});

describe('withoutNames()', () => {
  it('builds into the store without a name, so that the result can be looked at', () => {
    const solve = withoutNames(input('--platform amd64,arm64 -t app .', containerd), [
      parsePlatform('arm64'),
    ]);
    expect(solve.arguments.join(' ')).toBe('buildx build --platform linux/arm64 -- .');
  });
});

describe('platformsTag()', () => {
  it.each([
    ['app', 'arm64', 'app:latest-arm64'],
    ['app:1', 'arm/v7', 'app:1-arm-v7'],
    ['localhost:5000/app', '386', 'localhost:5000/app:latest-386'],
    ['localhost:5000/a/b:x', 'amd64', 'localhost:5000/a/b:x-amd64'],
  ])('%s for %s is %s', (reference, platform, tag) => {
    expect(platformsTag(reference, [parsePlatform(platform)])).toBe(tag);
  });
});
