import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeTar } from '../io/write-tar.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { guestPath, LAUNCHER, PROBE_FOLDER } from './command.ts';

/** The label of everything that the probe leaves in an engine. */
export const PROBE_LABEL = 'org.xbuild.probe';

/** The programs that the probe can run, by architecture, `-`, variant. */
// oxfmt-ignore
export const PROGRAMS = [
  'amd64', '386', 'arm64', 'arm-v7', 'arm-v6', 'arm-v5', 'riscv64', 'ppc64le', 's390x', 'mips64le', 'loong64',
] as const;

/** The architectures of engines that it can run on. */
// oxfmt-ignore
export const LAUNCHERS = [
  'amd64', '386', 'arm64', 'arm', 'riscv64', 'ppc64le', 's390x', 'mips64le', 'loong64',
] as const;

/** When the image says it was made: always the same, so that its content is. */
const CREATED = '2026-11-22T00:00:00Z';

/** The probe's image for one engine architecture, as `docker load` takes it. */
export interface ProbeImage {
  /** `xbuild-probe:` and 12 digits of its content's digest: another content has another tag. */
  tag: string;
  /** A docker-archive, which every engine loads; an OCI layout only newer ones do. */
  archive: Buffer;
  /** Its one layer, a tar: what is sent into containers of other images. */
  layer: Buffer;
  /** Each guest by its program's name. */
  guests: ReadonlyMap<string, Uint8Array>;
  launcher: Uint8Array;
}

/** Beside this file in the sources; in the package its bundle is in dist/ or a folder of it. */
const folders = ['./bin/', '../probe/', './probe/'];

function findPrograms(): URL {
  const found = folders
    .map((folder) => new URL(folder, import.meta.url))
    .find((folder) => existsSync(new URL(`launcher-${LAUNCHERS[0]}`, folder)));
  if (found !== undefined) return found;
  throw new XbuildError(
    'probe-failed',
    "the probe's programs are missing from this installation of xbuild",
    'Install xbuild again.',
    { detail: folders.map((folder) => new URL(folder, import.meta.url).pathname) },
  );
}

/**
 * Makes the probe's image from the programs that come with xbuild.
 *
 * `architecture`: the engine's, in Go's words. Throws `probe-failed` where there is no launcher for
 * it.
 */
export async function makeProbeImage(architecture: string): Promise<ProbeImage> {
  if (!(LAUNCHERS as readonly string[]).includes(architecture)) {
    throw new XbuildError(
      'probe-failed',
      `there is no probe for engines of architecture "${escapeLine(architecture)}"`,
      'Use an engine of an architecture that there is a probe for.',
      { detail: [`there are probes for: ${LAUNCHERS.join(', ')}`] },
    );
  }
  const folder = findPrograms();
  // A dozen files of a few KB: the way through the thread pool takes longer than reading them.
  const read = (name: string) => readFileSync(new URL(name, folder));
  const launcher = read(`launcher-${architecture}`);
  const guests = new Map(PROGRAMS.map((name) => [name, read(`guest-${name}`)] as const));
  return { ...packImage(architecture, launcher, guests), guests, launcher };
}

/** The first 256 bytes of a guest, which is what execve(2) looks at; empty where there is no such guest. */
export function guestHead(image: ProbeImage, program: string): Uint8Array {
  return image.guests.get(program)?.subarray(0, 256) ?? new Uint8Array();
}

function packImage(
  architecture: string,
  launcher: Uint8Array,
  guests: ReadonlyMap<string, Uint8Array>,
): Pick<ProbeImage, 'tag' | 'archive' | 'layer'> {
  const layer = writeTar([
    { path: `${PROBE_FOLDER.slice(1)}/`, mode: 0o755 },
    { path: LAUNCHER.slice(1), mode: 0o755, bytes: launcher },
    { path: guestPath('').slice(1), mode: 0o755 },
    ...Array.from(guests, ([name, bytes]) => ({
      path: guestPath(name).slice(1),
      mode: 0o755,
      bytes,
    })),
  ]);
  const layerDigest = sha256(layer);
  const config = json({
    architecture,
    os: 'linux',
    created: CREATED,
    config: { Entrypoint: [LAUNCHER], Labels: { [PROBE_LABEL]: '1' } },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layerDigest}`] },
    history: [{ created: CREATED, created_by: 'xbuild: the probe' }],
  });
  const configDigest = sha256(config);
  const tag = `xbuild-probe:${configDigest.slice(0, 12)}`;
  const layerPath = `${layerDigest}/layer.tar`;
  const manifest = [{ Config: `${configDigest}.json`, RepoTags: [tag], Layers: [layerPath] }];
  const archive = writeTar([
    { path: `${configDigest}.json`, mode: 0o644, bytes: config },
    { path: layerPath, mode: 0o644, bytes: layer },
    { path: 'manifest.json', mode: 0o644, bytes: json(manifest) },
  ]);
  return { tag, archive, layer };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** An archive of one file, for a container that it is sent into; `path` without a leading slash. */
export function packFile(path: string, bytes: Uint8Array): Buffer {
  return writeTar([{ path, mode: 0o755, bytes }]);
}
