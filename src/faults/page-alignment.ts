import { shown } from '../model/bytes-text.ts';
import type { Fault } from './fault.ts';

export const order = 70;

const LARGEST_PAGE = 64 * 1024;
const USUAL_PAGE = 4096;

/**
 * arm64 kernels have pages of 4K, 16K (Apple, Raspberry Pi 5) or 64K (some servers), and load no
 * file whose segments are aligned to less than a page. Source: elf_map in the kernel's
 * fs/binfmt_elf.c, and the arm64 ABI, which asks for 64K.
 */
export const fault: Fault = {
  id: 'page-alignment',
  find: (scene) => {
    if (scene.platform.architecture !== 'arm64') return [];
    return scene.elves.flatMap((file) => {
      const alignment = file.links?.loadAlignment;
      if (file.elf?.architecture?.name !== 'arm64' || alignment === undefined) return [];
      if (alignment < USUAL_PAGE || alignment >= LARGEST_PAGE) return [];
      const kilobytes = alignment / 1024;
      const kernels = alignment < 16 * 1024 ? '16K and 64K' : '64K';
      return [
        {
          path: file.path,
          status: 'warn',
          message: `${shown(file.path)} is aligned to ${kilobytes}K, and does not load on arm64 kernels with pages of ${kernels}`,
          several: `are aligned to ${kilobytes}K, and do not load on arm64 kernels with pages of ${kernels}`,
          why: 'Kernels of Apple machines, of the Raspberry Pi 5 and of some servers have larger pages. An emulator hides that.',
          fix: {
            text: 'Link it with -Wl,-z,max-page-size=65536.',
            commands: [],
          },
        },
      ];
    });
  },
};
