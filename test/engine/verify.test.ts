import { readFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatherFacts, type Gathered } from '../../src/facts/gather.ts';
import type { BuiltPlatform } from '../../src/model/build.ts';
import { parsePlatform } from '../../src/model/platform.ts';
import type { ImageVerification } from '../../src/model/verification.ts';
import { noCache } from '../../src/inventory/cache.ts';
import { verifyBuilt } from '../../src/verify/verify-built.ts';
import { verifyImages } from '../../src/verify/verify-images.ts';
import { ensureBusybox } from '../lab/images.mjs';
import { runs386 } from '../probe/runs-386.ts';
import { startEngine, whyNoLab, type Lab } from '../lab/lab.mjs';
import {
  dockerArchive,
  ociArchive,
  type ImageFile,
  type MadeImage,
} from '../verify/image-archive.ts';

/** What uname answers on an amd64 engine, by the lab's names of platforms. */
const good = {
  amd64: { platform: 'linux/amd64', machine: 'x86_64' },
  386: { platform: 'linux/386', machine: 'x86_64' },
  arm64: { platform: 'linux/arm64', machine: 'aarch64' },
  armv7: { platform: 'linux/arm/v7', machine: 'armv7l' },
  s390x: { platform: 'linux/s390x', machine: 's390x' },
} as const;
type Name = keyof typeof good;
/** Those that can be run here: not every kernel runs 386. */
const names = (Object.keys(good) as Name[]).filter((name) => String(name) !== '386' || runs386);

const busybox = new Map<string, Buffer>();

function program(name: string | number): Buffer {
  const bytes = busybox.get(String(name));
  if (bytes === undefined) throw new Error(`no busybox for ${name}`);
  return bytes;
}

function commands(name: string | number, ...applets: string[]): ImageFile[] {
  return [
    { path: 'bin/' },
    { path: 'bin/busybox', bytes: program(name) },
    ...applets.map((applet) => ({ path: `bin/${applet}`, target: 'busybox' })),
  ];
}

const env = ['PATH=/usr/bin:/bin'];

function image(platform: string, config: object, files: readonly ImageFile[]): MadeImage {
  const { architecture, variant } = parsePlatform(platform);
  return {
    architecture,
    ...(variant === undefined ? {} : { variant }),
    config: { Env: env, ...config },
    files,
  };
}

function goodImage(name: Name): MadeImage {
  const { platform } = good[name];
  return image(platform, { Cmd: ['sh'] }, commands(name, 'sh', 'uname'));
}

/** Images of one platform each, for every store. */
function singleImages(): Record<string, MadeImage> {
  const arm64 = commands('arm64', 'sh', 'uname');
  const app = { Entrypoint: ['/app/server'] };
  return {
    ...Object.fromEntries(names.map((name) => [`good:${name}`, goodImage(name)])),
    'scratch:1': image('linux/arm64', { Entrypoint: ['/app'] }, [
      { path: 'app', bytes: program('arm64') },
    ]),
    'foreign:1': image('linux/arm64', app, [
      ...arm64,
      { path: 'app/' },
      { path: 'app/server', bytes: program('amd64') },
    ]),
    'mislabelled:1': image('linux/arm64', { Cmd: ['sh'] }, commands('amd64', 'sh', 'uname')),
    'script:1': image('linux/arm64', { Entrypoint: ['/run.sh'] }, [
      ...arm64,
      { path: 'run.sh', bytes: '#!/bin/bash\nuname -a\n' },
    ]),
    'crlf:1': image('linux/arm64', { Entrypoint: ['/run.sh'] }, [
      ...arm64,
      { path: 'run.sh', bytes: '#!/bin/sh\r\nuname -a\r\n' },
    ]),
    'env:1': image('linux/arm64', { Entrypoint: ['/run.py'] }, [
      ...commands('arm64', 'sh', 'uname', 'env'),
      { path: 'run.py', bytes: '#!/bin/env python3\n' },
    ]),
    'user:1': image('linux/arm64', { Cmd: ['sh'], User: '1000', WorkingDir: '/nowhere' }, arm64),
    'private:1': image('linux/arm64', { Entrypoint: ['/secret/sh'], User: '1000' }, [
      ...arm64,
      { path: 'secret/', mode: 0o700 },
      { path: 'secret/sh', target: '/bin/sh' },
    ]),
    'stranger:1': image('linux/arm64', { Cmd: ['sh'], User: 'app' }, arm64),
    'mode:1': image('linux/arm64', { Entrypoint: ['/app'] }, [
      ...arm64,
      { path: 'app', mode: 0o644, bytes: program('arm64') },
    ]),
    'missing:1': image('linux/arm64', { Entrypoint: ['/app/sever'] }, arm64),
    'nothing:1': image('linux/arm64', {}, arm64),
    'norule:1': image('linux/ppc64le', { Cmd: ['sh'] }, commands('ppc64le', 'sh', 'uname')),
    'noruleforeign:1': image('linux/ppc64le', { Cmd: ['sh'] }, commands('amd64', 'sh')),
  };
}

