import { bytesOfBase64 } from '../model/bytes.ts';
import { shown } from '../model/bytes-text.ts';
import { ElfBytes } from '../model/elf-bytes.ts';
import type { Fault, Spot } from './fault.ts';
import { isExecutable, type ImageFile } from './image-files.ts';
import { reachLine, type FaultScene } from './scene.ts';

export const order = 25;

/** Of all program headers together. Source: load_elf_phdrs in the kernel's fs/binfmt_elf.c. */
const MOST_BYTES = 65_536;

interface Damage {
  status: 'fail' | 'warn';
  what: string;
}

/** Why the kernel does not load a program, by its ELF header and size alone. */
function refused({ head = '', size }: ImageFile): string | undefined {
  const bytes = new ElfBytes(bytesOfBase64(head));
  const start = bytes.word(bytes.is64 ? 32 : 28);
  const count = bytes.u16(bytes.is64 ? 56 : 44);
  const entry = bytes.is64 ? 56 : 32;
  if (bytes.u16(bytes.is64 ? 54 : 42) !== entry) return 'its program headers are of no known size';
  if (count === 0) return 'it has no program headers';
  if (count * entry > MOST_BYTES)
    return `it has ${count} program headers, more than the kernel reads`;
  const isPast = size !== undefined && start + count * entry > size;
  return isPast ? 'its program headers lie past its end' : undefined;
}

function damageOf(file: ImageFile): Damage | undefined {
  const what = refused(file);
  if (what !== undefined) return { status: 'fail', what };
  if (file.links?.incomplete !== 'past-end') return undefined;
  return { status: 'warn', what: 'parts that its headers name lie past its end' };
}

function spotOf(file: ImageFile, { status, what }: Damage, scene: FaultScene): Spot {
  return {
    path: file.path,
    status,
    message: `${shown(file.path)} is damaged: ${what}`,
    several: `are damaged: ${what}`,
    why:
      status === 'fail'
        ? 'Starting it ends in "exec format error", or in an error of reading, on every machine.'
        : 'It was cut off, most likely: where a part that it needs is missing it does not start, or crashes.',
    evidence: [
      `${shown(file.path)}: ${file.size ?? 'an unknown number of'} bytes`,
      ...reachLine(scene, file),
    ],
    fix: {
      text: 'Build, download or copy it again; a checksum in the Dockerfile tells a download that broke off.',
      commands: [],
    },
  };
}

/** Programs of the right architecture that are cut off or damaged, where the image comes by them. */
export const fault: Fault = {
  id: 'program-damaged',
  find: (scene) =>
    scene.elves.flatMap((file) => {
      const isProgram = file.elf !== undefined && isExecutable(file) && scene.reach.has(file.path);
      if (!isProgram || file.elf === undefined || scene.runs(file.elf) === 'no') return [];
      const damage = damageOf(file);
      return damage === undefined ? [] : [spotOf(file, damage, scene)];
    }),
};
