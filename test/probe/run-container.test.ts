// A made-up engine over real HTTP: what happens when the real one is slow, breaks off, or floods.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Docker from 'dockerode';
import { afterEach, expect, test } from 'vitest';
import { runContainer } from '../../src/probe/run-container.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

function frame(stream: 1 | 2, text: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

const never: Answer = () => undefined;

function reply(status: number, body = ''): Answer {
  return (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

/** Writes some bytes, and leaves the stream open. */
function write(bytes: Buffer): Answer {
  return (_request, response) => void response.write(bytes);
}

/** An engine that answers as the parts say, and what it was asked. */
async function startFake(
  parts: Partial<Record<'create' | 'attach' | 'start' | 'remove', Answer>>,
): Promise<{ asked: string[]; docker: Docker }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    asked.push(`${request.method} ${url.replace(/\?.*/, '')}`);
    request.resume();
    const part = request.method === 'DELETE' ? 'remove' : /create|attach|start/.exec(url)?.[0];
    const usual = part === 'create' ? reply(201, '{"Id":"c1"}') : reply(204);
    (parts[part as keyof typeof parts] ?? usual)(request, response);
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { asked, docker: new Docker({ protocol: 'http', host: '127.0.0.1', port }) };
}

const options = { create: { Image: 'x' }, timeLimit: 300, outputLimit: 10 };
const removed = 'DELETE /containers/c1';

test('puts frames together, whatever pieces they come in, and keeps what the limit allows', async () => {
  const bytes = Buffer.concat([frame(1, 'abc'), frame(2, 'oops'), frame(1, 'defghijklm')]);
  const { docker, asked } = await startFake({
    attach: (_request, response) => {
      for (const byte of bytes) response.write(Buffer.of(byte));
      response.end();
    },
  });
  expect(await runContainer(docker, options)).toEqual({
    stdout: Buffer.from('abcdefghij'),
    stderr: Buffer.from('oops'),
    cut: true,
    timedOut: false,
  });
  expect(asked.at(-1)).toBe(removed);
});

test('when its time is over, what was written until then is the answer', async () => {
  const { docker, asked } = await startFake({ attach: write(frame(1, 'half')) });
  const output = await runContainer(docker, options);
  expect(output).toMatchObject({ stdout: Buffer.from('half'), timedOut: true });
  expect(asked.at(-1)).toBe(removed);
});

test.each(['attach', 'start'])('an engine that hangs in %s is said to', async (part) => {
  const attach = write(frame(1, 'half'));
  const { docker, asked } = await startFake({ attach, [part]: never });
  await expect(runContainer(docker, options)).rejects.toMatchObject({ code: 'probe-failed' });
  expect(asked.at(-1)).toBe(removed);
});

test('a container that is created after the abort is removed', async () => {
  const { docker, asked } = await startFake({
    create: (request, response) =>
      void setTimeout(() => reply(201, '{"Id":"late"}')(request, response), 200),
  });
  const signal = AbortSignal.timeout(50);
  await expect(runContainer(docker, { ...options, signal })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect(asked).toEqual(['POST /containers/create', 'DELETE /containers/late']);
});

test('an abort before the start asks the engine nothing', async () => {
  const { docker, asked } = await startFake({});
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(runContainer(docker, { ...options, signal })).rejects.toThrow('enough');
  expect(asked).toEqual([]);
});

test('a refused start removes the container and is thrown as it is', async () => {
  const start = reply(500, '{"message":"no"}');
  const { docker, asked } = await startFake({ start, attach: write(frame(1, '')) });
  await expect(runContainer(docker, options)).rejects.toMatchObject({ statusCode: 500 });
  expect(asked.at(-1)).toBe(removed);
});

test('a connection that breaks in the middle is an error, not an answer', async () => {
  const { docker } = await startFake({
    attach: (request, response) => {
      response.write(frame(1, 'half'));
      setTimeout(() => request.socket.destroy(), 50);
    },
  });
  await expect(runContainer(docker, options)).rejects.toThrow('aborted');
});

test('a failure to remove hides neither the answer nor a failure', async () => {
  const { docker, asked } = await startFake({
    attach: (_request, response) => response.end(frame(1, 'all')),
    remove: reply(500, '{"message":"busy"}'),
  });
  expect(String((await runContainer(docker, options)).stdout)).toBe('all');
  expect(asked.filter((line) => line.startsWith('DELETE'))).toHaveLength(2);
});
