// @ts-check
// Servers on the machine's loopback that engines and clients of a lab can talk to: a registry,
// and an ssh server in front of an engine. Both end with the process that started them.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ociImage } from './images.mjs';
import { PREFIX } from './lab.mjs';
import { cached, install, unpack } from './packages.mjs';
import { startTime } from './processes.mjs';
import { pause, run } from './run.mjs';

/** @typedef {import('./images.mjs').Base} Base */

/** @returns {Promise<number>} a loopback port nobody listens on */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}

/** @param {string} kind */
async function workDirectory(kind) {
  const dir = await mkdtemp(join(tmpdir(), `${PREFIX}${kind}-`));
  const own = { pid: process.pid, start: startTime(process.pid) };
  await writeFile(join(dir, 'owner.json'), JSON.stringify(own));
  await chmod(dir, 0o711);
  return dir;
}

/**
 * Starts a server, waits until its port answers, and gives back how to end it.
 *
 * @param {string} dir
 * @param {number} port
 * @param {readonly string[]} argv
 * @returns {Promise<() => Promise<void>>}
 */
async function serve(dir, port, argv) {
  const log = await open(join(dir, 'log'), 'w');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
    stdio: ['ignore', log.fd, log.fd],
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  await log.close();
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(dir, { recursive: true, force: true });
  };
  const end = Date.now() + 10_000;
  while (!(await listens(port))) {
    if (child.exitCode !== null || Date.now() > end) {
      const said = await readFile(join(dir, 'log'), 'utf8');
      await stop();
      throw new Error(`${argv[0]} did not start:\n${said}`);
    }
    await pause(20);
  }
  return stop;
}

/** @param {number} port @returns {Promise<boolean>} */
const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket.destroy() === socket));
    socket.once('error', () => resolve(false));
  });

/**
 * @typedef {object} Registry
 * @property {number} port
 * @property {string} host 127.0.0.1:PORT, the first part of a reference.
 * @property {string} url
 * @property {(tag: string, bases: readonly Base[]) => Promise<string>} put Stores bases under one
 *   tag such as library/busybox:latest, and gives back the digest of the index.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts an empty registry (Debian's docker-registry 2.8) on a free loopback port. A lab reaches
 * it with `reach(port)`; with the option `mirror` its `FROM busybox` comes from there.
 *
 * @returns {Promise<Registry>}
 * @throws {Error} what apt or the registry said
 */
export async function startRegistry() {
  const programs = await cached('registry', async (into) => {
    await unpack({ suite: 'bookworm', packages: ['docker-registry'], into });
  });
  const [dir, port] = [await workDirectory('registry'), await freePort()];
  const config = {
    version: '0.1',
    log: { level: 'warn' },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}` },
  };
  // YAML understands JSON.
  await writeFile(join(dir, 'config.yml'), JSON.stringify(config));
  const program = join(programs, 'usr/bin/docker-registry');
  const stop = await serve(dir, port, [program, 'serve', join(dir, 'config.yml')]);
  const url = `http://127.0.0.1:${port}`;
  return { port, host: `127.0.0.1:${port}`, url, put: (tag, bases) => put(url, tag, bases), stop };
}

/** @type {(url: string, tag: string, bases: readonly Base[]) => Promise<string>} */
async function put(url, tag, bases) {
  const [repository = tag, name = 'latest'] = tag.split(':');
  const { texts, files, index, manifests } = ociImage(bases);
  const root = `${url}/v2/${repository}`;
  const isManifest = new Map(manifests.map((one) => [one.digest, one.mediaType]));
  for (const [digest, path] of files) await putBlob(root, digest, readFileSync(path));
  for (const [digest, text] of texts)
    if (!isManifest.has(digest)) await putBlob(root, digest, Buffer.from(text));
  for (const [digest, mediaType] of isManifest)
    await send('PUT', `${root}/manifests/${digest}`, mediaType, texts.get(digest) ?? '');
  const type = 'application/vnd.oci.image.index.v1+json';
  const answer = await send('PUT', `${root}/manifests/${name}`, type, index);
  return answer.headers.get('docker-content-digest') ?? '';
}

/** @type {(root: string, digest: string, body: Buffer) => Promise<void>} */
async function putBlob(root, digest, body) {
  const started = await send('POST', `${root}/blobs/uploads/`, 'application/octet-stream', '');
  const place = new URL(started.headers.get('location') ?? '', root);
  place.searchParams.set('digest', digest);
  await send('PUT', String(place), 'application/octet-stream', body);
}

/** @type {(method: string, url: string, type: string, body: string | Buffer) => Promise<Response>} */
async function send(method, url, type, body) {
  const answer = await fetch(url, { method, headers: { 'content-type': type }, body });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return answer;
}

/**
 * @typedef {object} SshServer
 * @property {number} port
 * @property {string} dockerHost ssh://root@127.0.0.1:PORT
 * @property {Record<string, string>} env PATH with an `ssh` that knows the key and the host, and DOCKER_HOST.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts an ssh server on a free loopback port through which an engine is reached, as if it were
 * on another machine: `docker` there talks to that engine.
 *
 * @param {{env: {PATH: string, DOCKER_HOST: string, DOCKER_CONFIG: string}}} lab
 * @returns {Promise<SshServer>}
 * @throws {Error} what apt or sshd said
 */
export async function startSshd(lab) {
  if (!existsSync('/usr/sbin/sshd')) await install(['openssh-server']);
  // Made by the service, which does not run here.
  await mkdir('/run/sshd', { recursive: true });
  const [dir, port] = [await workDirectory('ssh'), await freePort()];
  for (const name of ['host', 'key'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)]);
  const publicHost = (await readFile(join(dir, 'host.pub'), 'utf8')).trim();
  const session = Object.entries(lab.env).map(([name, value]) => `export ${name}='${value}'\n`);
  await mkdir(join(dir, 'bin'));
  const scripts = {
    session: `#!/bin/sh\n${session.join('')}exec sh -c "\${SSH_ORIGINAL_COMMAND:-sh}"\n`,
    'bin/ssh': `#!/bin/sh\nexec /usr/bin/ssh -F ${dir}/ssh_config "$@"\n`,
  };
  for (const [name, text] of Object.entries(scripts))
    await writeFile(join(dir, name), text, { mode: 0o755 });
  await writeFile(join(dir, 'known_hosts'), `[127.0.0.1]:${port} ${publicHost}\n`);
  await writeFile(
    join(dir, 'ssh_config'),
    `UserKnownHostsFile ${dir}/known_hosts\nStrictHostKeyChecking yes\nIdentityFile ${dir}/key\n` +
      'IdentitiesOnly yes\nBatchMode yes\nConnectTimeout 10\n',
  );
  await writeFile(
    join(dir, 'sshd_config'),
    `ListenAddress 127.0.0.1:${port}\nHostKey ${dir}/host\nAuthorizedKeysFile ${dir}/key.pub\n` +
      `PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\n` +
      `KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n` +
      `MaxStartups 100\nMaxSessions 100\nForceCommand ${dir}/session\n`,
  );
  const argv = ['/usr/sbin/sshd', '-D', '-e', '-f', join(dir, 'sshd_config')];
  const stop = await serve(dir, port, argv);
  const dockerHost = `ssh://root@127.0.0.1:${port}`;
  const env = { ...lab.env, PATH: `${dir}/bin:${lab.env.PATH}`, DOCKER_HOST: dockerHost };
  return { port, dockerHost, env, stop };
}
