import { isElf, readElf, type Elf } from '../model/elf.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { ElfLinks, Inventory, InventoryFile } from '../model/inventory.ts';
import { parseScriptLine, type ScriptLine } from '../model/script.ts';

/** A file of an image, by its own path. */
export interface ImageFile {
  /** Without links. */
  path: string;
  mode: number;
  size: number | undefined;
  /** Base64 of its first bytes. */
  head?: string;
  /** Set where it is an ELF file, of any type. */
  elf?: Elf;
  links?: ElfLinks;
  /** PT_INTERP; null where it has none, undefined where that was not read. */
  loader?: string | null | undefined;
  /** Set where it begins with a `#!` line. */
  script?: ScriptLine;
}

const MOST_LINKS = 40;
const LONGEST_PATH = 4095;

/** Joins a directory without links and a name. */
export function joinPath(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}

export function directoryOfPath(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export function nameOfPath(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function loaderOf(file: InventoryFile, elf: Elf): string | null | undefined {
  if (file.interpreter !== undefined) return file.interpreter;
  const { interpreter } = elf;
  if (interpreter === null || interpreter === undefined) return interpreter;
  return 'path' in interpreter ? interpreter.path : undefined;
}

/** Whether a file can be executed by anybody. */
export function isExecutable({ mode }: Pick<ImageFile, 'mode'>): boolean {
  return (mode & 0o111) !== 0;
}

/**
 * The files of one image: what each one is, and where a path leads. Each is looked at once, and only
 * when it is asked for.
 */
export class ImageFiles {
  readonly #entries = new Map<string, InventoryFile>();
  /** Loaders ask for the same few paths thousands of times. */
  readonly #found = new Map<string, ImageFile | null>();
  readonly #known = new Map<string, ImageFile>();
  readonly #directories = new Map<string, string | null>();

  constructor(inventory: Inventory) {
    for (const entry of inventory.files) this.#entries.set(entry.path, entry);
  }

  /** Every regular file of the inventory, in its order. */
  *all(): Generator<ImageFile> {
    for (const entry of this.#entries.values()) {
      if (entry.kind === 'file') yield this.#describe(entry);
    }
  }

  /** The paths of all that is listed, symbolic links among it. */
  paths(): Iterable<string> {
    return this.#entries.keys();
  }

  /** The regular file that a path leads to, through links; undefined where the inventory has none. */
  find(path: string): ImageFile | undefined {
    const known = this.#found.get(path);
    if (known !== undefined) return known ?? undefined;
    const real = this.realPath(path);
    const entry = real === undefined ? undefined : this.#entries.get(real);
    const found = entry?.kind === 'file' ? this.#describe(entry) : undefined;
    this.#found.set(path, found ?? null);
    return found;
  }

  /** Whether a path leads to what is listed, or to a directory with something below it that is. */
  has(path: string): boolean {
    const real = this.realPath(path);
    if (real === undefined) return false;
    if (this.#entries.has(real)) return true;
    for (const listed of this.#entries.keys()) if (listed.startsWith(`${real}/`)) return true;
    return false;
  }

  /**
   * An absolute path without links, `.` and `..`, whether or not there is such a file; undefined
   * where links lead in a circle. Source: path_resolution(7).
   */
  realPath(path: string, budget = { links: MOST_LINKS }): string | undefined {
    if (path.length > LONGEST_PATH) return undefined;
    const at = path.replace(/\/+$/, '');
    if (at === '') return '/';
    const slash = at.lastIndexOf('/');
    const parent = this.#directory(at.slice(0, slash), budget);
    if (parent === undefined) return undefined;
    const name = at.slice(slash + 1);
    if (name === '' || name === '.') return parent;
    if (name === '..') return directoryOfPath(parent);
    const own = joinPath(parent, name);
    const entry = this.#entries.get(own);
    if (entry?.kind !== 'symlink') return own;
    if (budget.links-- === 0) return undefined;
    const target = entry.target ?? '';
    return this.realPath(target.startsWith('/') ? target : joinPath(parent, target), budget);
  }

  #directory(path: string, budget: { links: number }): string | undefined {
    if (path === '') return '/';
    const known = this.#directories.get(path);
    if (known !== undefined) return known ?? undefined;
    const real = this.realPath(path, budget);
    this.#directories.set(path, real ?? null);
    return real;
  }

  #describe(entry: InventoryFile): ImageFile {
    const known = this.#known.get(entry.path);
    if (known !== undefined) return known;
    const file = this.#read(entry);
    this.#known.set(entry.path, file);
    return file;
  }

  /** The head of an inode stands under one of its paths only. */
  #read(entry: InventoryFile): ImageFile {
    const { path, mode = 0, size, hardLinkOf } = entry;
    const content = hardLinkOf === undefined ? entry : (this.#entries.get(hardLinkOf) ?? entry);
    const whole = { path, mode, size: size ?? content.size };
    if (content.head === undefined) return whole;
    const basics = { ...whole, head: content.head };
    const head = bytesOfBase64(content.head);
    const elf = readElf(head);
    if (isElf(elf)) {
      const { links } = content;
      return { ...basics, elf, ...(links && { links }), loader: loaderOf(content, elf) };
    }
    const script = parseScriptLine(head);
    return 'notScript' in script ? basics : { ...basics, script };
  }
}
