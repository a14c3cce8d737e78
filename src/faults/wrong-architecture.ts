import { shown } from '../model/bytes-text.ts';
import { formatPlatform } from '../model/platform.ts';
import type { Fault, Spot } from './fault.ts';
import { isExecutable, type ImageFile } from './image-files.ts';
import { reachLine, weigh, type FaultScene } from './scene.ts';

export const order = 10;

/** e_machine of what programs load into a device or the kernel, on hosts of any architecture. */
const DEVICES: ReadonlySet<number> = new Set([
  190, // EM_CUDA
  205, // EM_INTELGT
  224, // EM_AMDGPU
  247, // EM_BPF
]);

/** `arm64`, `machine 9999`. */
export function architectureWords({ elf }: ImageFile): string {
  return elf?.architecture?.name ?? `machine ${elf?.machine ?? '?'}`;
}

function kindWords(file: ImageFile): string {
  return typeof file.loader === 'string' || isExecutable(file) ? 'a program' : 'a library';
}

function foreign(file: ImageFile, scene: FaultScene): Spot {
  const platform = formatPlatform(scene.platform);
  const status = weigh(scene, file);
  const found = architectureWords(file);
  return {
    path: file.path,
    status,
    message: `${shown(file.path)} is ${kindWords(file)} for ${found}, and the image is for ${platform}`,
    several: `are for other architectures than ${platform}`,
    why:
      status === 'fail'
        ? `On a machine of ${platform} it ends in "exec format error", or in "wrong ELF class" where it is a library.`
        : 'Nothing shows that the image executes it. If it is there on purpose (test data, firmware, a cross compiler), allow it.',
    evidence: [
      `${shown(file.path)}: found ${found}, expected ${scene.platform.architecture}`,
      ...reachLine(scene, file),
    ],
    fix:
      status === 'fail'
        ? {
            text: 'If the Dockerfile makes or downloads it: declare ARG TARGETARCH (without a default) in the stage that does, and use it there. If it comes with a base image or COPY --from: look at what that image is for.',
            commands: [],
          }
        : { text: 'Leave it out of the image, or say why it is there.', commands: [] },
    ...(status === 'warn' ? { mayBeMeant: true } : {}),
  };
}

/** 386 on amd64: only where the image comes by a program; libraries follow from that. */
function onlySomewhere(file: ImageFile, scene: FaultScene): Spot | undefined {
  const isLibrary = /\.so(?:\.|$)/.test(file.path);
  if (isLibrary || (typeof file.loader !== 'string' && file.elf?.type !== 2)) return undefined;
  const platform = formatPlatform(scene.platform);
  const found = architectureWords(file);
  return {
    path: file.path,
    status: 'warn',
    message: `${shown(file.path)} is a 32-bit program for ${found} in an image for ${platform}`,
    several: `are 32-bit programs for ${found} in an image for ${platform}`,
    why: `Most kernels for ${platform} run it, but not those without 32-bit support, and an emulator for ${platform} does not.`,
    evidence: [`${shown(file.path)}: found ${found}`, ...reachLine(scene, file)],
  };
}

/** ELF files that machines of the image's platform do not run. */
export const fault: Fault = {
  id: 'wrong-architecture',
  find: (scene) =>
    scene.elves.flatMap((file) => {
      if (file.elf === undefined) return [];
      if (DEVICES.has(file.elf.machine) && !scene.reach.has(file.path)) return [];
      const runs = scene.runs(file.elf);
      if (runs === 'no') return [foreign(file, scene)];
      return runs === 'maybe' ? (onlySomewhere(file, scene) ?? []) : [];
    }),
};
