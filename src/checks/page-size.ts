import type { Check } from '../model/preflight.ts';
import { aboutKernel } from './scene.ts';

export const order = 220;

const id = 'page-size';

export const check: Check = {
  id,
  title: "The kernel's pages are of the usual size",
  run: (input) =>
    aboutKernel(id, input, "The kernel's pages are of 4 KB.", ({ kernel }) => {
      if (kernel.pageSize === 4096) return [];
      const size = `${kernel.pageSize / 1024} KB`;
      return [
        {
          id,
          status: 'warn',
          message: `The engine's kernel has pages of ${size}, not of 4 KB.`,
          why: 'Programs that are aligned to 4 KB do not load, and jemalloc built for 4 KB stops with "Unsupported system page size". Emulators show programs of 4 KB CPUs the larger pages as well as they can.',
          evidence: [`Linux ${kernel.release} ${kernel.machine}, page size ${kernel.pageSize}`],
          fix: {
            text: 'Link with -Wl,-z,max-page-size=65536, build jemalloc with --with-lg-page=16, or boot a kernel with pages of 4 KB (on a Raspberry Pi 5: kernel=kernel8.img in /boot/firmware/config.txt).',
            commands: [],
          },
        },
      ];
    }),
};
