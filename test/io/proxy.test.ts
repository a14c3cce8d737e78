import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy, type Server as Proxy } from 'node:http';
import { createServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { proxyFor } from '../../src/io/proxy.ts';
import { openRegistry } from '../../src/io/registry.ts';

const http = 'http://proxy:3128';
const port = (server: { address(): unknown }) => (server.address() as AddressInfo).port;

describe('the proxy for an address', () => {
  test.each<[string, string, Record<string, string>, string | undefined]>([
    ['none where none is named', 'https://ghcr.io/v2/', {}, undefined],
    ['as HTTPS_PROXY says', 'https://ghcr.io/v2/', { HTTPS_PROXY: http }, http],
    ['in lower case', 'https://ghcr.io/v2/', { https_proxy: http }, http],
    ['by its name alone', 'https://ghcr.io/v2/', { https_proxy: 'proxy:3128' }, http],
    ['not by that for plain HTTP', 'https://ghcr.io/v2/', { HTTP_PROXY: http }, undefined],
    ['none for this machine', 'https://127.0.0.1:5000/v2/', { HTTPS_PROXY: http }, undefined],
    ['none for localhost', 'https://localhost/v2/', { HTTPS_PROXY: http }, undefined],
    ['none for ::1', 'https://[::1]:5000/v2/', { HTTPS_PROXY: http }, undefined],
  ])('%s', (_, url, env, expected) => {
    expect(proxyFor(new URL(url), env)).toBe(expected);
  });

  test.each<[string, string, 'left out' | 'through it']>([
    ['ghcr.io', 'https://ghcr.io', 'left out'],
    ['ghcr.io', 'https://x.ghcr.io', 'left out'],
    ['ghcr.io', 'https://notghcr.io', 'through it'],
    ['.corp.example', 'https://registry.corp.example', 'left out'],
    ['.corp.example', 'https://corp.example', 'through it'],
    ['*.corp.example', 'https://registry.corp.example', 'left out'],
    ['registry.corp:5000', 'https://registry.corp:5000', 'left out'],
    ['registry.corp:5000', 'https://registry.corp', 'through it'],
    ['registry.corp:443', 'https://registry.corp', 'left out'],
    ['a, GHCR.io ,b', 'https://ghcr.io', 'left out'],
    ['*', 'https://ghcr.io', 'left out'],
    ['10.0.0.0/8', 'https://10.1.2.3', 'left out'],
    ['10.0.0.0/8', 'https://11.1.2.3', 'through it'],
    ['10.1.2.3', 'https://10.1.2.3:5000', 'left out'],
    ['fd00::/8', 'https://[fd00::1]', 'left out'],
    ['10.0.0.0/99', 'https://10.1.2.3', 'through it'],
    ['', 'https://ghcr.io', 'through it'],
  ])('NO_PROXY=%s: %s is %s', (no, url, expected) => {
    const found = proxyFor(new URL(url), { HTTPS_PROXY: http, NO_PROXY: no });
    expect(found === undefined ? 'left out' : 'through it').toBe(expected);
  });
});

describe('a registry behind a proxy', () => {
  let folder: string;
  let proxy: Proxy;
  let registry: ReturnType<typeof createServer>;
  const asked: string[] = [];
  const open = (user: string) =>
    openRegistry(
      { host: 'registry.test', repository: 'team/app', tag: '1' },
      {
        credentials: { none: true },
        env: { HTTPS_PROXY: `http://${user}@127.0.0.1:${port(proxy)}` },
      },
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xbuild-proxy-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const subject = ['-subj', '/CN=registry.test', '-days', '1'];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject],
      { stdio: 'ignore' },
    );
    registry = createServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, answer) => answer.end(`${request.headers.host}${request.url}`),
    ).listen(0, '127.0.0.1');
    proxy = createProxy();
    proxy.on('connect', (request, socket) => {
      const login = request.headers['proxy-authorization'] ?? '';
      asked.push(`${request.url} ${Buffer.from(login.replace('Basic ', ''), 'base64').toString()}`);
      if (!login.endsWith(Buffer.from('me:right').toString('base64'))) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const other = connect(port(registry), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        socket.pipe(other).pipe(socket);
      });
      for (const end of [socket, other]) end.on('error', () => other.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await Promise.all([once(registry, 'listening'), once(proxy, 'listening')]);
  });

  afterAll(async () => {
    registry.closeAllConnections();
    proxy.closeAllConnections();
    registry.close();
    proxy.close();
    rmSync(folder, { recursive: true });
  });

  test('is reached through it, with its login', async () => {
    // The certificate is made here; Node reads this when it connects.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      const answer = await open('me:right').get('manifests/1');
      expect(await answer?.text()).toBe('registry.test/v2/team/app/manifests/1');
      expect(asked).toEqual(['registry.test:443 me:right']);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
  });

  test('that refuses is the reason, and its password is not told', async () => {
    const failure = await open('me:secret')
      .get('manifests/1')
      .then(
        () => undefined,
        (error: Error) => error,
      );
    expect(failure).toMatchObject({ code: 'registry-unreachable' });
    expect(failure?.message).toContain('407');
    expect(failure?.message).not.toContain('secret');
  });
});
