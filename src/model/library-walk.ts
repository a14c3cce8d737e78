import { root } from './credentials.ts';
import { describeNode } from './file-kind.ts';
import type { FileNode, FileView } from './file-view.ts';
import type { ElfLinks } from './inventory.ts';
import { walkPath } from './path-walk.ts';

/** A program, and all that decides where its loader looks. Paths are byte strings. */
export interface LibraryInput {
  /** The program's own path, without links. */
  program: string;
  /** PT_INTERP. */
  loader: string;
  view: FileView;
  /** What was read of files' dynamic sections, by path; empty lists of a file that has none. */
  links: ReadonlyMap<string, ElfLinks>;
  /** LD_LIBRARY_PATH. */
  libraryPath?: string;
  /** What /etc/ld.so.cache lists. */
  cached?: readonly string[];
}

/** A library that a loader looks for. */
export interface WalkedLibrary {
  name: string;
  /** The file whose DT_NEEDED names it. */
  neededBy: string;
  /**
   * `foreign`: there are only files for another architecture. `damaged`: what is found first is no
   * library. `unknown`: not all paths are known.
   */
  state: 'found' | 'missing' | 'foreign' | 'damaged' | 'unknown';
  /** The file that was found, or that does not fit. */
  path?: string;
  /** What is wrong with it, for sentences. */
  words?: string;
}

/** A version that a file asks a library for and that the library does not have. */
export interface MissingVersion {
  version: string;
  neededBy: string;
  library: string;
}

export interface LibraryWalk {
  libraries: WalkedLibrary[];
  versions: MissingVersion[];
  /** Paths of the view that must be known to go on. */
  needs: string[];
  /** Files whose links must be read to go on. */
  wantsLinks: string[];
}

export type Libc = 'glibc' | 'musl';

/** Whose loader a path is, by its name: PT_INTERP is always one of these. */
export function libcOfLoader(loader: string): Libc | undefined {
  const name = loader.slice(loader.lastIndexOf('/') + 1);
  if (name.startsWith('ld-musl-')) return 'musl';
  return /^ld(?:-linux|64|\.so)/.test(name) ? 'glibc' : undefined;
}

/** Debian's names of folders, by Docker's of architectures. */
const triplets: Readonly<Record<string, string>> = {
  amd64: 'x86_64-linux-gnu',
  '386': 'i386-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
  riscv64: 'riscv64-linux-gnu',
  ppc64le: 'powerpc64le-linux-gnu',
  s390x: 's390x-linux-gnu',
  mips64le: 'mips64el-linux-gnuabi64',
  loong64: 'loongarch64-linux-gnu',
};

/** Names that musl's loader stands for itself (ldso/dynlink.c, load_library). */
const ofMusl = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;
const mostLibraries = 128;

/** A file that has been loaded. */
interface Loaded {
  path: string;
  links: ElfLinks;
}

class LibraryWalker {
  readonly input: LibraryInput;
  readonly libc: Libc;
  readonly libraries: WalkedLibrary[] = [];
  readonly versions: MissingVersion[] = [];
  readonly needs = new Set<string>();
  readonly wantsLinks = new Set<string>();
  readonly byName = new Map<string, Loaded | undefined>();
  readonly queue: Loaded[] = [];
  machine: string | undefined;

  constructor(input: LibraryInput, libc: Libc) {
    this.input = input;
    this.libc = libc;
  }

  walk(): LibraryWalk {
    const program = this.load(this.input.program);
    if (program !== undefined) {
      this.queue.push(program);
      const node = this.input.view.lstat(program.path);
      if (typeof node === 'object') this.machine = architectureOf(node);
    }
    // The loader is there already, under its own name.
    const loader = this.load(this.input.loader);
    this.byName.set(baseName(this.input.loader), loader);
    for (let index = 0; index < this.queue.length && index < mostLibraries; index++) {
      const file = this.queue[index];
      if (file !== undefined) this.follow(file);
    }
    if (this.needs.size === 0 && this.wantsLinks.size === 0) this.compareVersions();
    return {
      libraries: this.libraries,
      versions: this.versions,
      needs: [...this.needs],
      wantsLinks: [...this.wantsLinks],
    };
  }

  /** A file with its links; undefined where it is not there, or they are not known yet. */
  load(path: string): Loaded | undefined {
    const found = walkPath(this.walker, path);
    if ('needs' in found) this.needs.add(found.needs);
    if (!('node' in found)) return undefined;
    const links = this.input.links.get(found.path);
    if (links === undefined) this.wantsLinks.add(found.path);
    return links === undefined ? undefined : { path: found.path, links };
  }

  get walker() {
    return { view: this.input.view, root: '/', cwd: '/', credentials: root };
  }

  follow(file: Loaded): void {
    for (const name of file.links.needed) {
      if (this.byName.has(name) || (this.libc === 'musl' && ofMusl.test(name))) continue;
      const library = this.find(name, file);
      this.libraries.push(library);
      this.byName.set(name, undefined);
      if (library.state !== 'found' || library.path === undefined) continue;
      const loaded = this.load(library.path);
      this.byName.set(name, loaded);
      if (loaded !== undefined && !this.queue.some(({ path }) => path === loaded.path)) {
        this.queue.push(loaded);
        if (loaded.links.soname !== undefined) this.byName.set(loaded.links.soname, loaded);
      }
    }
  }

