import { shown } from '../model/bytes-text.ts';
import type { Fault, Spot } from './fault.ts';
import { directoryOfPath, isExecutable, type ImageFile } from './image-files.ts';
import type { Lacking, Loading } from './load-program.ts';
import { reachLine, weighAbsence, type FaultScene } from './scene.ts';
import { fits } from './search-path.ts';
import { architectureWords } from './wrong-architecture.ts';

export const order = 40;

/** Directories that people install to, and expect the loader to look in. */
const USUAL = /^\/(?:usr\/(?:local\/)?)?lib(?:32|64)?(?:\/[\w.]+-linux-[\w.]+)?$/;

/** Files of the name that could be loaded, wherever they are. */
export function elsewhere(scene: FaultScene, name: string, program: ImageFile): string[] {
  return scene.named(name.slice(name.lastIndexOf('/') + 1)).filter((path) => {
    const file = scene.files.find(path);
    return file !== undefined && fits(file, program);
  });
}

/** How sure it is that the loader will not find the library. */
function weighLack(lack: Found): Spot['status'] {
  const { loading, places, scene } = lack;
  const status = weighAbsence(scene, loading.program);
  if (places.length === 0 || status !== 'fail') return status;
  if (loading.needs !== undefined) return 'unknown';
  if (loading.program.path === scene.first) return 'fail';
  // A script that starts it may set LD_LIBRARY_PATH.
  return places.some((path) => USUAL.test(directoryOfPath(path))) ? 'fail' : 'warn';
}

interface Found {
  lacking: Lacking;
  loading: Loading;
  /** Where the image has it all the same. */
  places: string[];
  scene: FaultScene;
}

function whereWords({ lacking, loading, places, scene }: Found): string {
  const [place] = places;
  if (place !== undefined) {
    const name = shown(directoryOfPath(place));
    return loading.needs === undefined
      ? `its loader does not look in ${name}, where the image has it`
      : `whether its loader looks in ${name}, where the image has it, stands in ${shown(loading.needs)}, which was not read`;
  }
  const [unusable] = lacking.unusable;
  if (unusable === undefined) {
    return scene.isWhole
      ? 'the image has no library of that name'
      : 'what was read of the image has no library of that name';
  }
  const what =
    unusable.elf === undefined
      ? 'no ELF file'
      : unusable.elf.architecture === loading.program.elf?.architecture
        ? 'built for another float ABI'
        : `for ${architectureWords(unusable)}`;
  return `the image has only ${shown(unusable.path)}, which is ${what}`;
}

function spotOf(found: Found): Spot {
  const { lacking, loading, places, scene } = found;
  const { program } = loading;
  const needed = shown(lacking.name);
  const by = lacking.by.file === program ? '' : ` (for ${shown(lacking.by.file.path)})`;
  const where = whereWords(found);
  const status = weighLack(found);
  return {
    path: program.path,
    status,
    message: `${shown(program.path)} needs the library ${needed}${by}, and ${where}`,
    several: `need the library ${needed}${by}, and ${where}`,
    why: `Starting it ends in "error while loading shared libraries: ${needed}".`,
    evidence: [
      ...reachLine(scene, program),
      ...places.slice(0, 3).map((path) => `${needed} is at ${shown(path)}`),
    ],
    fix:
      places.length > 0
        ? {
            text: 'Run ldconfig after installing it, put its directory into /etc/ld.so.conf.d, or set LD_LIBRARY_PATH.',
            commands: ['RUN ldconfig'],
          }
        : {
            text: `Install the package with ${needed} in the last stage of the Dockerfile, or link it statically.`,
            commands: [],
          },
  };
}

function inPrograms(scene: FaultScene): { spots: Spot[]; loaded: ReadonlySet<ImageFile> } {
  const spots: Spot[] = [];
  const loaded = new Set<ImageFile>();
  for (const file of scene.elves) {
    if (typeof file.loader !== 'string' || !isExecutable(file)) continue;
    const loading = scene.loadingOf(file);
    if (loading === undefined) continue;
    for (const { file: object } of loading.objects) loaded.add(object);
    for (const lacking of loading.lacking) {
      // A file of a foreign architecture is told by its own path.
      const told = lacking.unusable.some(
        ({ elf }) => elf !== undefined && scene.runs(elf) === 'no',
      );
      if (told) continue;
      const places = elsewhere(scene, lacking.name, file);
      spots.push(spotOf({ lacking, loading, places, scene }));
    }
  }
  return { spots, loaded };
}

/** A library that no program is seen to load; whoever does may have its own ways to find things. */
function inPlugin(file: ImageFile, scene: FaultScene): Spot[] {
  return (file.links?.needed ?? [])
    .filter((name) => !isAnywhere(scene, name, file))
    .map((name) => {
      const status = scene.isWhole ? 'warn' : 'unknown';
      return {
        path: file.path,
        status,
        message: `the library ${shown(file.path)} needs ${shown(name)}, and the image has no such file`,
        several: `need the library ${shown(name)}, and the image has no such file`,
        why: 'Whatever loads it while running (a plugin, a module of an interpreter) will fail to. Nothing that is started at once needs it.',
      };
    });
}

/** By its file's name, or as the soname of any library. */
function isAnywhere(scene: FaultScene, name: string, file: ImageFile): boolean {
  if (elsewhere(scene, name, file).length > 0) return true;
  // musl's loader is its C library, under any of these names.
  if (/^lib(?:c|pthread|rt|m|dl|util|xnet)\.(?:so|musl-)/.test(name)) {
    return scene.elves.some((one) => /\/ld-musl-[^/]*$/.test(one.path) && fits(one, file));
  }
  return scene.elves.some((one) => one.links?.soname === name && fits(one, file));
}

/** Libraries (DT_NEEDED) that the loader of a program will not find. */
export const fault: Fault = {
  id: 'library-missing',
  find: (scene) => {
    const { spots, loaded } = inPrograms(scene);
    const plugins = scene.elves.filter(
      (file) =>
        file.elf !== undefined &&
        !loaded.has(file) &&
        scene.runs(file.elf) === 'yes' &&
        // With a loader it is a program that was judged, or has no loader.
        !(typeof file.loader === 'string' && isExecutable(file)),
    );
    return [...spots, ...plugins.flatMap((file) => inPlugin(file, scene))];
  },
};
