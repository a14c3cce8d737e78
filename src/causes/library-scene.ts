import type { ElfLinks } from '../model/inventory.ts';
import { viewOfFacts } from '../model/file-view.ts';
import {
  walkLibraries,
  type LibraryWalk,
  type MissingVersion,
  type WalkedLibrary,
} from '../model/library-walk.ts';
import { loadedPrograms } from '../model/loaded-programs.ts';
import type { Scene } from './scene.ts';

/** What a walk over libraries found, and of which trace. */
export interface Walked<Found> {
  index: number;
  found: Found;
}

const walks = new WeakMap<Scene, { index: number; walk: LibraryWalk }[]>();

/** The libraries of the programs that are started, where their files were read. */
function walksOf(scene: Scene): { index: number; walk: LibraryWalk }[] {
  const known = walks.get(scene);
  if (known !== undefined) return known;
  const { files, cachedLibraries } = scene.facts;
  const links = new Map<string, ElfLinks>(
    files.flatMap((file) => (file.links === undefined ? [] : [[file.path, file.links] as const])),
  );
  const view = viewOfFacts(files);
  const found =
    links.size === 0
      ? []
      : loadedPrograms(scene.facts).map(({ index, program, loader, libraryPath }) => ({
          index,
          walk: walkLibraries({
            program,
            loader,
            view,
            links,
            libraryPath,
            ...(cachedLibraries === undefined ? {} : { cached: cachedLibraries }),
          }),
        }));
  walks.set(scene, found);
  return found;
}

/** The first library that is in such a state. */
export function firstLibrary(
  scene: Scene,
  state: WalkedLibrary['state'],
): Walked<WalkedLibrary> | undefined {
  for (const { index, walk } of walksOf(scene)) {
    const found = walk.libraries.find((library) => library.state === state);
    if (found !== undefined) return { index, found };
  }
  return undefined;
}

/** The first version that a library does not have. */
export function firstVersion(scene: Scene): Walked<MissingVersion> | undefined {
  for (const { index, walk } of walksOf(scene)) {
    const [found] = walk.versions;
    if (found !== undefined) return { index, found };
  }
  return undefined;
}
