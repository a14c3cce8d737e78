// @ts-check
// Makes stand-ins of well-known images with mmdebstrap, and loads them into a lab. A foreign one is
// unpacked and not configured, so nothing of it has to be run, and it takes no longer than a native one.
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, install } from './packages.mjs';
import { run } from './run.mjs';
import { environmentOf } from './stand-ins.mjs';

/** @typedef {import('./lab.mjs').Lab} Lab */
/** @typedef {import('./stand-ins.mjs').StandIn} StandIn */

const MIRROR = process.env.XBUILD_LAB_MIRROR || 'http://deb.debian.org/debian';
const SUITE = 'trixie';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
/** What is unpacked for a foreign image: a shell and its commands. */
const SHELL = ['base-files', 'dash', 'bash', 'coreutils', 'sed', 'grep', 'libc-bin', 'perl-base'];
const NODE_MACHINES = { amd64: 'x64', arm64: 'arm64' };

/**
 * Loads one image under its name, for amd64 and where it is made for both also for arm64.
 *
 * @param {Lab} lab one with a containerd store
 * @param {string} image
 * @param {StandIn} standIn
 * @returns {Promise<void>}
 * @throws {Error} what mmdebstrap, npm or docker said
 */
export async function loadStandIn(lab, image, standIn) {
  /** @type {('amd64' | 'arm64')[]} */
  const machines = standIn.everywhere ? ['amd64', 'arm64'] : ['amd64'];
  const context = join(lab.dir, 'stand-in');
  await mkdir(context, { recursive: true });
  for (const machine of machines) {
    const folder = await rootOf(machine, standIn);
    await run('ln', ['-f', join(folder, 'root.tar'), join(context, `${machine}.tar`)]);
  }
  const env = Object.entries(environmentOf(standIn)).map(([key, value]) => `ENV ${key}=${value}`);
  const lines = ['FROM scratch', 'ARG TARGETARCH', 'ADD $TARGETARCH.tar /', ...env];
  await writeFile(join(context, 'Dockerfile'), `${lines.join('\n')}\nCMD ["sh"]\n`);
  const platforms = machines.map((machine) => `linux/${machine}`).join();
  await lab.docker(['buildx', 'build', '-q', '--platform', platforms, '-t', image, context]);
  await rm(context, { recursive: true });
}

/** @type {(machine: 'amd64' | 'arm64', standIn: StandIn) => Promise<string>} */
function rootOf(machine, standIn) {
  const own = machine === 'amd64';
  const made = JSON.stringify(own ? standIn : [SHELL, standIn]);
  const key = createHash('sha256').update(made).digest('hex').slice(0, 12);
  return cached(`stand-ins/${machine}-${key}`, async (into) => {
    await install(['mmdebstrap']);
    const packages = [...(own ? [] : SHELL), ...standIn.packages];
    const hooks = await hooksOf(machine, standIn, into);
    const argv = [
      `--variant=${own ? 'minbase' : 'extract'}`,
      `--architectures=${[machine, ...(standIn.foreign ?? [])].join()}`,
      `--include=${packages.join()}`,
      '--mode=root',
      // The lab's user namespace makes no device nodes.
      '--skip=output/dev',
      `--keyring=${KEYRING}`,
      '--aptopt=Acquire::Languages "none"',
      '--dpkgopt=force-unsafe-io',
      ...(own ? [] : ['--skip=check/qemu']),
      // Where nothing is configured, the later hook is not called.
      ...hooks.map((hook) => `--${own ? 'customize' : 'extract'}-hook=${hook}`),
    ];
    const source = `deb ${MIRROR} ${SUITE} main`;
    await run('mmdebstrap', [...argv, SUITE, join(into, 'root.tar'), source]);
  });
}

/** @type {(machine: 'amd64' | 'arm64', standIn: StandIn, into: string) => Promise<string[]>} */
async function hooksOf(machine, { npm = [], finish }, into) {
  const lines = ['set -e', 'mkdir -p "$1/usr/local/bin" "$1/tmp" "$1/root"', 'chmod 1777 "$1/tmp"'];
  if (machine !== 'amd64')
    lines.push(
      'echo root:x:0:0:root:/root:/bin/sh > "$1/etc/passwd"',
      'echo root:x:0: > "$1/etc/group"',
    );
  for (const word of npm) {
    const [name = '', folder = ''] = word.replace('@@', NODE_MACHINES[machine]).split(':');
    const file = await packed(name, into);
    lines.push(
      `mkdir -p "$1${folder}"`,
      `tar -xzf ${file} --strip-components=1 --no-same-owner -C "$1${folder}"`,
    );
  }
  if (finish !== undefined) lines.push(finish);
  const hook = join(into, 'finish.sh');
  await writeFile(hook, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(hook, 0o755);
  return [hook];
}

/** @type {(name: string, into: string) => Promise<string>} */
async function packed(name, into) {
  const folder = join(into, name.replaceAll('/', '_'));
  await mkdir(folder);
  await run('npm', ['pack', '--silent', name], { cwd: folder });
  const [file = ''] = await readdir(folder);
  return join(folder, file);
}
