import { bytesOfBase64, stringOfBytes } from '../model/bytes.ts';
import type { DiagnosisFacts } from '../model/diagnosis.ts';
import type { MountFacts } from '../model/container.ts';
import { makeImageProbe } from '../probe/image-probe.ts';
import type { Session } from './session.ts';
import { isBelow } from './trace-programs.ts';

const telling = new Set(['noexec', 'nosuid', 'nodev']);

/** By mount point, the options that a mountinfo says; proc(5) has the format. */
export function optionsIn(mountinfo: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of mountinfo.split('\n')) {
    const [, , , , point, options] = line.split(' ');
    if (point === undefined || options === undefined) continue;
    const path = point.replaceAll(/\\(\d{3})/g, (_escape, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    found.set(
      path,
      options.split(',').filter((word) => telling.has(word)),
    );
  }
  return found;
}

/**
 * Whether the options of mounts are worth a container: permission was denied, a program lies in a
 * bind mount or a volume, and nothing else explains it.
 */
export function asksForOptions({ container, surface, traces }: DiagnosisFacts): boolean {
  const denied = surface.lines.some(({ text }) => /permission denied/i.test(text));
  const mounts = (container?.mounts ?? []).filter(({ type }) => type !== 'tmpfs');
  if (!denied || mounts.length === 0) return false;
  return traces.some(
    ({ lookup }) =>
      'path' in lookup && mounts.some(({ destination }) => isBelow(lookup.path, destination)),
  );
}

/** The mounts of a container with the options that they really have, seen from one that has them too. */
export async function readMountOptions(
  { engine, version, signal }: Session,
  image: { image: string; platform: string },
  container: { id: string; mounts: readonly MountFacts[] },
): Promise<MountFacts[]> {
  const options = { architecture: version.Arch, signal };
  const probe = await makeImageProbe(engine.docker, options);
  const answer = await probe.run({
    ...image,
    mountsOf: container.id,
    commands: [{ do: 'look', path: '/proc/thread-self/mountinfo' }],
  });
  const file = answer.files.find(({ path, head }) => path.endsWith('/mountinfo') && head);
  const seen = optionsIn(stringOfBytes(bytesOfBase64(file?.head ?? '')));
  return container.mounts.map((mount) => ({
    ...mount,
    options: [...new Set([...mount.options, ...(seen.get(mount.destination) ?? [])])],
  }));
}