  /** Where the loader looks, in its order. Sources: ld.so(8); musl, ldso/dynlink.c. */
  folders({ path, links }: Loaded): string[] {
    // DT_RPATH counts for what is needed in turn as well, unless there is a DT_RUNPATH.
    const inherited = links.runpath === undefined ? this.queue : [];
    return [
      ...split(this.input.libraryPath ?? '', originOf(path)),
      ...split(links.runpath ?? links.rpath ?? '', originOf(path)),
      ...inherited.flatMap((file) => split(file.links.rpath ?? '', originOf(file.path))),
      ...(this.libc === 'musl' ? ['/lib', '/usr/local/lib', '/usr/lib'] : this.glibcFolders()),
    ];
  }

  glibcFolders(): string[] {
    const triplet = triplets[this.machine ?? ''];
    return [
      ...(triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`]),
      '/lib64',
      '/usr/lib64',
      '/lib',
      '/usr/lib',
    ];
  }

  candidates(name: string, file: Loaded): string[] {
    if (name.includes('/')) return [name];
    const cached = this.input.cached?.filter((path) => baseName(path) === name) ?? [];
    return [...new Set([...this.folders(file).map((folder) => `${folder}/${name}`), ...cached])];
  }

  find(name: string, file: Loaded): WalkedLibrary {
    const base = { name, neededBy: file.path };
    let other: Pick<WalkedLibrary, 'path' | 'words'> | undefined;
    // $LIB and $PLATFORM stand for what only the loader knows.
    let isUnknown = /\$(?!ORIGIN|\{ORIGIN\})/.test(
      `${file.links.runpath ?? ''}${file.links.rpath ?? ''}`,
    );
    for (const path of this.candidates(name, file)) {
      const found = walkPath(this.walker, path);
      if ('needs' in found) {
        this.needs.add(found.needs);
        isUnknown = true;
      }
      isUnknown ||= 'reason' in found && found.reason === 'unreadable';
      if (!('node' in found)) continue;
      const { node } = found;
      if (node.kind === 'directory') return { ...base, state: 'damaged', path, words: 'a folder' };
      const kind = describeNode(node);
      if (kind.kind !== 'elf') return { ...base, state: 'damaged', path, words: kind.words };
      const architecture = 'elf' in kind ? kind.architecture?.name : undefined;
      const fault = 'elf' in kind ? cutOff(kind.elf.programHeaders, node.size) : undefined;
      if (architecture === this.machine && fault !== undefined)
        return { ...base, state: 'damaged', path, words: fault };
      if (architecture === this.machine || this.machine === undefined)
        return { ...base, state: 'found', path };
      other ??= { path, words: kind.words };
    }
    if (isUnknown) return { ...base, state: 'unknown' };
    return other === undefined
      ? { ...base, state: 'missing' }
      : { ...base, state: 'foreign', ...other };
  }

  /** musl has no versions, and a library without any is taken as it is. */
  compareVersions(): void {
    if (this.libc === 'musl') return;
    for (const { path, links } of this.queue) {
      for (const wanted of links.requires) {
        const [name = '', version = ''] = wanted.split(' ');
        const library = this.byName.get(name);
        if (library === undefined || library.links.provides.length === 0) continue;
        if (library.links.incomplete === 'too-large') continue;
        if (!library.links.provides.includes(version))
          this.versions.push({ version, neededBy: path, library: library.path });
      }
    }
  }
}

function originOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function architectureOf(node: FileNode): string | undefined {
  const kind = describeNode(node);
  return 'elf' in kind ? kind.architecture?.name : undefined;
}

/** A list of folders, with what stands for the file's own; relative ones lead anywhere. */
function split(list: string, origin: string): string[] {
  return list
    .split(/[:;]/)
    .map((folder) => folder.replace(/^\$(?:ORIGIN|\{ORIGIN\})/, origin).replace(/(?<=.)\/+$/, ''))
    .filter((folder) => folder.startsWith('/'));
}

/** Whether a file ends before what its program headers load: in words, else undefined. */
export function cutOff(
  headers: readonly { type: number; offset: number; filesz: number }[] | undefined,
  size: number | undefined,
): string | undefined {
  if (headers === undefined || size === undefined) return undefined;
  const end = Math.max(
    0,
    ...headers.filter(({ type }) => type === 1).map(({ offset, filesz }) => offset + filesz),
  );
  return size < end ? `cut off: ${size} of at least ${end} bytes` : undefined;
}

/**
 * Walks what the dynamic loader (glibc's or musl's) does before a program's first instruction:
 * which libraries it looks for, where, and which versions they lack. What a program loads later
 * (dlopen) does not show. Pure; where something is not known, the answer says which.
 */
export function walkLibraries(input: LibraryInput): LibraryWalk {
  // A link from one name to the other's loader is how gcompat does it.
  const { view } = input;
  const walker = { view, root: '/', cwd: '/', credentials: root };
  const found = walkPath(walker, input.loader);
  const program = walkPath(walker, input.program);
  const libc =
    ('node' in found ? libcOfLoader(found.path) : undefined) ?? libcOfLoader(input.loader);
  const both = 'node' in found && 'node' in program ? [found.node, program.node] : [];
  // A loader that is not one for the program comes to no library.
  const isForeign = new Set(both.map(architectureOf)).size === 2;
  if (libc === undefined || isForeign)
    return { libraries: [], versions: [], needs: [], wantsLinks: [] };
  return new LibraryWalker(input, libc).walk();
}
