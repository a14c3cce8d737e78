import type { Architecture } from '../model/architecture.ts';
import { readLdSoCache } from '../model/ld-so-cache.ts';
import { directoryOfPath, joinPath, type ImageFile, type ImageFiles } from './image-files.ts';
import {
  expandRunpath,
  fits,
  libcOf,
  muslPathFile,
  systemDirectories,
  type Libc,
} from './search-path.ts';

/** A program or library in the memory of a process to be. */
export interface Loaded {
  file: ImageFile;
  /** What `$ORIGIN` is. */
  origin: string;
  /** Who needs it; absent for the program. */
  by?: Loaded;
}

/** A DT_NEEDED that leads nowhere. */
export interface Lacking {
  name: string;
  by: Loaded;
  /** Files that the loader comes by and cannot use: of another architecture, or no ELF files. */
  unusable: ImageFile[];
}

/** What starting a program loads. */
export interface Loading {
  program: ImageFile;
  libc: Libc;
  objects: Loaded[];
  /** DT_NEEDED names and sonames, and what stands for each. */
  byName: ReadonlyMap<string, Loaded>;
  lacking: Lacking[];
  /** A file that says where else the loader looks, and was not read. */
  needs?: string;
}

export interface LoadingInput {
  files: ImageFiles;
  /** LD_LIBRARY_PATH's directories. */
  libraryPath: readonly string[];
  /** Text of /etc/ld.so.cache and musl's path files; null where there is no such file. */
  texts: ReadonlyMap<string, string | null>;
}

export const LD_SO_CACHE = '/etc/ld.so.cache';
const MOST_OBJECTS = 1000;
/** Names that musl's loader answers for itself. Source: load_library in ldso/dynlink.c. */
const MUSL_ITSELF = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;

type Search = { path: string; file: ImageFile } | { unusable: ImageFile[] };

/** Loads one program as its loader does, by the files alone. */
class Loader {
  readonly input: LoadingInput;
  readonly program: ImageFile;
  readonly architecture: Architecture;
  readonly loader: { path: string; real: string };
  readonly libc: Libc;
  readonly byName = new Map<string, Loaded>();
  readonly lacking: Lacking[] = [];
  readonly objects: Loaded[];
  needs: string | undefined;

  constructor(
    program: ImageFile,
    loader: { path: string; file: ImageFile },
    architecture: Architecture,
    input: LoadingInput,
  ) {
    this.input = input;
    this.program = program;
    this.architecture = architecture;
    this.loader = { path: loader.path, real: loader.file.path };
    this.libc = libcOf(loader.path);
    this.objects = [{ file: program, origin: directoryOfPath(program.path) }];
  }

  load(): Loading {
    for (const object of this.objects) {
      for (const name of object.file.links?.needed ?? []) this.#loadNamed(name, object);
      if (this.objects.length > MOST_OBJECTS) break;
    }
    const { program, libc, objects, byName, lacking, needs } = this;
    return { program, libc, objects, byName, lacking, ...(needs === undefined ? {} : { needs }) };
  }

  #loadNamed(name: string, by: Loaded): void {
    if (this.byName.has(name) || (this.libc === 'musl' && MUSL_ITSELF.test(name))) return;
    const found = this.#search(name, by);
    if (!('file' in found)) {
      if (!this.lacking.some((one) => one.name === name)) {
        this.lacking.push({ name, by, unusable: found.unusable });
      }
      return;
    }
    const known = this.objects.find(({ file }) => file === found.file);
    const object = known ?? { file: found.file, origin: directoryOfPath(found.path), by };
    if (known === undefined) this.objects.push(object);
    this.byName.set(name, object);
    const { soname } = found.file.links ?? {};
    if (soname !== undefined && !this.byName.has(soname)) this.byName.set(soname, object);
  }

  #search(name: string, by: Loaded): Search {
    const unusable: ImageFile[] = [];
    const look = (path: string): { path: string; file: ImageFile } | undefined => {
      const file = this.input.files.find(path);
      if (file === undefined) return undefined;
      if (fits(file, this.program)) return { path, file };
      if (!unusable.includes(file)) unusable.push(file);
      return undefined;
    };
    const [own = name] = name.includes('$') ? this.#expand(name, by) : [];
    if (own.includes('/')) return look(own) ?? { unusable };
    for (const directory of this.#directoriesFor(by)) {
      const found = look(joinPath(directory.replace(/\/+$/, '') || '/', name));
      if (found !== undefined) return found;
    }
    for (const path of this.#furtherPaths(name)) {
      const found = look(path);
      if (found !== undefined) return found;
    }
    return { unusable };
  }

  #directoriesFor(by: Loaded): string[] {
    const { libraryPath } = this.input;
    const system = systemDirectories(this.architecture, this.loader);
    if (this.libc === 'musl') {
      return [...libraryPath, ...this.#chain(by, 'any'), ...(this.#muslPath() ?? system)];
    }
    const runpath = by.file.links?.runpath;
    const inherited = runpath === undefined ? this.#chain(by, 'rpath') : [];
    const own = runpath === undefined ? [] : this.#expand(runpath, by);
    return [...inherited, ...libraryPath, ...own, ...system];
  }

  /** The RPATH of an object, of who needs it, and so on up to the program. */
  #chain(by: Loaded, which: 'rpath' | 'any'): string[] {
    const directories: string[] = [];
    for (let object: Loaded | undefined = by; object !== undefined; object = object.by) {
      const { rpath, runpath } = object.file.links ?? {};
      const text = which === 'any' ? (runpath ?? rpath) : runpath === undefined ? rpath : undefined;
      if (text !== undefined) directories.push(...this.#expand(text, object));
    }
    return directories;
  }

  #expand(text: string, { origin }: Loaded): string[] {
    return expandRunpath(text, origin, this.architecture);
  }

  #read(path: string): string | null | undefined {
    const text = this.input.texts.get(path);
    if (text === undefined) this.needs = path;
    return text;
  }

  #muslPath(): string[] | undefined {
    const text = this.input.texts.get(muslPathFile(this.loader.path));
    return text?.split(/[:\n]/).filter((entry) => entry.startsWith('/'));
  }

  /** What is asked for only where the usual directories have nothing. */
  #furtherPaths(name: string): readonly string[] {
    if (this.libc === 'musl') {
      this.#read(muslPathFile(this.loader.path));
      return [];
    }
    const text = this.#read(LD_SO_CACHE);
    return (text ? readLdSoCache(text)?.get(name) : undefined) ?? [];
  }
}

/** What starting a dynamically linked program loads; `loader` is its PT_INTERP, which is there. */
export function loadProgram(
  program: ImageFile,
  loader: { path: string; file: ImageFile },
  architecture: Architecture,
  input: LoadingInput,
): Loading {
  return new Loader(program, loader, architecture, input).load();
}
