// @ts-check
// Base images, none of them pulled: their files are Debian packages of the foreign architectures.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { cached, ensurePackages, install, unpack } from './packages.mjs';
import { tar, writeTar } from './tar.mjs';

/** @typedef {import('./lab.mjs').Lab} Lab */

/**
 * @typedef {object} Platform
 * @property {string} architecture Docker's name.
 * @property {'v6' | 'v7' | undefined} [variant]
 * @property {string} debian Debian's name of the port whose files are taken.
 * @property {string} suite Debian release that has it.
 */

/** Every platform a busybox base can be made for: short name (also its tag) -> where it comes from. */
export const PLATFORMS = /** @type {const} @satisfies {Record<string, Platform>} */ ({
  amd64: { architecture: 'amd64', debian: 'amd64', suite: 'bookworm' },
  arm64: { architecture: 'arm64', debian: 'arm64', suite: 'bookworm' },
  armv7: { architecture: 'arm', variant: 'v7', debian: 'armhf', suite: 'bookworm' },
  // Debian's armel is built for ARMv5, which every ARMv6 runs.
  armv6: { architecture: 'arm', variant: 'v6', debian: 'armel', suite: 'bookworm' },
  386: { architecture: '386', debian: 'i386', suite: 'bookworm' },
  ppc64le: { architecture: 'ppc64le', debian: 'ppc64el', suite: 'bookworm' },
  s390x: { architecture: 's390x', debian: 's390x', suite: 'bookworm' },
  mips64le: { architecture: 'mips64le', debian: 'mips64el', suite: 'bookworm' },
  riscv64: { architecture: 'riscv64', debian: 'riscv64', suite: 'trixie' },
  loong64: { architecture: 'loong64', debian: 'loong64', suite: 'sid' },
});

/** @typedef {keyof typeof PLATFORMS} PlatformName */

/** The platforms that tests usually need, and whose packages come from stable releases. */
export const USUAL = /** @type {const} */ ([
  'amd64',
  'arm64',
  'armv7',
  'riscv64',
  'ppc64le',
  's390x',
]);

const APPLETS =
  'sh ash cat cp mv rm ln ls mkdir rmdir chmod chown touch echo printf true false test expr env id ' +
  'uname hostname date sleep head tail grep sed awk cut tr sort uniq wc find xargs od hexdump sha256sum ' +
  'tar gzip gunzip wget nc ps kill mount umount df du stat readlink dirname basename which seq tee yes dd vi';

/**
 * Gets Debian's statically linked busybox of one platform.
 *
 * @param {PlatformName} name
 * @returns {Promise<string>} path of the program
 * @throws {Error} what apt said
 */
export async function ensureBusybox(name) {
  const { debian, suite } = PLATFORMS[name];
  const path = await cached(`busybox/${name}`, async (dir) => {
    const root = join(dir, 'root');
    await unpack({ suite, arch: debian, packages: ['busybox-static'], into: root });
    // Debian 13 and newer have merged /bin into /usr/bin in the package too.
    await copyFile(join(root, 'usr/bin/busybox'), join(dir, 'busybox')).catch(() =>
      copyFile(join(root, 'bin/busybox'), join(dir, 'busybox')),
    );
    await rm(root, { recursive: true });
  });
  return join(path, 'busybox');
}

/**
 * @typedef {object} Base One platform of a base image, ready to be put into any archive.
 * @property {PlatformName} name
 * @property {string} layer Path of its only layer, gzipped or not.
 * @property {string} diffId sha256:… of the layer's tar.
 * @property {string} digest sha256:… of the file.
 * @property {number} size Bytes of the file.
 * @property {string[]} command What a container runs by default.
 */

/**
 * Makes the busybox base of one platform: /bin with its commands, and a bare /etc, /tmp, /root.
 *
 * @param {PlatformName} name
 * @returns {Promise<Base>}
 * @throws {Error} what apt said
 */
export async function busyboxBase(name) {
  const program = await ensureBusybox(name);
  const dir = await cached(`busybox-layer/${name}`, async (into) => {
    const layer = tar([
      ...['bin/', 'etc/', 'root/', 'usr/', 'usr/bin/', 'proc/', 'sys/', 'dev/'].map((path) => ({
        name: path,
      })),
      { name: 'tmp/', mode: 0o1777 },
      {
        name: 'etc/passwd',
        mode: 0o644,
        body: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
      },
      { name: 'etc/group', mode: 0o644, body: 'root:x:0:\nnogroup:x:65534:\n' },
      { name: 'bin/busybox', body: await readFile(program) },
      ...APPLETS.split(' ').map((applet) => ({ name: `bin/${applet}`, link: 'busybox' })),
      { name: 'usr/bin/env', link: '/bin/busybox' },
    ]);
    await writeFile(join(into, 'layer.tar'), layer);
  });
  return describeLayer(name, join(dir, 'layer.tar'), ['/bin/sh']);
}

