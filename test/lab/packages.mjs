// @ts-check
// Brings the programs of the lab onto the machine: Debian packages only, through apt, which
// checks their signatures. What the machine itself needs is installed; everything of another
// release is unpacked to a cache directory and never installed.
import { existsSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

/** @typedef {'20.10' | '26.1' | '28.5'} EngineVersion */

/** The engines the lab can start, oldest first. */
export const ENGINE_VERSIONS = /** @type {const} */ (['20.10', '26.1', '28.5']);

/** Where downloads are kept between runs; safe to delete at any time. */
export const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'xbuild', 'lab');

const MIRROR = process.env.XBUILD_LAB_MIRROR || 'http://deb.debian.org/debian';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Which Debian releases may hold an engine, first choice first. A release moves on: hence two. */
const SUITES = /** @type {const} */ ({
  '20.10': ['bookworm'],
  26.1: ['trixie'],
  28.5: ['forky', 'sid'],
});

/** Program on the machine -> the package that brings it. Only missing ones are installed. */
const NEEDED = /** @type {const} */ ({
  dockerd: 'docker.io',
  containerd: 'containerd',
  runc: 'runc',
  'qemu-aarch64-static': 'qemu-user-static',
  ip: 'iproute2',
  mount: 'mount',
  unshare: 'util-linux',
  iptables: 'iptables',
  slirp4netns: 'slirp4netns',
});

/** @param {string} program */
const onPath = (program) =>
  `${process.env.PATH ?? ''}:/usr/sbin:/sbin`
    .split(':')
    .find((dir) => existsSync(join(dir, program)));

/** @type {NodeJS.ProcessEnv} */
const APT_ENV = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };

/**
 * Installs Debian packages on this machine, without their recommendations and without
 * starting any service they bring.
 *
 * @param {readonly string[]} packages
 * @returns {Promise<void>}
 * @throws {Error} what apt said, also after its lists were brought up to date
 */
