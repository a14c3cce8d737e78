import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noCache, openCache, type Cache } from '../../src/inventory/cache.ts';
import { readInventorySource } from '../../src/inventory/read-source.ts';
import { readCredentials } from '../../src/io/registry-credentials.ts';
import { parseVerifyTarget } from '../../src/model/verify-target.ts';
import { makeTar } from './made-tar.ts';

const sha256 = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** A registry that speaks HTTP on this machine, and can be told to behave badly. */
class TestRegistry {
  readonly files = new Map<string, Buffer>();
  readonly asked: { url: string; authorization: string | undefined }[] = [];
  /** Answers in the place of the registry, where it returns true. */
  before: (request: IncomingMessage, answer: ServerResponse) => boolean = () => false;
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, answer) => {
      const { url = '', headers } = request;
      this.asked.push({ url, authorization: headers.authorization });
      if (this.before(request, answer)) return;
      const bytes = this.files.get(url);
      if (bytes === undefined) answer.writeHead(404).end('{}');
      else answer.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Puts an image of one layer there, and gives back the address of that. */
  put(name: string): string {
    const tar = makeTar([{ name: 'app', body: '#!/bin/sh\n' }]);
    const layer = gzipSync(tar);
    const config = Buffer.from(
      JSON.stringify({ os: 'linux', architecture: 'arm64', rootfs: { diff_ids: [sha256(tar)] } }),
    );
    const blob = (bytes: Buffer, mediaType: string) => {
      this.files.set(`/v2/${name}/blobs/${sha256(bytes)}`, bytes);
      return { mediaType, digest: sha256(bytes), size: bytes.length };
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: blob(config, 'application/vnd.docker.container.image.v1+json'),
      layers: [blob(layer, 'application/vnd.docker.image.rootfs.diff.tar.gzip')],
    };
    this.files.set(`/v2/${name}/manifests/1`, Buffer.from(JSON.stringify(manifest)));
    return `/v2/${name}/blobs/${sha256(layer)}`;
  }
}

let registry: TestRegistry;
let folder = '';
beforeEach(async () => {
  registry = await new TestRegistry().start();
  folder = mkdtempSync(join(tmpdir(), 'xbuild-registry-'));
});
afterEach(async () => {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
});

const read = (more: { cache?: Cache; signal?: AbortSignal } = {}) =>
  readInventorySource(parseVerifyTarget(`docker://${registry.host}/team/app:1`), {
    cache: noCache,
    env: { DOCKER_CONFIG: folder, PATH: `${folder}:${process.env['PATH']}` },
    ...more,
  });
const configure = (config: object) =>
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Lets only those in who have been to `/token`, and says who came there. */
function bearer(): { logins: (string | undefined)[]; queries: string[] } {
  const seen = { logins: [] as (string | undefined)[], queries: [] as string[] };
  registry.before = (request, answer) => {
    const { url = '', headers } = request;
    if (url.startsWith('/token')) {
      seen.logins.push(headers.authorization);
      seen.queries.push(url);
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        if (body !== '') seen.queries.push(body);
        answer.end(JSON.stringify({ token: 'good' }));
      });
      return true;
    }
    if (headers.authorization === 'Bearer good') return false;
    const realm = `http://${registry.host}/token`;
    answer
      .writeHead(401, {
        'www-authenticate': `Bearer realm="${realm}",service="s",scope="repository:team/app:pull"`,
      })
      .end();
    return true;
  };
  return seen;
}

