import { findArchitecture, type Architecture } from '../model/architecture.ts';
import { shown } from '../model/bytes-text.ts';
import { isLoadedType, type Elf } from '../model/elf.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Platform } from '../model/platform.ts';
import { ImageFiles, nameOfPath, type ImageFile } from './image-files.ts';
import { loadProgram, type Loading } from './load-program.ts';
import { reachFrom } from './reach.ts';
import { libraryPathOf } from './search-path.ts';

/** What the faults of one image for one platform are looked for in. Plain JSON but for the maps. */
export interface FaultInput {
  inventory: Inventory;
  platform: Platform;
  /** `NAME=value`, byte strings. */
  env: readonly string[];
  /** Absolute directories of the PATH. */
  path: readonly string[];
  /** Files that starting the image executes, by path, and why: `the image's CMD names it`. */
  starts: ReadonlyMap<string, string>;
  /** The program that the engine itself starts, by path, where that is known. */
  first?: string;
  /** Text of files that the judgement asked for; null where the image has no such file. */
  texts: ReadonlyMap<string, string | null>;
  /** The engine's rule for programs of the platform, where one takes them and is known. */
  rule?: { name: string; flags: string };
}

/** How far a machine of the platform runs a file: `maybe` where only some of them do. */
export type Runs = 'yes' | 'maybe' | 'no';

/** One image, prepared once for all faults. */
export interface FaultScene {
  platform: Platform;
  files: ImageFiles;
  /** Regular files that are ELF programs or libraries (ET_EXEC, ET_DYN). */
  elves: readonly ImageFile[];
  /** Files that starting the image, or a program of its PATH, comes by, and why. */
  reach: ReadonlyMap<string, string>;
  /** `NAME=value`, byte strings. */
  env: readonly string[];
  /** Absolute directories of the PATH. */
  path: readonly string[];
  /** The program that the engine itself starts: nothing before it can change its environment. */
  first?: string;
  rule?: { name: string; flags: string };
  /** Whether a path that the inventory does not have is certainly missing. */
  isWhole: boolean;
  runs: (elf: Elf) => Runs;
  /** What starting a program loads; undefined where it is static, or its loader cannot be used. */
  loadingOf: (program: ImageFile) => Loading | undefined;
  /** Every path whose last part is that name, links among them. */
  named: (name: string) => readonly string[];
}

/**
 * Architectures that the hardware of a platform may run as well. 386 on amd64: nearly all machines
 * do, kernels without 32-bit emulation and emulators do not. Not here: arm on arm64, which Apple's
 * and most new server CPUs cannot run.
 */
const alsoRuns: Readonly<Record<string, readonly string[]>> = {
  amd64: ['386', 'x32'],
  mips64le: ['mipsle', 'mipsn32le'],
};

function runsOn({ architecture }: Platform, elf: Elf): Runs {
  const name = elf.architecture?.name;
  if (name === architecture) return 'yes';
  return name !== undefined && alsoRuns[architecture]?.includes(name) === true ? 'maybe' : 'no';
}

function isProgramOrLibrary({ elf }: ImageFile): boolean {
  return isLoadedType(elf?.type);
}

function indexNames(files: ImageFiles): ReadonlyMap<string, string[]> {
  const names = new Map<string, string[]>();
  for (const path of files.paths()) {
    const name = nameOfPath(path);
    const known = names.get(name);
    if (known === undefined) names.set(name, [path]);
    else known.push(path);
  }
  return names;
}

function loadOnce(
  input: FaultInput,
  files: ImageFiles,
): (program: ImageFile) => Loading | undefined {
  const known = new Map<ImageFile, Loading | undefined>();
  const shared = { files, libraryPath: libraryPathOf(input.env), texts: input.texts };
  const load = (program: ImageFile): Loading | undefined => {
    const { elf, loader: path } = program;
    const architecture: Architecture | undefined = elf?.architecture;
    if (elf === undefined || architecture === undefined || typeof path !== 'string') {
      return undefined;
    }
    if (runsOn(input.platform, elf) === 'no') return undefined;
    const file = files.find(path);
    if (file?.elf?.architecture !== architecture) return undefined;
    return loadProgram(program, { path, file }, architecture, shared);
  };
  return (program) => {
    if (!known.has(program)) known.set(program, load(program));
    return known.get(program);
  };
}

/** Prepares one image for the faults; undefined for what is not for Linux, or of no known architecture. */
export function makeScene(input: FaultInput): FaultScene | undefined {
  const { inventory, platform, rule, first } = input;
  if (platform.os !== 'linux' || findArchitecture(platform.architecture) === undefined) {
    return undefined;
  }
  const files = new ImageFiles(inventory);
  const loadingOf = loadOnce(input, files);
  let names: ReadonlyMap<string, string[]> | undefined;
  return {
    platform,
    files,
    elves: [...files.all()].filter(isProgramOrLibrary),
    reach: reachFrom(input, files, loadingOf),
    env: input.env,
    path: input.path,
    ...(first === undefined ? {} : { first }),
    ...(rule === undefined ? {} : { rule }),
    isWhole: inventory.incomplete === undefined && inventory.unreadable.count === 0,
    runs: (elf) => runsOn(platform, elf),
    loadingOf,
    named: (name) => (names ??= indexNames(files)).get(name) ?? [],
  };
}

/** `warn` for what nothing is known to execute. */
export function weigh({ reach }: FaultScene, { path }: ImageFile): 'fail' | 'warn' {
  return reach.has(path) ? 'fail' : 'warn';
}

/** Of what cannot be found: unknown where not everything was read. */
export function weighAbsence(scene: FaultScene, file: ImageFile): 'fail' | 'warn' | 'unknown' {
  return scene.isWhole ? weigh(scene, file) : 'unknown';
}

/** Why a file counts, as evidence. */
export function reachLine({ reach }: FaultScene, { path }: ImageFile): string[] {
  const why = reach.get(path);
  return why === undefined ? [] : [`${shown(path)}: ${why}`];
}