async function load(gathered: Gathered, archive: Buffer): Promise<void> {
  const stream = (await gathered.engine.docker.loadImage(Readable.from([archive]))) as Readable;
  let said = '';
  for await (const chunk of stream) said += String(chunk);
  if (!said.includes('Loaded image') || said.includes('rror')) throw new Error(said);
}

const { signal } = new AbortController();

async function gather(host: string, lab: Lab): Promise<Gathered> {
  return gatherFacts({ endpoint: { host }, probe: false, env: lab.env, signal });
}

/** `fail entrypoint-script: …`, what is right left out. */
function complaints({ findings }: ImageVerification): string[] {
  return findings
    .filter(({ status }) => status !== 'pass')
    .map(({ status, id, message }) => `${status} ${id}: ${message}`);
}

/** A policy between xbuild and the engine that refuses what `refuses` says. */
async function policy(lab: Lab, refuses: (call: string) => boolean): Promise<[string, Server]> {
  const path = join(lab.dir, `policy-${Math.random().toString(36).slice(2)}.sock`);
  const server = createServer((asked, answer) => {
    if (refuses(`${asked.method} ${asked.url}`)) {
      answer.writeHead(403, { 'content-type': 'application/json' });
      answer.end('{"message":"not allowed here"}');
      return;
    }
    const { method, url, headers } = asked;
    const passed = request({ socketPath: lab.socket, method, path: url, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 500, reply.headers);
      // A stream that is attached says nothing for a while, and its headers must not wait for it.
      answer.flushHeaders();
      reply.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return [`unix://${path}`, server];
}

const engines = [
  { version: '20.10', store: 'classic' },
  { version: '26.1', store: 'classic' },
  { version: '26.1', store: 'containerd' },
  { version: '28.5', store: 'classic' },
  { version: '28.5', store: 'containerd' },
] as const;

const reason = whyNoLab();

beforeAll(async () => {
  if (reason !== undefined) return;
  for (const name of [...names, 'ppc64le'] as const) {
    busybox.set(String(name), await readFile(await ensureBusybox(name)));
  }
});

describe.skipIf(reason !== undefined).each(engines)('Docker $version, $store store', (engine) => {
  let lab: Lab;
  let gathered: Gathered;

  beforeAll(async () => {
    lab = await startEngine({ ...engine, rules: ['arm64', 'arm', 's390x'], name: 'verify' });
    gathered = await gather(lab.dockerHost, lab);
    await load(gathered, dockerArchive(singleImages()));
    if (engine.store === 'containerd')
      await load(gathered, ociArchive('all:1', names.map(goodImage)));
  });

  afterAll(async () => {
    await lab.stop();
  });

  async function verify(...images: string[]): Promise<ImageVerification[]> {
    const named = images.map((text) => {
      const [reference = '', platform] = text.split(' ');
      return {
        reference,
        ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
      };
    });
    const verified = await verifyImages(named, gathered, { cache: noCache, allow: [], signal });
    return verified.map(({ verification }) => verification);
  }

  async function verifyOne(text: string): Promise<ImageVerification> {
    const [only] = await verify(text);
    if (only === undefined) throw new Error('no result');
    return only;
  }

  test('good images are verified by their own uname', async () => {
    const results = await verify(...names.map((name) => `good:${name}`));
    for (const [index, name] of names.entries()) {
      const { platform, machine } = good[name];
      const result = results[index];
      expect(result && complaints(result)).toEqual([]);
      expect(result).toMatchObject({
        ok: true,
        platform,
        declared: platform,
        uname: { actual: machine, by: 'image' },
      });
    }
  });

  // A classic store holds one platform a name.
  test.each(engine.store === 'containerd' ? ['all:1'] : [])('every platform of %s', async () => {
    const results = await verify('all:1');
    const seen = results.map(({ platform, ok, uname }) => [platform, ok, uname.actual]);
    const wanted = names.map((name) => [good[name].platform, true, good[name].machine]);
    expect(new Map(seen.map((row) => [row[0], row]))).toEqual(
      new Map(wanted.map((row) => [row[0], row])),
    );
  });

  test('an image without uname is verified by the probe', async () => {
    const result = await verifyOne('scratch:1');
    expect(complaints(result)).toEqual([]);
    expect(result).toMatchObject({ ok: true, uname: { actual: 'aarch64', by: 'probe' } });
  });

  test('an amd64 entrypoint in an arm64 image fails, though it runs here', async () => {
    const result = await verifyOne('foreign:1');
    expect(result.ok).toBe(false);
    expect(result.uname).toMatchObject({ actual: 'aarch64', by: 'image' });
    expect(complaints(result)).toEqual([
      'fail entrypoint-architecture: /app/server is an amd64 program, and the image is for linux/arm64',
    ]);
  });

  test('an image whose files are all of another architecture fails', async () => {
    const result = await verifyOne('mislabelled:1');
    expect(complaints(result)).toEqual([
      'fail uname: uname -m says x86_64 inside the image; on linux/arm64 it says aarch64',
      'fail entrypoint-architecture: /bin/sh is an amd64 program, and the image is for linux/arm64',
    ]);
  });

  test.each([
    [
      'script:1',
      'entrypoint-script: /run.sh is a script for /bin/bash, and the image has no such file',
    ],
    [
      'crlf:1',
      'entrypoint-script: the #! line of /run.sh ends in a carriage return, so the kernel looks for "/bin/sh\r"',
    ],
    [
      'env:1',
      'entrypoint-script: /run.py is started by env: the image is to start "python3", and no folder of its PATH has such a program',
    ],
    [
      'stranger:1',
      'entrypoint-user: the image is to run as "app", and its /etc/passwd knows no user "app"',
    ],
    ['mode:1', 'entrypoint-not-executable: /app is not executable for root'],
    ['missing:1', 'entrypoint-missing: the image is to start /app/sever, and it has no such file'],
  ])('%s: %s', async (name, complaint) => {
    const result = await verifyOne(name);
    expect(complaints(result)).toEqual([`fail ${complaint}`]);
    // What docker itself makes of it: none of them starts.
    const ran = await lab.docker(['run', '--rm', '--network', 'none', name], { check: false });
    expect(ran.code).toBeGreaterThan(0);
  });

  test('a program that is only for root, in an image for another user', async () => {
    const result = await verifyOne('private:1');
    expect(complaints(result)).toEqual([
      'warn entrypoint-not-executable: user 1000 may not enter the directory /secret',
    ]);
    const run = ['run', '--rm', '--network', 'none', 'private:1'];
    const { code } = await lab.docker(run, { check: false });
    expect(code === 0).toBe(engine.version !== '20.10');
  });

  test('an image for another user, and one that starts nothing, are good', async () => {
    const results = await verify('user:1', 'nothing:1');
    expect(results.map(complaints)).toEqual([[], []]);
  });

  test('a platform that the engine cannot run is not held against the image', async () => {
    const [runnable, foreign] = await verify('norule:1', 'noruleforeign:1');
    expect(runnable).toMatchObject({ ok: true, uname: { actual: null, by: 'none' } });
    expect(runnable && complaints(runnable)).toEqual([
      expect.stringMatching(/^unknown uname: Nothing of the image was run: .*ENOEXEC/),
    ]);
    expect(foreign?.ok).toBe(false);
  });

  test('a platform that the image does not have', async () => {
    const result = await verifyOne('good:arm64 linux/s390x');
    expect(complaints(result)).toEqual([
      "fail platform-declared: good:arm64 has no image for linux/s390x in the engine's store; it has linux/arm64",
    ]);
  });

  test('an image that is not there', async () => {
    await expect(verify('god:arm64')).rejects.toMatchObject({
      code: 'image-missing',
      hint: expect.stringContaining('good:arm64') as string,
    });
  });

  // Only this store takes such an index as it is.
  test.each(engine.store === 'containerd' && engine.version === '28.5' ? ['lie:1'] : [])(
    'an index that says another platform than the image: %s',
    async () => {
      const listed = { os: 'linux', architecture: 'arm64' };
      await load(gathered, ociArchive('lie:1', [{ ...goodImage('s390x'), listed }]));
      const result = await verifyOne('lie:1 linux/arm64');
      expect(result.ok).toBe(false);
    },
  );

  test('what a build left, by id', async () => {
    const reference = engine.store === 'containerd' ? 'all:1' : 'good:arm64';
    const { Id: imageId } = await gathered.engine.docker.getImage(reference).inspect();
    const platform = parsePlatform('linux/arm64');
    const support = { platform: 'linux/arm64', support: 'emulated' as const };
    const result: BuiltPlatform['result'] = {
      platform: 'linux/arm64',
      ok: true,
      state: 'built',
      support,
      node: '',
      seconds: 0,
      emulatedShare: null,
      tags: [],
    };
    const built: BuiltPlatform = { platform, imageId, unnamed: false, result };
    await verifyBuilt([{ built: [built], gathered }], { env: {}, signal });
    expect(result.verification).toMatchObject({ ok: true, uname: { actual: 'aarch64' } });
    expect(result.verification?.reference).toMatch(/^[0-9a-f]{12}$/);
  });

  test('where no container may start, the files are read all the same', async () => {
    const [host, server] = await policy(lab, (call) => /POST .*\/(?:start|load)\b/.test(call));
    try {
      const refused = await gather(host, lab);
      const named = ['foreign:1', 'script:1', 'good:arm64'].map((reference) => ({ reference }));
      const verified = await verifyImages(named, refused, { cache: noCache, allow: [], signal });
      const results = verified.map(({ verification }) => verification);
      expect(results.map(({ ok, uname }) => [ok, uname.by])).toEqual([
        [false, 'none'],
        [false, 'none'],
        [true, 'none'],
      ]);
      expect(results.map((result) => complaints(result).at(-1))).toEqual([
        'fail entrypoint-architecture: /app/server is an amd64 program, and the image is for linux/arm64',
        'fail entrypoint-script: /run.sh is a script for /bin/bash, and the image has no such file',
        expect.stringMatching(/^unknown uname: .*not allowed here/),
      ]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('leaves no container and no volume behind', async () => {
    const containers = await gathered.engine.docker.listContainers({ all: true });
    expect(containers).toEqual([]);
    const { Volumes: volumes } = await gathered.engine.docker.listVolumes();
    expect(volumes ?? []).toEqual([]);
  });
});