export async function install(packages) {
  if (packages.length === 0) return;
  // invoke-rc.d asks /usr/sbin/policy-rc.d before it starts a service. The machine may have one
  // of its own; ours is put in its place only when there is none, and taken away again.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  const argv = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  const options = ['-o', 'DPkg::Lock::Timeout=120'];
  try {
    if (ours) await writeFile(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const first = await run('apt-get', [...options, ...argv], { env: APT_ENV, check: false });
    if (first.code === 0) return;
    // Old lists name versions the mirror has dropped. An unreachable foreign source must not
    // stop the lab, so only the second install decides.
    await run('apt-get', [...options, 'update'], { env: APT_ENV, check: false });
    await run('apt-get', [...options, ...argv], { env: APT_ENV });
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}

/**
 * Installs what the machine lacks to run a lab: an engine, an OCI runtime, emulators, ip, unshare.
 *
 * @returns {Promise<string[]>} the packages that were installed now
 * @throws {Error} what apt said
 */
export async function ensurePackages() {
  const missing = Object.entries(NEEDED)
    .filter(([program]) => onPath(program) === undefined)
    .map(([, name]) => name);
  await install(missing);
  return missing;
}

/**
 * Downloads Debian packages of any release and architecture and unpacks them into a directory.
 * apt checks them against Debian's keyring; its lists live and die with the call, so that a
 * moving release (sid) is never asked for a version it no longer has.
 *
 * @param {{suite: string, arch?: string, packages: readonly string[], into: string}} what
 * @returns {Promise<Record<string, string>>} package -> version
 * @throws {Error} what apt said
 */
export async function unpack({ suite, arch = hostDebianArch(), packages, into }) {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'apt-'));
  try {
    for (const dir of ['lists/partial', 'cache/archives/partial', 'debs'])
      await mkdir(join(work, dir), { recursive: true });
    await writeFile(join(work, 'status'), '');
    await writeFile(
      join(work, 'sources.list'),
      `deb [arch=${arch} signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`,
    );
    // On the command line, because there it wins over the machine's own configuration.
    const options = Object.entries({
      'Dir::Etc::sourcelist': join(work, 'sources.list'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::Etc::preferences': '/dev/null',
      'Dir::Etc::preferencesparts': '/dev/null',
      'Dir::State': work,
      'Dir::State::lists': join(work, 'lists'),
      'Dir::State::status': join(work, 'status'),
      'Dir::Cache': join(work, 'cache'),
      'APT::Architecture': arch,
      'APT::Architectures': arch,
      'APT::Sandbox::User': 'root',
      'Acquire::Languages': 'none',
      'Acquire::Retries': '3',
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    await run('apt-get', [...options, '-q', '--error-on=any', 'update'], { env: APT_ENV });
    await run('apt-get', [...options, '-q', 'download', ...packages], {
      env: APT_ENV,
      cwd: join(work, 'debs'),
    });
    /** @type {Record<string, string>} */ const versions = {};
    for (const name of await readdir(join(work, 'debs'))) {
      const deb = join(work, 'debs', name);
      const field = await run('dpkg-deb', ['-W', '--showformat=${Package} ${Version}', deb]);
      const [pkg = name, version = ''] = field.stdout.split(' ');
      versions[pkg] = version;
      await run('dpkg', ['-x', deb, into]);
    }
    return versions;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @returns {string} Debian's name of this machine's architecture */
export function hostDebianArch() {
  const names = /** @type {Record<string, string>} */ ({
    x64: 'amd64',
    arm: 'armhf',
    ppc64: 'ppc64el',
  });
  return names[process.arch] ?? process.arch;
}

/**
 * Makes a cache directory once: filled beside its place and then renamed, so that a killed or
 * a parallel run never leaves half of one.
 *
 * @param {string} name folder under CACHE
 * @param {(dir: string) => Promise<void>} fill
 * @returns {Promise<string>} its path
 */
export async function cached(name, fill) {
  const path = join(CACHE, name);
  if (existsSync(path)) return path;
  await mkdir(join(path, '..'), { recursive: true });
  const dir = await mkdtemp(`${path}.new-`);
  try {
    await fill(dir);
    // mkdtemp makes it private, but programs in it must run as any user.
    await chmod(dir, 0o755);
    await rename(dir, path).catch((/** @type {NodeJS.ErrnoException} */ error) => {
      // Another process was faster: what it made serves as well.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
  return path;
}

/**
 * @typedef {object} EnginePrograms The files of one Docker version.
 * @property {string} version Full version, as dockerd prints it, such as 28.5.2+dfsg4.
 * @property {string} engineDir Directory to put first on the daemon's PATH.
 * @property {string} cliDir Directory with `docker` and nothing else.
 * @property {string | undefined} buildx The buildx plugin; undefined for 20.10, whose release had none.
 */

/**
 * Gets one Docker version: from the machine when that is it, else unpacked from Debian's archive.
 *
 * @param {EngineVersion} version
 * @returns {Promise<EnginePrograms>}
 * @throws {Error} when no release offers that version (any more), or its dockerd does not run here
 */
export async function ensureEngine(version) {
  await ensurePackages();
  const name = `engine-${version}`;
  // 20.10 is linked to, not copied: after an upgrade or a removal the links are of no use.
  if (!existsSync(join(CACHE, name, 'engine', 'dockerd')))
    await rm(join(CACHE, name), { recursive: true, force: true });
  const path = await cached(name, (dir) => fillEngine(version, dir));
  const buildx = join(path, 'plugins', 'docker-buildx');
  return {
    version: (await readFile(join(path, 'version'), 'utf8')).trim(),
    engineDir: join(path, 'engine'),
    cliDir: join(path, 'cli'),
    buildx: existsSync(buildx) ? buildx : undefined,
  };
}

/** @type {(version: EngineVersion, dir: string) => Promise<void>} */
async function fillEngine(version, dir) {
  for (const name of ['engine', 'cli', 'plugins']) await mkdir(join(dir, name));
  const full = (await installedEngine(version, dir)) ?? (await unpackedEngine(version, dir));
  await writeFile(join(dir, 'version'), `${full}\n`);
}

/** @type {(program: string) => Promise<string | undefined>} */
async function versionOf(program) {
  const ended = await run(program, ['--version'], { check: false });
  return /version ([^,\s]+)/.exec(ended.stdout)?.[1];
}

/** @type {(version: EngineVersion, dir: string) => Promise<string | undefined>} */
async function installedEngine(version, dir) {
  // Where Debian puts them: another docker may well stand before it on PATH.
  const [daemon, command] = ['/usr/sbin/dockerd', '/usr/bin/docker'];
  if (!existsSync(daemon) || !existsSync(command)) return undefined;
  const full = await versionOf(daemon);
  if (!full?.startsWith(`${version}.`)) return undefined;
  if (!(await versionOf(command))?.startsWith(`${version}.`)) return undefined;
  await symlink(daemon, join(dir, 'engine', 'dockerd'));
  await symlink(command, join(dir, 'cli', 'docker'));
  return full;
}

/** @type {(version: EngineVersion, dir: string) => Promise<string>} */
async function unpackedEngine(version, dir) {
  /** @type {string[]} */ const seen = [];
  for (const suite of SUITES[version]) {
    const root = join(dir, 'root');
    // 20.10 has its command in docker.io, and Debian has no buildx for it.
    const packages = version === '20.10' ? [] : ['docker-cli', 'docker-buildx'];
    await unpack({ suite, packages: ['docker.io', 'containerd', ...packages], into: root });
    const full = await versionOf(join(root, 'usr/sbin/dockerd'));
    if (full?.startsWith(`${version}.`)) {
      await sortPrograms(root, dir);
      return full;
    }
    seen.push(`${suite} has ${full ?? 'one that does not run here'}`);
    await rm(root, { recursive: true });
  }
  throw new Error(`No Docker ${version} to be had: ${seen.join(', ')}`);
}

/**
 * Keeps the programs and drops the rest. runc is left out on purpose: those of newer releases
 * want a newer glibc than Debian 12's, and the machine's own runc serves all engines.
 *
 * @type {(root: string, dir: string) => Promise<void>}
 */
async function sortPrograms(root, dir) {
  const daemon = new Set(['dockerd', 'docker-proxy', 'containerd', 'ctr']);
  for (const folder of ['usr/bin', 'usr/sbin', 'usr/libexec/docker/cli-plugins']) {
    if (!existsSync(join(root, folder))) continue;
    for (const name of await readdir(join(root, folder))) {
      const from = join(root, folder, name);
      // docker-init points into another package; the machine's own is found on PATH.
      if (!existsSync(from)) continue;
      if (name === 'docker') await copyFile(from, join(dir, 'cli', name));
      else if (name === 'docker-buildx') await copyFile(from, join(dir, 'plugins', name));
      else if (daemon.has(name) || name.startsWith('containerd-shim'))
        await copyFile(from, join(dir, 'engine', name));
    }
  }
  await rm(root, { recursive: true });
}

/** @type {(suite: string, dir: string) => Promise<void>} */
async function unpackQemu(suite, dir) {
  await unpack({ suite, packages: ['qemu-user'], into: dir });
  const bin = join(dir, 'usr/bin');
  // There are forty of them, and of 10 MB each.
  const kept = /^qemu-(aarch64|arm|i386|loongarch64|mips64el|ppc64le|riscv64|s390x|x86_64)$/;
  for (const name of await readdir(bin)) if (!kept.test(name)) await rm(join(bin, name));
}

/**
 * Gets Debian's dynamically linked qemu emulators, unpacked and not installed: such an
 * interpreter cannot start inside a foreign image, which is a set-up people really have.
 *
 * @returns {Promise<string>} directory with qemu-aarch64, qemu-arm, …
 * @throws {Error} what apt said
 */
export async function ensureDynamicQemu() {
  const path = await cached('qemu-dynamic', async (dir) => {
    await unpackQemu('bookworm', dir);
  });
  // On the machine itself it must run, or the set-up would be broken in another way.
  const libraries = await run('ldd', [join(path, 'usr/bin/qemu-aarch64')]);
  if (libraries.stdout.includes('not found')) await install(['libcapstone4', 'liburing2']);
  return join(path, 'usr/bin');
}

/**
 * Gets statically linked emulators of Debian 13 (qemu 10), unpacked and not installed.
 *
 * @returns {Promise<string>} directory with qemu-aarch64, qemu-arm, …
 * @throws {Error} what apt said
 */
export async function ensureNewQemu() {
  const path = await cached('qemu-10', async (dir) => {
    await unpackQemu('trixie', dir);
  });
  return join(path, 'usr/bin');
}
