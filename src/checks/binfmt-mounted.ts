import type { Check } from '../model/preflight.ts';
import { machineName, mountFix, RULES } from '../model/rule-fixes.ts';
import { architecturesInNeed, need } from './need.ts';
import { aboutKernel } from './scene.ts';
import type { Scene } from './scene.ts';
import { compareVersions, versionNumbers } from './version.ts';

export const order = 80;

const id = 'binfmt-mounted';

export const check: Check = {
  id,
  title: 'binfmt_misc is mounted',
  run: (input) => aboutKernel(id, input, `binfmt_misc is mounted at ${RULES}.`, look),
};

const messages = {
  autofs:
    "systemd's automount waits at the place of binfmt_misc, and nothing has triggered it yet.",
  nothing: 'binfmt_misc is not mounted: its directory is empty.',
  absent: 'binfmt_misc is not mounted: its directory is not there.',
} as const;

const mount = `mount -t binfmt_misc binfmt_misc ${RULES}`;

function look(scene: Scene): ReturnType<Check['run']> {
  const { binfmt, release } = scene.kernel;
  if (binfmt.mount === 'binfmt_misc') return [];
  if (!binfmt.knownToKernel) {
    // binfmt-known has the cause and the commands.
    const message = 'binfmt_misc cannot be mounted before the kernel knows it.';
    return [{ id, status: 'unknown', message }];
  }
  const autofs = binfmt.mount === 'autofs';
  const fix = mountFix(
    scene.engine,
    autofs ? [`ls ${RULES}`] : [mount],
    architecturesInNeed(scene),
  );
  return need(id, scene, `${messages[binfmt.mount]} No wanted platform needs it.`, {
    message: messages[binfmt.mount],
    why: 'The rules that hand programs of other CPUs to an emulator live there. A container that mounts it for itself takes its rules along when it ends.',
    evidence: [`${RULES}: ${binfmt.mount}`, `Linux ${release}${lifetime(release)}`],
    fix: autofs
      ? {
          ...fix,
          text: `Looking at it mounts it, on ${machineName(scene.engine)}; then give it rules.`,
        }
      : {
          ...fix,
          text: `${fix.text} To have it at every boot, add this line to /etc/fstab: binfmt_misc ${RULES} binfmt_misc defaults 0 0`,
        },
  });
}

/** Source: kernel commit 1c5976ef0f7a, "binfmt_misc: cleanup on filesystem umount". */
function lifetime(release: string): string {
  const version = versionNumbers(release);
  return version !== undefined && compareVersions(version, [6, 7]) >= 0
    ? ': since 6.7 rules die with the last mount, so it has to stay mounted'
    : '';
}
