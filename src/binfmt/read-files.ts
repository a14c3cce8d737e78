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
import { PT_INTERP, readElf, isElf } from '../model/elf.ts';
import { base64OfBytes, stringOfBytes } from '../model/bytes.ts';
import type { FileNode } from '../model/file-view.ts';
import type { Credentials } from '../model/credentials.ts';

/** What is read of a file: all that the models need is in it, nearly always. */
const HEAD = 4096;
const LONGEST_LOADER = 4096;

function bufferOf(path: string): Buffer {
  return Buffer.from(path, 'latin1');
}

function kindOf(stats: Stats): FileNode['kind'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/** The head, and PT_INTERP where it lies past it; nothing where this user may not read it. */
function readHead(path: Buffer): Pick<FileNode, 'head' | 'interpreter'> {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return {};
  }
  try {
    const head = Buffer.alloc(HEAD);
    const bytes = head.subarray(0, readSync(descriptor, head, 0, HEAD, 0));
    const interpreter = farInterpreter(descriptor, bytes);
    return {
      head: base64OfBytes(bytes),
      ...(interpreter === undefined ? {} : { interpreter }),
    };
  } catch {
    return {};
  } finally {
    closeSync(descriptor);
  }
}

function farInterpreter(descriptor: number, head: Uint8Array): string | undefined {
  const elf = readElf(head);
  if (!isElf(elf) || !elf.interpreter || 'path' in elf.interpreter) return undefined;
  const { offset, size } = elf.interpreter;
  const isOdd =
    size > LONGEST_LOADER || !elf.programHeaders?.some(({ type }) => type === PT_INTERP);
  if (isOdd || !Number.isSafeInteger(offset)) return undefined;
  const text = Buffer.alloc(size);
  const count = readSync(descriptor, text, 0, size, offset);
  const end = text.subarray(0, count).indexOf(0);
  return end === -1 ? undefined : stringOfBytes(text.subarray(0, end));
}

interface MountPoint {
  path: string;
  noexec: boolean;
  nosuid: boolean;
}

let mountPoints: MountPoint[] | undefined;

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
    const decoded = path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    );
    return [{ path: decoded, noexec: words.includes('noexec'), nosuid: words.includes('nosuid') }];
  });
  return found.toReversed();
}

/** The options of the mount that a path without links lies on. */
function mountOf(path: string): Pick<FileNode, 'noexec' | 'nosuid'> {
  mountPoints ??= readMounts();
  let best: MountPoint | undefined;
  for (const mount of mountPoints) {
    const inside = mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`);
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
    const stats = lstatSync(bytes);
    const kind = kindOf(stats);
    const node = { kind, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
    if (kind === 'symlink') return { ...node, target: readlinkSync(bytes, 'latin1') };
    if (kind !== 'file') return node;
    return { ...node, size: stats.size, ...readHead(bytes), ...mountOf(path) };
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
