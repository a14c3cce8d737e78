import { shown } from '../model/bytes-text.ts';
import type { Fault, Spot } from './fault.ts';
import { isExecutable, type ImageFile } from './image-files.ts';
import { reachLine, weigh, weighAbsence, type FaultScene } from './scene.ts';
import { libcOf } from './search-path.ts';
import { architectureWords } from './wrong-architecture.ts';

export const order = 30;

const remedies = {
  musl: 'It was built for musl (Alpine), and the image has another C library or none. Build it in the image it runs in, or link it statically.',
  glibc:
    'It was built for glibc, and the image has another C library (musl: Alpine) or none (scratch). Link it statically (CGO_ENABLED=0, -static), or use a base image with glibc of the same platform.',
};

function missing(file: ImageFile, loader: string, scene: FaultScene): Spot {
  return {
    path: file.path,
    status: weighAbsence(scene, file),
    message: `${shown(file.path)} needs the loader ${shown(loader)}, and the image has no such file`,
    several: `need the loader ${shown(loader)}, and the image has no such file`,
    why: 'Starting it ends in "no such file or directory", although the program itself is there.',
    evidence: reachLine(scene, file),
    fix: { text: remedies[libcOf(loader)], commands: [] },
  };
}

function unfit(file: ImageFile, loader: ImageFile, scene: FaultScene): Spot {
  const what = loader.elf === undefined ? 'no ELF file' : `for ${architectureWords(loader)}`;
  return {
    path: file.path,
    status: weigh(scene, file),
    message: `${shown(file.path)} is for ${architectureWords(file)}, and its loader ${shown(loader.path)} is ${what}`,
    several: `have the loader ${shown(loader.path)}, which is ${what}`,
    why: 'The kernel refuses such a program: the C library in the image is not for it.',
    evidence: reachLine(scene, file),
    fix: { text: 'Install the C library for the platform of the image.', commands: [] },
  };
}

function judge(file: ImageFile, scene: FaultScene): Spot | undefined {
  if (file.elf === undefined || scene.runs(file.elf) === 'no') return undefined;
  // What nobody can execute needs no loader: libraries have one too, and files with debug symbols.
  if (typeof file.loader !== 'string' || !isExecutable(file)) return undefined;
  const loader = scene.files.find(file.loader);
  if (loader === undefined) return missing(file, file.loader, scene);
  // A loader that machines of the platform do not run is told by its own path.
  if (loader.elf !== undefined && scene.runs(loader.elf) === 'no') return undefined;
  const fits = loader.elf?.architecture === file.elf.architecture;
  return fits ? undefined : unfit(file, loader, scene);
}

/** Programs whose PT_INTERP is not in the image, or of another architecture. */
export const fault: Fault = {
  id: 'loader-missing',
  find: (scene) => scene.elves.flatMap((file) => judge(file, scene) ?? []),
};
