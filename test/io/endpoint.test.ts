import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveEndpoint } from '../../src/io/endpoint.ts';

let config = '';

beforeAll(() => {
  config = mkdtempSync(join(tmpdir(), 'xbuild-config-'));
  addContext('far', { Host: 'ssh://build@arm-box' });
  addContext('secure', { Host: 'tcp://10.0.0.1:2376', SkipTLSVerify: true });
  const tls = join(config, 'contexts', 'tls', sha256('secure'), 'docker');
  mkdirSync(tls, { recursive: true });
  writeFileSync(join(tls, 'ca.pem'), '');
});

afterAll(() => rmSync(config, { recursive: true }));

const sha256 = (name: string) => createHash('sha256').update(name).digest('hex');

function addContext(name: string, docker: Record<string, unknown>): void {
  const folder = join(config, 'contexts', 'meta', sha256(name));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ Name: name, Endpoints: { docker } }));
}

const env = (more: Record<string, string> = {}) => ({ DOCKER_CONFIG: config, ...more });

describe('resolveEndpoint() finds the engine as docker does', () => {
  it.each<[string, Record<string, string>, Record<string, string>, string, string]>([
    ['nothing is set', {}, {}, 'unix:///var/run/docker.sock', 'default'],
    ['DOCKER_HOST', {}, { DOCKER_HOST: 'unix:///x.sock' }, 'unix:///x.sock', 'DOCKER_HOST'],
    [
      'DOCKER_HOST without a scheme',
      {},
      { DOCKER_HOST: '10.0.0.1:2375' },
      'tcp://10.0.0.1:2375',
      'DOCKER_HOST',
    ],
    ['DOCKER_CONTEXT', {}, { DOCKER_CONTEXT: 'far' }, 'ssh://build@arm-box', 'context "far"'],
    [
      'DOCKER_HOST wins over DOCKER_CONTEXT',
      {},
      { DOCKER_HOST: 'tcp://h:1', DOCKER_CONTEXT: 'far' },
      'tcp://h:1',
      'DOCKER_HOST',
    ],
    [
      '--host wins over DOCKER_HOST',
      { host: 'tcp://a:1' },
      { DOCKER_HOST: 'tcp://b:1' },
      'tcp://a:1',
      '--host',
    ],
    [
      '--context wins over DOCKER_HOST',
      { context: 'far' },
      { DOCKER_HOST: 'tcp://b:1' },
      'ssh://build@arm-box',
      'context "far"',
    ],
    [
      '--context default with DOCKER_HOST',
      { context: 'default' },
      { DOCKER_HOST: 'tcp://b:1' },
      'tcp://b:1',
      'DOCKER_HOST',
    ],
    [
      'DOCKER_CONTEXT=default',
      {},
      { DOCKER_CONTEXT: 'default' },
      'unix:///var/run/docker.sock',
      'default',
    ],
  ])('%s', (_what, flags, more, url, source) => {
    expect(resolveEndpoint(flags, env(more))).toMatchObject({ url, source });
  });

  it('takes the current context of config.json', () => {
    writeFileSync(join(config, 'config.json'), JSON.stringify({ currentContext: 'far' }));
    expect(resolveEndpoint({}, env())).toMatchObject({
      url: 'ssh://build@arm-box',
      context: 'far',
    });
    writeFileSync(join(config, 'config.json'), '{ damaged');
    expect(resolveEndpoint({}, env())).toMatchObject({ source: 'default' });
  });

  it('finds the TLS files of a context, and of DOCKER_CERT_PATH', () => {
    expect(resolveEndpoint({ context: 'secure' }, env()).tls).toEqual({
      ca: join(config, 'contexts', 'tls', sha256('secure'), 'docker', 'ca.pem'),
      skipVerify: true,
    });
    const verify = env({
      DOCKER_HOST: 'tcp://h:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/none',
    });
    expect(resolveEndpoint({}, verify).tls).toEqual({ skipVerify: false });
  });

  it.each<[Record<string, string>, Record<string, string>, string]>([
    [{ context: 'fra' }, {}, 'Did you mean "far"?'],
    [{}, { DOCKER_CONTEXT: 'nowhere' }, 'List them with: docker context ls'],
    [
      { host: 'ftp://x' },
      {},
      'Use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.',
    ],
    [
      { host: 'unix://' },
      {},
      'Use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.',
    ],
    [{ host: 'tcp://x', context: 'far' }, {}, 'Keep one of the two.'],
  ])('refuses %j with %j', (flags, more, hint) => {
    expect(() => resolveEndpoint(flags, env(more))).toThrow(
      expect.objectContaining({ code: 'bad-argument', hint }),
    );
  });
});
