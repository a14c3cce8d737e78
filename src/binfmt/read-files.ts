// Effects: looks at files of this machine. Nothing is opened but regular files.
import {
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { loaderlessArchitecture } from '../model/elf-alone.ts';
import type { Elf } from '../model/elf.ts';
import { describeNode } from '../model/file-kind.ts';
import { stringOfBytes } from '../model/bytes.ts';
import { withHead, type FileNode } from '../model/file-view.ts';
import type { Credentials } from '../model/credentials.ts';

/** What is read of a file: all that the models need is in it, nearly always. */
const HEAD = 1024;
/** Of a file whose program headers are not there. */
const LONG_HEAD = 1 << 18;
const LONGEST_LOADER = 4096;

function bufferOf(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function kindOf(stats: Stats): FileNode['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** Adds the head, and PT_INTERP where it lies past it; nothing where this user may not read it. */
function addHead(node: FileNode, path: Buffer): FileNode {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return node;
  }
  try {
    const head = readStart(descriptor, HEAD);
    const whole = withHead(node, head);
    if (loaderlessArchitecture(head) !== undefined) return whole;
    const kind = describeNode(whole);
    if (!('elf' in kind)) return whole;
    if (kind.elf.programHeaders === undefined) {
      return withHead(node, readStart(descriptor, LONG_HEAD));
    }
    const interpreter = farInterpreter(descriptor, kind.elf);
    if (interpreter !== undefined) whole.interpreter = interpreter;
    return whole;
  } catch {
    return node;
  } finally {
    closeSync(descriptor);
  }
}

function readStart(descriptor: number, size: number): Uint8Array {
  const buffer = Buffer.allocUnsafe(size);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, size, 0));
}

function farInterpreter(descriptor: number, elf: Elf): string | undefined {
  if (!elf.interpreter || 'path' in elf.interpreter) return undefined;
  const { offset, size } = elf.interpreter;
  if (size > LONGEST_LOADER || !Number.isSafeInteger(offset)) return undefined;
  const text = Buffer.alloc(size);
  const count = readSync(descriptor, text, 0, size, offset);
  const end = text.subarray(0, count).indexOf(0);
  return end === -1 ? undefined : stringOfBytes(text.subarray(0, end));
}

interface MountPoint {
  /** With a slash at its end. */
  path: string;
  noexec: boolean;
  nosuid: boolean;
}

let mountPoints: MountPoint[] | undefined;

/** Blanks and the like are octal escapes in it. */
function decodeMount(path: string): string {
  if (!path.includes('\\')) return path;
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** The mounts of this process, the last ones first. Source: proc_pid_mountinfo(5). */
function readMounts(): MountPoint[] {
  let text: string;
  try {
    text = readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return [];
  }
  const found = text.split('\n').flatMap((line) => {
    const [, , , , path, options] = line.split(' ');
    if (path === undefined || options === undefined) return [];
    const words = options.split(',');
    const decoded = decodeMount(path);
    return [
      {
        path: decoded === '/' ? decoded : `${decoded}/`,
        noexec: words.includes('noexec'),
        nosuid: words.includes('nosuid'),
      },
    ];
  });
  return found.toReversed();
}

/** The options of the mount that a path without links lies on. */
function mountOf(path: string): Pick<FileNode, 'noexec' | 'nosuid'> {
  mountPoints ??= readMounts();
  const within = `${path}/`;
  let best: MountPoint | undefined;
  for (const mount of mountPoints) {
    const inside = within.startsWith(mount.path);
    if (inside && (best === undefined || mount.path.length > best.path.length)) best = mount;
  }
  return {
    ...(best?.noexec === true ? { noexec: true } : {}),
    ...(best?.nosuid === true ? { nosuid: true } : {}),
  };
}

/** One lstat(2) of a path of this machine, and a regular file's head; or the errno's name. */
export function readPath(path: string): FileNode | string {
  const bytes = bufferOf(path);
  try {
    // That nothing is there is an answer; to throw it takes longer than all the rest. A walk comes
    // here from a directory, so it is not ENOTDIR.
    const stats = lstatSync(bytes, { throwIfNoEntry: false });
    if (stats === undefined) return 'ENOENT';
    const kind = kindOf(stats);
    const node = { kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
    if (kind === 'symlink') return { ...node, target: readlinkSync(bytes, 'latin1') };
    if (kind !== 'file') return node;
    return addHead({ ...node, size: stats.size, ...mountOf(path) }, bytes);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO';
  }
}

/** Who this process is. */
export function ownCredentials(): Credentials {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  return { uid, gid, groups: process.getgroups?.() ?? [] };
}
