import { permits, type Credentials } from './credentials.ts';
import type { FileNode, FileView } from './file-view.ts';

/** Who looks a path up, and from where. */
export interface Walker {
  view: FileView;
  /** The root directory, as a path of the view; `/` unless chrooted. */
  root: string;
  /** The working directory, as a path of the view. */
  cwd: string;
  credentials: Credentials;
}

/** Why a path could not be opened. Stable words. */
export type WalkReason =
  | 'missing'
  | 'not-a-directory'
  | 'search-denied'
  | 'symlink-loop'
  | 'name-too-long'
  | 'is-directory'
  | 'not-a-file'
  | 'noexec-mount'
  | 'not-executable'
  | 'busy'
  | 'unreadable';

/** Why a view knows no file at a path. */
const unseen: Readonly<Record<string, WalkReason>> = { ENOENT: 'missing', ELOOP: 'symlink-loop' };

/** A file that was found: its own path, without links, and the links that led there. */
export interface Found {
  path: string;
  node: FileNode;
  links: string[];
}

/** A path that leads nowhere; `at` is the path of the view where that showed. */
export interface Refused {
  errno: string;
  reason: WalkReason;
  at: string;
}

/** A path of the view that must be known to go on. */
export interface Needed {
  needs: string;
}

export type Walk = Found | Refused | Needed;

const LONGEST_PATH = 4095;
const LONGEST_NAME = 255;
const MOST_LINKS = 40;

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function pathOf(parts: readonly string[]): string {
  return `/${parts.join('/')}`;
}

/** Sentinels of one step; a step either moves on or ends the walk. */
class Lookup {
  readonly walker: Walker;
  readonly root: string[];
  readonly links: string[] = [];
  at: string[];
  rest: string[];
  mustBeDirectory: boolean;
  /** What `at` is, where that was looked up already. */
  known: FileNode | Refused | Needed | undefined;

  constructor(walker: Walker, path: string, from: string) {
    this.walker = walker;
    this.root = partsOf(walker.root);
    this.at = path.startsWith('/') ? [...this.root] : partsOf(from);
    this.rest = partsOf(path);
    this.mustBeDirectory = path.endsWith('/');
  }

  refuse(errno: string, reason: WalkReason, parts: readonly string[] = this.at): Refused {
    return { errno, reason, at: pathOf(parts) };
  }

  lstat(parts: readonly string[]): FileNode | Refused | Needed {
    const path = pathOf(parts);
    const node = this.walker.view.lstat(path);
    if (node === undefined) return { needs: path };
    if (typeof node !== 'string') return node;
    return { errno: node, reason: unseen[node] ?? 'unreadable', at: path };
  }

  /** What the walk has come to. */
  lstatHere(): FileNode | Refused | Needed {
    this.known ??= this.lstat(this.at);
    return this.known;
  }

  goTo(parts: string[], node?: FileNode): void {
    this.at = parts;
    this.known = node;
  }

  /** Whether the directory that the walk has come to can be searched. */
  checkDirectory(): Refused | Needed | undefined {
    const node = this.lstatHere();
    if (!('kind' in node)) return node;
    if (node.kind !== 'directory') return this.refuse('ENOTDIR', 'not-a-directory');
    if (!permits(this.walker.credentials, node, 'execute')) {
      return this.refuse('EACCES', 'search-denied');
    }
    return undefined;
  }

  goUp(): void {
    if (this.at.length > this.root.length) this.goTo(this.at.slice(0, -1));
  }

  follow(link: string[], target: string): Refused | undefined {
    if (this.links.length >= MOST_LINKS) return this.refuse('ELOOP', 'symlink-loop', link);
    this.links.push(pathOf(link));
    if (this.rest.length === 0 && target.endsWith('/')) this.mustBeDirectory = true;
    if (target.startsWith('/')) this.goTo([...this.root]);
    this.rest = [...partsOf(target), ...this.rest];
    return undefined;
  }

  /** Takes one part of the path. */
  step(part: string): Refused | Needed | undefined {
    const stopped = this.checkDirectory();
    if (stopped !== undefined || part === '.') return stopped;
    if (part === '..') {
      this.goUp();
      return undefined;
    }
    const next = [...this.at, part];
    if (part.length > LONGEST_NAME) return this.refuse('ENAMETOOLONG', 'name-too-long', next);
    const node = this.lstat(next);
    if (!('kind' in node)) return node;
    if (node.kind === 'symlink') return this.follow(next, node.target ?? '');
    this.goTo(next, node);
    return undefined;
  }

  finish(): Walk {
    const node = this.lstatHere();
    if (!('kind' in node)) return node;
    if (this.mustBeDirectory && node.kind !== 'directory') {
      return this.refuse('ENOTDIR', 'not-a-directory');
    }
    return { path: pathOf(this.at), node, links: this.links };
  }
}

/**
 * Looks a path up, following links, as path_resolution(7) says: search permission, at most 40
 * links, names of 255 and paths of 4095 bytes, `..` not above the root. `from` is the directory a
 * relative path starts at; the working directory by default. The empty path is that directory:
 * what refuses it is the system call, not the walk.
 */
export function walkPath(walker: Walker, path: string, from: string = walker.cwd): Walk {
  if (path.length > LONGEST_PATH) {
    return { errno: 'ENAMETOOLONG', reason: 'name-too-long', at: from };
  }
  const lookup = new Lookup(walker, path, from);
  for (let part = lookup.rest.shift(); part !== undefined; part = lookup.rest.shift()) {
    const stopped = lookup.step(part);
    if (stopped !== undefined) return stopped;
  }
  return lookup.finish();
}

/** Checks a file that was found as execve(2) does (do_open_execat in fs/exec.c). */
export function checkExecutable(found: Found, credentials: Credentials): Found | Refused {
  const { node, path: at } = found;
  const refuse = (errno: string, reason: WalkReason): Refused => ({ errno, reason, at });
  if (node.kind === 'directory') return refuse('EACCES', 'is-directory');
  if (node.kind !== 'file') return refuse('EACCES', 'not-a-file');
  if (node.noexec === true) return refuse('EACCES', 'noexec-mount');
  if (!permits(credentials, node, 'execute')) return refuse('EACCES', 'not-executable');
  return node.busy === true ? refuse('ETXTBSY', 'busy') : found;
}

/** Opens a path for execution, as the walker. */
export function openForExec(walker: Walker, path: string, from?: string): Walk {
  const walk = walkPath(walker, path, from);
  return 'node' in walk ? checkExecutable(walk, walker.credentials) : walk;
}
