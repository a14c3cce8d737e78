import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { connectEngine, type Engine } from '../../src/io/engine.ts';
import { isSoundPath } from '../../src/io/guard-names.ts';
import { explainRefusal } from '../../src/probe/refusal.ts';
import { findImage } from '../../src/verify/read-image.ts';

describe('the path of a request', () => {
  it.each([
    '/images/json?',
    '/images/ghcr.io/me/app:1.0/json?',
    `/images/app@sha256:${'a'.repeat(64)}/json?`,
    '/images/localhost:5000/a/b__c-d/json?',
    '/images/load?quiet=1',
    '/containers/my_app.1/archive?',
    '/_ping',
    '/version',
  ])('%s is sent', (path) => expect(isSoundPath(path)).toBe(true));

  it.each([
    '/images/a b/json?',
    '/images/a?b/json?',
    '/images/a#b/json?',
    '/images/a%2e%2e/json?',
    '/images/../../containers/json/json?',
    '/images/a/../json?',
    '/images/./json?',
    '/images//json?',
    '/images/\u00e9/json?',
    '/images/a\n/json?',
    '/containers//evil.example/json?',
  ])('%j is not', (path) => expect(isSoundPath(path)).toBe(false));
});

describe('what takes connections and says nothing', () => {
  const silent = createTcpServer();
  beforeAll(() => new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready)));
  afterAll(() => silent.close());

  test('is unreachable, and not waited for without end', async () => {
    const { port } = silent.address() as AddressInfo;
    const endpoint = { url: `tcp://127.0.0.1:${port}`, source: '--host' };
    const engine = await connectEngine(endpoint, 50);
    await expect(engine.readVersion()).rejects.toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining('no answer came in time (ETIMEDOUT)') as string,
    });
  });
});

describe('an engine', () => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, answer) => {
    asked.push(url);
    answer.writeHead(418, { 'content-type': 'application/json' }).end('{"message":"no\\u001b[1m"}');
  });
  let engine: Engine;
  beforeAll(async () => {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const { port } = server.address() as AddressInfo;
    engine = await connectEngine({ url: `tcp://127.0.0.1:${port}`, source: '--host' });
  });
  afterAll(() => server.close());

  test('is not asked for what can be no name', async () => {
    await expect(findImage(engine, '../../My Containers')).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringContaining(`"../../My Containers" can be no image's name`) as string,
      hint: 'Correct the name.',
    });
    await expect(engine.docker.getContainer('../a').inspect()).rejects.toMatchObject({
      statusCode: 400,
    });
    expect(asked).toEqual([]);
  });

  test('that refuses what no step has foreseen is no bug of xbuild', async () => {
    const error: unknown = await engine.docker
      .getImage('a')
      .inspect()
      .catch((thrown) => thrown);
    expect(explainRefusal(error)).toMatchObject({
      code: 'engine-refused',
      message: expect.not.stringContaining('\u001b') as string,
      detail: ['HTTP status 418'],
    });
  });
});