/** @type {(name: PlatformName, layer: string, command: string[]) => Promise<Base>} */
async function describeLayer(name, layer, command) {
  const digest = await sha256(layer);
  const diffId = layer.endsWith('.gz') ? await sha256(layer, true) : digest;
  return { name, layer, diffId, digest, size: (await stat(layer)).size, command };
}

/** @type {(path: string, unzip?: boolean) => Promise<string>} */
async function sha256(path, unzip = false) {
  const hash = createHash('sha256');
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  await (unzip ? pipeline(file, createGunzip({ chunkSize: 1 << 18 }), hash) : pipeline(file, hash));
  return `sha256:${hash.digest('hex')}`;
}

/** @param {string} text */
const digestOf = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** @param {Base} base @returns {string} the image configuration, as JSON */
function configOf(base) {
  const { architecture, ...rest } = PLATFORMS[base.name];
  return JSON.stringify({
    created: '2023-11-14T22:13:20Z',
    architecture,
    ...('variant' in rest ? { variant: rest.variant } : {}),
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Cmd: base.command,
    },
    rootfs: { type: 'layers', diff_ids: [base.diffId] },
    history: [{ created: '2023-11-14T22:13:20Z', created_by: 'xbuild lab' }],
  });
}

/** @typedef {{mediaType: string, digest: string, size: number}} Descriptor */

/**
 * @typedef {object} Blobs The parts of an OCI image of several platforms.
 * @property {Map<string, string>} texts digest -> JSON of configurations and manifests
 * @property {Map<string, string>} files digest -> path of a layer
 * @property {string} index the image index, as JSON
 * @property {(Descriptor & {platform: object})[]} manifests
 */

/**
 * Puts bases together as an OCI image index.
 *
 * @param {readonly Base[]} bases
 * @returns {Blobs}
 */
