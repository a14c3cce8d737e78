import { shown } from '../model/bytes-text.ts';
import type { ElfLinks } from '../model/inventory.ts';
import type { Fault, Spot } from './fault.ts';
import { isExecutable, nameOfPath, type ImageFile } from './image-files.ts';
import type { Loaded, Loading } from './load-program.ts';
import { reachLine, weigh, type FaultScene } from './scene.ts';
import { fits } from './search-path.ts';

export const order = 50;

interface Requirement {
  library: ImageFile;
  /** `GLIBC_2.38` */
  version: string;
  /** Who requires it. */
  by: ImageFile;
}

interface Wanted {
  /** The library's file name. */
  name: string;
  version: string;
}

const wanted = new WeakMap<ElfLinks, Wanted[]>();
const provided = new WeakMap<ElfLinks, ReadonlySet<string>>();

/** Read once a file: the same few libraries are loaded by hundreds of programs. */
function wantedBy(links: ElfLinks): Wanted[] {
  const known = wanted.get(links);
  if (known !== undefined) return known;
  const read = links.requires.map((line) => {
    const blank = line.lastIndexOf(' ');
    return { name: line.slice(0, blank), version: line.slice(blank + 1) };
  });
  wanted.set(links, read);
  return read;
}

function versionsOf(links: ElfLinks): ReadonlySet<string> {
  const known = provided.get(links) ?? new Set(links.provides);
  provided.set(links, known);
  return known;
}

/** What an object requires of a library that does not provide it. */
function unmet(by: ImageFile, find: (name: string) => ImageFile | undefined): Requirement[] {
  if (by.links === undefined) return [];
  return wantedBy(by.links).flatMap(({ name, version }) => {
    const library = find(name);
    const links = library?.links;
    // Of a library without versions the loader takes any, and says so.
    if (library === undefined || links === undefined || links.provides.length === 0) return [];
    if (links.incomplete !== undefined || versionsOf(links).has(version)) return [];
    return [{ library, version, by }];
  });
}

function numbersOf(version: string): number[] {
  return version.split(/\D+/).filter(Boolean).map(Number);
}

function compare(one: string, other: string): number {
  const [left, right] = [numbersOf(one), numbersOf(other)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `GLIBC_` of `GLIBC_2.38`. */
function familyOf(version: string): string {
  return version.replace(/[\d.]+$/, '');
}

/** The newest version of the same family that a library has. */
function newestOf({ library, version }: Requirement): string | undefined {
  const family = familyOf(version);
  return library.links?.provides
    .filter((one) => familyOf(one) === family && /\d$/.test(one))
    .toSorted(compare)
    .at(-1);
}

/** One a library: the newest version that is wanting says all. */
function worst(requirements: readonly Requirement[]): Requirement[] {
  const byLibrary = new Map<ImageFile, Requirement>();
  for (const one of requirements) {
    const known = byLibrary.get(one.library);
    if (known === undefined || compare(known.version, one.version) < 0) {
      byLibrary.set(one.library, one);
    }
  }
  return [...byLibrary.values()];
}

function spotOf(
  { library, version, by }: Requirement,
  program: ImageFile,
  scene: FaultScene,
): Spot {
  const newest = newestOf({ library, version, by });
  const through = by === program ? '' : ` (for ${shown(by.path)})`;
  const has = newest === undefined ? 'does not have it' : `goes up to ${shown(newest)}`;
  const rest = `${shown(version)} of ${nameOfPath(shown(library.path))}${through}, and the image's ${has}`;
  const glibc = version.startsWith('GLIBC_2.');
  return {
    path: program.path,
    status: weigh(scene, program),
    message: `${shown(program.path)} needs version ${rest}`,
    several: `need version ${rest}`,
    why: `Starting it ends in "${nameOfPath(shown(library.path))}: version \`${shown(version)}' not found".`,
    evidence: [...reachLine(scene, program), `${shown(library.path)} ${has}`],
    fix: {
      text: glibc
        ? 'Build it on the same release as the last stage (or an older one), or take a newer base image for the last stage.'
        : `Install a newer ${nameOfPath(shown(library.path))} in the last stage, or build with the one that it has.`,
      commands: [],
    },
  };
}

function inProgram(loading: Loading, scene: FaultScene): Spot[] {
  // musl has no versions.
  if (loading.libc === 'musl') return [];
  const find = (name: string): ImageFile | undefined => loading.byName.get(name)?.file;
  const all = loading.objects.flatMap(({ file }: Loaded) => unmet(file, find));
  return worst(all).map((one) => spotOf(one, loading.program, scene));
}

/** A library that no program is seen to load, against the image's only library of that name. */
function inPlugin(file: ImageFile, scene: FaultScene): Spot[] {
  const find = (name: string): ImageFile | undefined => {
    const found = new Set(scene.named(name).map((path) => scene.files.find(path)));
    const [only] = found;
    return found.size === 1 && only !== undefined && fits(only, file) ? only : undefined;
  };
  return worst(unmet(file, find)).map((one) => spotOf(one, file, scene));
}

/** Versions of symbols that a program, or a library it loads, requires and the image's library lacks. */
export const fault: Fault = {
  id: 'symbol-version-missing',
  find: (scene) => {
    const loaded = new Set<ImageFile>();
    const spots = scene.elves.flatMap((file) => {
      if (typeof file.loader !== 'string' || !isExecutable(file)) return [];
      const loading = scene.loadingOf(file);
      if (loading === undefined) return [];
      for (const { file: object } of loading.objects) loaded.add(object);
      return inProgram(loading, scene);
    });
    const plugins = scene.elves.filter(
      (file) => !loaded.has(file) && file.elf !== undefined && scene.runs(file.elf) === 'yes',
    );
    return [...spots, ...plugins.flatMap((file) => inPlugin(file, scene))];
  },
};
