import { base64OfBytes, bytesOfBase64 } from './bytes.ts';
import type { FileFacts } from './facts.ts';

/** What one path is. */
export interface FileNode {
  kind: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, 0o7777. */
  mode: number;
  uid: number;
  gid: number;
  /** A symbolic link's text, a byte string. */
  target?: string;
  /** Base64 of the first bytes: at least 256, or all. */
  head?: string;
  size?: number;
  /** PT_INTERP, where it lies past the head; null where it is known that there is none. */
  interpreter?: string | null;
  /** Mounted with noexec. */
  noexec?: boolean;
  /** Mounted with nosuid. */
  nosuid?: boolean;
  /** Somebody has it open for writing. */
  busy?: boolean;
}

const heads = new WeakMap<FileNode, Uint8Array>();

/** The bytes of a file's head; decoded once, for a walk looks at them several times. */
export function headBytes(node: Readonly<FileNode>): Uint8Array {
  const known = heads.get(node);
  if (known !== undefined) return known;
  const bytes = bytesOfBase64(node.head ?? '');
  heads.set(node, bytes);
  return bytes;
}

/** Tells whether a node's head is known. */
export function hasHead(node: Readonly<FileNode>): boolean {
  return heads.has(node) || node.head !== undefined;
}

/** A node with a head that is at hand as bytes; it is encoded only where somebody asks for that. */
export function withHead(node: Omit<FileNode, 'head'>, bytes: Uint8Array): FileNode {
  const whole = {
    ...node,
    get head() {
      return base64OfBytes(bytes);
    },
  };
  heads.set(whole, bytes);
  return whole;
}

/** Files by path, as one mount namespace has them. */
export interface FileView {
  /**
   * One lstat(2) of an absolute path without `.`, `..` and links before its last part: the file, the
   * errno's name, or undefined where the view does not know.
   */
  lstat(path: string): FileNode | string | undefined;
}

function nodeOf(facts: FileFacts): FileNode | string | undefined {
  if (facts.errno !== 'ok') return facts.errno;
  const { kind, mode, uid, gid, path: _path, errno: _errno, ...rest } = facts;
  if (kind === undefined || mode === undefined) return undefined;
  return { kind, mode, uid: uid ?? 0, gid: gid ?? 0, ...rest };
}

/** A view of files that were read. Of a path that was not read it knows nothing. */
export function viewOfFacts(files: Iterable<FileFacts>): FileView {
  const nodes = new Map<string, FileNode | string | undefined>();
  for (const facts of files) nodes.set(facts.path, nodeOf(facts));
  return { lstat: (path) => nodes.get(path) };
}
