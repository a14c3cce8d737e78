import type { Check } from '../model/preflight.ts';
import { mountFix, RULES } from '../model/rule-fixes.ts';
import { aboutKernel } from './scene.ts';
import type { Scene } from './scene.ts';
import { architecturesInNeed, need } from './need.ts';

export const order = 70;

const id = 'binfmt-known';

export const check: Check = {
  id,
  title: 'The kernel knows binfmt_misc',
  run: (input) => aboutKernel(id, input, 'The kernel knows binfmt_misc.', look),
};

function look(scene: Scene): ReturnType<Check['run']> {
  const { binfmt, release } = scene.kernel;
  if (binfmt.knownToKernel || binfmt.mount === 'binfmt_misc') return [];
  const evidence = [`Linux ${release}: /proc/filesystems does not list binfmt_misc`];
  return need(id, scene, 'The kernel does not know binfmt_misc; no wanted platform needs it.', {
    message:
      "The engine's kernel does not know binfmt_misc: its module is not loaded, or it was built without.",
    why: 'binfmt_misc is what hands programs of other CPUs to an emulator.',
    evidence,
    fix: {
      ...mountFix(
        scene.engine,
        [
          'modprobe binfmt_misc',
          'echo binfmt_misc > /etc/modules-load.d/binfmt_misc.conf',
          `mount -t binfmt_misc binfmt_misc ${RULES}`,
        ],
        architecturesInNeed(scene),
      ),
      text: 'Load the module, now and at every boot; mount it; then give it rules. Where modprobe finds no such module the kernel was built without CONFIG_BINFMT_MISC.',
    },
  });
}