describe('a registry', () => {
  it('gives an image, layer by layer', async () => {
    registry.put('team/app');
    const set = await read();
    expect(set.images[0]?.findings).toEqual([]);
    expect(set).toMatchObject({
      reference: `${registry.host}/team/app:1`,
      by: 'registry',
      images: [{ platform: { architecture: 'arm64' }, inventory: { files: [{ path: '/app' }] } }],
    });
  });

  it('is not asked again for a layer that is remembered', async () => {
    const layer = registry.put('team/app');
    const cache = openCache(join(folder, 'cache'));
    const first = await read({ cache });
    registry.files.delete(layer);
    expect(await read({ cache })).toEqual(first);
  });

  it('a token is fetched without a login, and kept', async () => {
    registry.put('team/app');
    const seen = bearer();
    await read();
    expect(seen).toEqual({
      logins: [undefined],
      queries: ['/token?service=s&scope=repository%3Ateam%2Fapp%3Apull'],
    });
  });

  it('a token is fetched with the login of config.json', async () => {
    registry.put('team/app');
    configure({ auths: { [registry.host]: { auth: base64('me:se:cret') } } });
    const seen = bearer();
    await read();
    expect(seen.logins).toEqual([`Basic ${base64('me:se:cret')}`]);
  });

  it('a token is fetched with an identity token', async () => {
    registry.put('team/app');
    configure({ auths: { [registry.host]: { auth: base64('00:x'), identitytoken: 'refresh' } } });
    const seen = bearer();
    await read();
    expect(seen.queries[1]).toBe(
      'service=s&scope=repository%3Ateam%2Fapp%3Apull&grant_type=refresh_token&refresh_token=refresh&client_id=xbuild',
    );
  });

  it('Basic is answered with the login of a helper', async () => {
    registry.put('team/app');
    configure({ credHelpers: { [registry.host]: 'test' } });
    const helper = join(folder, 'docker-credential-test');
    writeFileSync(
      helper,
      `#!/bin/sh\ncat > '${folder}/asked'\necho '{"Username":"me","Secret":"pw"}'\n`,
    );
    chmodSync(helper, 0o755);
    registry.before = ({ headers }, answer) => {
      if (headers.authorization === `Basic ${base64('me:pw')}`) return false;
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    };
    expect((await read()).images.length).toBe(1);
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toBe(registry.host);
  });

  it('a layer is followed elsewhere, where the login is not shown', async () => {
    const layer = registry.put('team/app');
    const elsewhere = await new TestRegistry().start();
    elsewhere.files.set('/storage', registry.files.get(layer) ?? Buffer.alloc(0));
    bearer();
    const guarded = registry.before;
    registry.before = (request, answer) => {
      if (guarded(request, answer)) return true;
      if (request.url !== layer) return false;
      answer.writeHead(307, { location: `http://${elsewhere.host}/storage` }).end();
      return true;
    };
    expect((await read()).images[0]?.findings).toEqual([]);
    expect(elsewhere.asked).toEqual([{ url: '/storage', authorization: undefined }]);
    await elsewhere.stop();
  });

  it('a layer whose stream breaks off is asked for again', async () => {
    const layer = registry.put('team/app');
    let breaks = 2;
    registry.before = ({ url }, answer) => {
      if (url !== layer || breaks-- === 0) return false;
      const bytes = registry.files.get(layer) ?? Buffer.alloc(0);
      answer.writeHead(200, { 'content-length': bytes.length });
      answer.write(bytes.subarray(0, 40), () => answer.destroy());
      return true;
    };
    const { images } = await read();
    expect(images[0]?.findings).toEqual([]);
    expect(registry.asked.filter(({ url }) => url === layer).length).toBe(3);
  });

  it.each<[string, (layer: string) => void, string[]]>([
    [
      'a layer with other bytes',
      (layer) => registry.files.set(layer, gzipSync(makeTar([{ name: 'x' }]))),
      ['image-digest', 'image-diff-id'],
    ],
    ['no layer', (layer) => void registry.files.delete(layer), ['image-blob']],
    [
      'a layer without end',
      (layer) =>
        registry.files.set(
          layer,
          Buffer.concat([registry.files.get(layer) ?? Buffer.alloc(0), Buffer.alloc(9e6)]),
        ),
      ['image-digest'],
    ],
  ])('%s is a finding', async (_what, damage, expected) => {
    const layer = registry.put('team/app');
    damage(layer);
    const { images } = await read();
    expect(images[0]?.findings.map(({ id }) => id)).toEqual(expected);
  });

  it.each<[string, TestRegistry['before'], string, RegExp]>([
    ['no such image', () => false, 'image-missing', /no image/],
    ['not allowed', (_, answer) => Boolean(answer.writeHead(403).end()), 'registry-denied', /403/],
    [
      'no way to log in',
      (_, answer) => Boolean(answer.writeHead(401).end()),
      'registry-denied',
      /401/,
    ],
    [
      'asked too often',
      (_, answer) => Boolean(answer.writeHead(429).end()),
      'registry-denied',
      /too often/,
    ],
    [
      'out of order',
      (_, answer) => Boolean(answer.writeHead(500).end()),
      'registry-unreachable',
      /500/,
    ],
    [
      'redirects in a circle',
      ({ url }, answer) => Boolean(answer.writeHead(302, { location: url }).end()),
      'registry-unreachable',
      /without end/,
    ],
    [
      'redirects to plain HTTP elsewhere',
      (_, answer) => Boolean(answer.writeHead(302, { location: 'http://192.0.2.1/' }).end()),
      'registry-unreachable',
      /not https/,
    ],
    [
      'wants the login sent in the clear',
      (_, answer) =>
        Boolean(
          answer
            .writeHead(401, { 'www-authenticate': 'Bearer realm="http://192.0.2.1/token"' })
            .end(),
        ),
      'registry-unreachable',
      /no safe address/,
    ],
    [
      'breaks off',
      (_, answer) => Boolean(answer.destroy()),
      'registry-unreachable',
      /cannot be read/,
    ],
  ])('%s', async (_what, before, code, message) => {
    registry.before = before;
    await expect(read()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
  });

  it('tells no secret in an error', async () => {
    configure({ auths: { [registry.host]: { auth: base64('me:hunter2') } } });
    registry.before = (_, answer) => {
      answer.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      return true;
    };
    const error = (await read().catch((thrown: unknown) => thrown)) as Error & { hint: string };
    expect(`${error.message} ${error.hint} ${String(error.cause)}`).not.toMatch(
      /hunter2|aHVudGVy|bWU6/,
    );
  });

  it('stops when it is told to', async () => {
    const layer = registry.put('team/app');
    const stop = new AbortController();
    registry.before = ({ url }, answer) => {
      if (url !== layer) return false;
      answer.writeHead(200).write('x', () => stop.abort(new Error('Ctrl-C')));
      return true;
    };
    await expect(read({ signal: stop.signal })).rejects.toThrow('Ctrl-C');
  });
});

const credentialsOf = (host: string) =>
  readCredentials(host, { DOCKER_CONFIG: folder, PATH: folder });

describe('credentials', () => {
  it.each<[string, object, string, object]>([
    ['none', {}, 'ghcr.io', { none: true }],
    [
      'of Docker Hub',
      { auths: { 'https://index.docker.io/v1/': { auth: base64('a:b') } } },
      'docker.io',
      { user: 'a', password: 'b' },
    ],
    [
      'by an old address',
      { auths: { 'https://ghcr.io/v1/': { auth: base64('a:b') } } },
      'ghcr.io',
      { user: 'a', password: 'b' },
    ],
    [
      'of another host',
      { auths: { 'evil.ghcr.io': { auth: base64('a:b') } } },
      'ghcr.io',
      { none: true },
    ],
    [
      'without a password',
      { auths: { 'ghcr.io': { auth: base64('ab') } } },
      'ghcr.io',
      { none: true },
    ],
    ['of a helper that is not there', { credsStore: 'none' }, 'ghcr.io', { none: true }],
    ['of a helper with a path', { credsStore: '../../bin/sh' }, 'ghcr.io', { none: true }],
    ['of a damaged file', { auths: [1], credHelpers: 3 }, 'ghcr.io', { none: true }],
  ])('%s', async (_what, config, host, expected) => {
    configure(config);
    expect(await credentialsOf(host)).toEqual(expected);
  });

  it.each([
    ['a login', 'echo \'{"Username":"a","Secret":"b"}\'', { user: 'a', password: 'b' }],
    ['an identity token', 'echo \'{"Username":"<token>","Secret":"b"}\'', { identityToken: 'b' }],
    ['nothing', 'echo credentials not found in native keychain; exit 1', { none: true }],
    ['nonsense', 'echo []', { none: true }],
  ])('a helper that gives %s', async (_what, script, expected) => {
    configure({ credsStore: 'test' });
    writeFileSync(join(folder, 'docker-credential-test'), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'docker-credential-test'), 0o755);
    expect(await credentialsOf('ghcr.io')).toEqual(expected);
  });
});