export function ociImage(bases) {
  /** @type {Map<string, string>} */ const texts = new Map();
  /** @type {Map<string, string>} */ const files = new Map();
  /** @type {(mediaType: string, text: string) => Descriptor} */
  const add = (mediaType, text) => {
    const digest = digestOf(text);
    texts.set(digest, text);
    return { mediaType, digest, size: Buffer.byteLength(text) };
  };
  const manifests = bases.map((base) => {
    files.set(base.digest, base.layer);
    const kind = 'application/vnd.oci.image';
    const layerType = `${kind}.layer.v1.tar${base.layer.endsWith('.gz') ? '+gzip' : ''}`;
    const manifest = {
      schemaVersion: 2,
      mediaType: `${kind}.manifest.v1+json`,
      config: add(`${kind}.config.v1+json`, configOf(base)),
      layers: [{ mediaType: layerType, digest: base.digest, size: base.size }],
    };
    const { architecture, ...rest } = PLATFORMS[base.name];
    const variant = 'variant' in rest ? { variant: rest.variant } : {};
    return {
      ...add(manifest.mediaType, JSON.stringify(manifest)),
      platform: { architecture, os: 'linux', ...variant },
    };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  return { texts, files, index, manifests };
}

/** @param {string} digest */
const blob = (digest) => `blobs/sha256/${digest.slice('sha256:'.length)}`;

/**
 * Writes an OCI layout as a tar: one tag for several platforms. Only containerd stores load it.
 *
 * @param {string} path
 * @param {string} tag such as busybox:latest
 * @param {readonly Base[]} bases
 * @returns {Promise<void>}
 */
export async function writeOciTar(path, tag, bases) {
  const { texts, files, index } = ociImage(bases);
  const digest = digestOf(index);
  texts.set(digest, index);
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const annotations = {
    'io.containerd.image.name': `docker.io/library/${tag}`,
    'org.opencontainers.image.ref.name': tag.split(':')[1],
  };
  const top = { mediaType, digest, size: Buffer.byteLength(index), annotations };
  await writeTar(path, [
    { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}', mode: 0o644 },
    {
      name: 'index.json',
      body: JSON.stringify({ schemaVersion: 2, manifests: [top] }),
      mode: 0o644,
    },
    ...[...texts].map(([of, body]) => ({ name: blob(of), body, mode: 0o644 })),
    ...[...files].map(([of, file]) => ({ name: blob(of), file, mode: 0o644 })),
  ]);
}

/**
 * Writes a docker-archive: one tag a platform. Every engine loads it.
 *
 * @param {string} path
 * @param {readonly {tags: readonly string[], base: Base}[]} images
 * @returns {Promise<void>}
 */
export async function writeDockerTar(path, images) {
  const parts = images.map(({ tags, base }) => {
    const config = configOf(base);
    const id = digestOf(config).slice('sha256:'.length);
    const entries = [
      { name: `${id}.json`, body: config, mode: 0o644 },
      { name: `${id}/layer.tar`, file: base.layer, mode: 0o644 },
    ];
    return { entries, row: { Config: `${id}.json`, RepoTags: tags, Layers: [`${id}/layer.tar`] } };
  });
  await writeTar(path, [
    ...parts.flatMap((part) => part.entries),
    { name: 'manifest.json', body: JSON.stringify(parts.map((part) => part.row)), mode: 0o644 },
  ]);
}

/**
 * Loads bases into a lab: on a containerd store as one tag for all platforms; and on every store
 * as a tag a platform, `REPOSITORY:arm64` and so on.
 *
 * On a classic store a tag has one platform: `REPOSITORY:latest` (or the given tag) is then the
 * native one. `FROM REPOSITORY` for another platform makes BuildKit ask the registry: use the
 * per-platform tags there, or a lab with a registry (startRegistry, option `mirror`).
 *
 * @param {Lab} lab
 * @param {string} tag such as busybox:latest
 * @param {readonly Base[]} bases
 * @returns {Promise<void>}
 * @throws {Error} what docker said
 */
export async function loadBases(lab, tag, bases) {
  const [repository = tag] = tag.split(':');
  const file = join(lab.dir, 'load.tar');
  const oci = lab.store === 'containerd';
  const native = process.arch === 'x64' ? 'amd64' : process.arch;
  const images = bases.map((base) => ({
    tags: [`${repository}:${base.name}`, ...(!oci && base.name === native ? [tag] : [])],
    base,
  }));
  await writeDockerTar(file, images);
  await load(lab, file);
  if (oci) {
    await writeOciTar(file, tag, bases);
    await load(lab, file);
  }
  await rm(file);
}

/** @type {(lab: Lab, file: string) => Promise<void>} */
async function load(lab, file) {
  const { stdout, stderr } = await lab.docker(['load', '-i', file]);
  if (!stdout.includes('Loaded image')) throw new Error(`docker load: ${stdout}${stderr}`);
}

/**
 * Loads busybox for some platforms into a lab, see loadBases().
 *
 * @param {Lab} lab
 * @param {readonly PlatformName[]} [names] default USUAL
 * @returns {Promise<void>}
 * @throws {Error} what apt or docker said
 */
export async function loadBusybox(lab, names = USUAL) {
  /** @type {Base[]} */ const bases = [];
  for (const name of names) bases.push(await busyboxBase(name));
  await loadBases(lab, 'busybox:latest', bases);
}

/**
 * Makes Debian 12's minbase root file system of one platform, with mmdebstrap. A foreign one
 * runs its own dpkg through the rules of the lab it is made in.
 *
 * @param {'amd64' | 'arm64'} name
 * @param {Lab} lab one with rules and `net`
 * @returns {Promise<Base>}
 * @throws {Error} what mmdebstrap said
 */
export async function debianBase(name, lab) {
  const { debian } = PLATFORMS[name];
  const dir = await cached(`debian-bookworm/${name}`, async (into) => {
    await ensurePackages();
    await install(['mmdebstrap', 'arch-test']);
    const mirror = process.env.XBUILD_LAB_MIRROR || 'http://deb.debian.org/debian';
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    const target = join(into, 'layer.tar.gz');
    await mkdir(join(lab.dir, 'tmp'), { recursive: true });
    const argv = [
      '--variant=minbase',
      `--architectures=${debian}`,
      '--mode=root',
      `--keyring=${keyring}`,
    ];
    // As Debian's slim images: no manuals, no caches.
    argv.push('--dpkgopt=path-exclude=/usr/share/man/*', '--dpkgopt=path-exclude=/usr/share/doc/*');
    argv.push(
      '--dpkgopt=path-exclude=/usr/share/locale/*',
      '--aptopt=Acquire::Languages "none"',
      '--dpkgopt=force-unsafe-io',
    );
    await lab.exec(['mmdebstrap', ...argv, 'bookworm', target, `deb ${mirror} bookworm main`], {
      env: { ...process.env, TMPDIR: join(lab.dir, 'tmp') },
    });
  });
  return describeLayer(name, join(dir, 'layer.tar.gz'), ['bash']);
}

/**
 * Loads debian:bookworm-slim for amd64 and arm64 into a lab, see loadBases().
 *
 * @param {Lab} lab with rules, and `net` unless the bases are in the cache
 * @returns {Promise<void>}
 * @throws {Error} what mmdebstrap or docker said
 */
export async function loadDebian(lab) {
  const bases = await Promise.all([debianBase('amd64', lab), debianBase('arm64', lab)]);
  await loadBases(lab, 'debian:bookworm-slim', bases);
}
