import { isElf, isLoadedType, PT_INTERP, PT_LOAD, readElf, type Elf, type NotElf } from './elf.ts';
import { describeNode } from './file-kind.ts';
import { headBytes, type FileNode } from './file-view.ts';

/** What the kernel's ELF loader makes of a file before it opens its PT_INTERP. */
export type ElfLoad =
  | { loads: true; elf: Elf; loader: string | null }
  | {
      loads: false;
      reason: 'not-elf' | 'foreign-architecture' | 'elf-not-executable' | 'elf-damaged';
    }
  /** The answer lies past the head. */
  | { loads: 'unknown' };

const LARGEST_TABLE = 65536;
const LONGEST_LOADER = 4096;

/** What a file's head says of it. */
function elfOf(node: FileNode): Elf | NotElf {
  const kind = describeNode(node);
  return 'elf' in kind ? kind.elf : readElf(headBytes(node));
}

/** Tells whether the head is all of the file. */
function isWhole(node: FileNode, bytes: Uint8Array): boolean {
  return node.size !== undefined && node.size <= bytes.length;
}

function entrySizeIsRight(elf: Elf, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = elf.class === 64 ? 54 : 42;
  return view.getUint16(at, elf.endian === 'little') === (elf.class === 64 ? 56 : 32);
}

/** Whether the table of program headers is too large, or lies past the file's end. */
function cannotHaveHeaders(elf: Elf, { size }: FileNode, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = elf.endian === 'little';
  const wide = elf.class === 64;
  const start = wide ? Number(view.getBigUint64(32, little)) : view.getUint32(28, little);
  const table = view.getUint16(wide ? 56 : 44, little) * (wide ? 56 : 32);
  return table > LARGEST_TABLE || (size !== undefined && start + table > size);
}

function checkHeaders(elf: Elf, node: FileNode, bytes: Uint8Array): ElfLoad | undefined {
  const damaged: ElfLoad = { loads: false, reason: 'elf-damaged' };
  if (!entrySizeIsRight(elf, bytes)) return damaged;
  const headers = elf.programHeaders;
  if (headers === undefined) {
    return isWhole(node, bytes) || cannotHaveHeaders(elf, node, bytes)
      ? damaged
      : { loads: 'unknown' };
  }
  const size = headers.length * (elf.class === 64 ? 56 : 32);
  return size === 0 || size > LARGEST_TABLE ? damaged : undefined;
}

function findLoader(elf: Elf, node: FileNode, bytes: Uint8Array): ElfLoad {
  const { interpreter } = elf;
  if (interpreter === null) return { loads: true, elf, loader: null };
  const filesz = elf.programHeaders?.find(({ type }) => type === PT_INTERP)?.filesz ?? 0;
  if (filesz < 2 || filesz > LONGEST_LOADER) return { loads: false, reason: 'elf-damaged' };
  if (interpreter !== undefined && 'path' in interpreter) {
    const { path } = interpreter;
    return path.length < filesz
      ? { loads: true, elf, loader: path }
      : { loads: false, reason: 'elf-damaged' };
  }
  if (node.interpreter !== undefined) return { loads: true, elf, loader: node.interpreter };
  return isWhole(node, bytes) ? { loads: false, reason: 'elf-damaged' } : { loads: 'unknown' };
}

/**
 * Asks whether a kernel that runs `native` architectures (Docker's words) loads a file.
 * Source: load_elf_binary in fs/binfmt_elf.c.
 */
export function loadElf(node: FileNode, native: readonly string[]): ElfLoad {
  const bytes = headBytes(node);
  const elf = elfOf(node);
  if (!isElf(elf)) {
    return { loads: false, reason: elf.notElf === 'no-magic' ? 'not-elf' : 'elf-damaged' };
  }
  if (!isLoadedType(elf.type)) return { loads: false, reason: 'elf-not-executable' };
  if (elf.architecture === undefined || !native.includes(elf.architecture.name)) {
    return { loads: false, reason: 'foreign-architecture' };
  }
  const headers = checkHeaders(elf, node, bytes);
  // The program headers lie past the head, and somebody has read them.
  if (headers?.loads === 'unknown' && node.interpreter !== undefined) {
    return { loads: true, elf, loader: node.interpreter };
  }
  return headers ?? findLoader(elf, node, bytes);
}

/**
 * Why a file cannot be the loader (PT_INTERP) of a program; undefined where it can. `errno` is
 * `SIGSEGV` where execve(2) cannot return an error any more.
 */
export function loaderFault(
  node: FileNode,
  program: Elf,
): { errno: string; reason: LoaderReason } | undefined {
  const bytes = headBytes(node);
  if (bytes.length < (program.class === 64 ? 64 : 52)) {
    return { errno: 'EIO', reason: 'loader-too-short' };
  }
  const elf = readElf(bytes);
  if (!isElf(elf)) return { errno: 'ELIBBAD', reason: 'loader-not-elf' };
  if (elf.architecture !== program.architecture) {
    return { errno: 'ELIBBAD', reason: 'loader-wrong-architecture' };
  }
  const headers = checkHeaders(elf, node, bytes);
  const damaged = headers !== undefined && headers.loads === false;
  if (damaged) return { errno: 'ELIBBAD', reason: 'loader-damaged' };
  return canBeMapped(elf) ? undefined : { errno: 'SIGSEGV', reason: 'loader-not-mappable' };
}

/** What load_elf_interp maps; it looks when the old program is gone, and can only kill. */
function canBeMapped({ type, programHeaders }: Elf): boolean {
  if (!isLoadedType(type)) return false;
  return programHeaders === undefined || programHeaders.some((header) => header.type === PT_LOAD);
}

/** Why the kernel does not take a file as the loader of a program. */
export type LoaderReason =
  | 'loader-too-short'
  | 'loader-not-elf'
  | 'loader-wrong-architecture'
  | 'loader-damaged'
  | 'loader-not-mappable';
