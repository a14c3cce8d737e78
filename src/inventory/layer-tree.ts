import type { InventoryFile } from '../model/inventory.ts';

/** A file that an inventory lists, without its path. Hard links are the same object. */
export type Listed = Omit<InventoryFile, 'path' | 'hardLinkOf'> & {
  /** Of a shell script, the programs that it executes; stands in no inventory. */
  commands?: string[];
};

/** A regular file that is not listed: neither ELF nor script, and without an execute bit. */
export const PLAIN = 0;
/** A device, a pipe or a socket. */
export const OTHER = 1;

/** A small file that judgements go by: not listed either, its text is kept as a byte string. */
export class TextFile {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A hard link to a file of a layer below: its target's path. */
export class FarLink {
  readonly parts: readonly string[];

  constructor(parts: readonly string[]) {
    this.parts = parts;
  }
}

export type Node = Directory | Listed | TextFile | FarLink | typeof PLAIN | typeof OTHER;

/** A directory of one layer, or of layers that were put together. Names are byte strings. */
export class Directory {
  readonly entries = new Map<string, Node>();
  /** The layer says that it is a directory; else only something below it does. */
  explicit: boolean;
  /** Names that are taken away from the layers below (whiteouts). */
  removed: Set<string> | undefined;
  /** Everything of the layers below is taken away (an opaque whiteout). */
  opaque = false;
  /** Whose it is, where not everybody may look a name up in it. */
  closed: { mode: number; uid: number; gid: number } | undefined;

  constructor(explicit = false) {
    this.explicit = explicit;
  }

  remove(name: string): void {
    this.removed ??= new Set();
    this.removed.add(name);
  }
}

/** Tells whether a node is a symbolic link. */
export function isSymlink(node: Node | undefined): node is Listed {
  return typeof node === 'object' && 'kind' in node && node.kind === 'symlink';
}

/** The longest path that Linux takes (PATH_MAX), and the longest name (NAME_MAX). */
const mostPath = 4096;
const mostName = 255;

/**
 * The parts of an archive's name, without `/`, `.` and `..`; empty for the root. Undefined for what
 * leads out of the root or could not be a path at all: it is refused.
 */
export function partsOf(name: string): string[] | undefined {
  if (name.length > mostPath || name.includes('\0')) return undefined;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part.length > mostName) return undefined;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts;
}

const mostLinks = 40;

/**
 * The directory at a path below `root`, through symbolic links that stay below it; what is missing
 * is made where `make` says so. Undefined where a file is in the way, or links lead nowhere.
 */
export function directoryAt(
  root: Directory,
  parts: readonly string[],
  { make }: { make: boolean },
): Directory | undefined {
  let links = 0;
  const todo = parts.toReversed();
  const trail: Directory[] = [root];
  while (todo.length > 0) {
    const part = todo.pop() ?? '';
    const here = trail.at(-1) ?? root;
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (trail.length > 1) trail.pop();
      continue;
    }
    let next = here.entries.get(part);
    if (next === undefined && make) {
      next = new Directory();
      here.entries.set(part, next);
    }
    if (next instanceof Directory) trail.push(next);
    else if (isSymlink(next) && ++links <= mostLinks) {
      const target = next.target ?? '';
      if (target.startsWith('/')) trail.length = 1;
      todo.push(...target.split('/').toReversed());
    } else return undefined;
  }
  return trail.at(-1);
}

/** The node at a path without links before its last part. */
export function nodeAt(root: Directory, parts: readonly string[]): Node | undefined {
  let node: Node | undefined = root;
  for (const part of parts) {
    if (!(node instanceof Directory)) return undefined;
    node = node.entries.get(part);
  }
  return node;
}
