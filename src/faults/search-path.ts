import type { Architecture } from '../model/architecture.ts';
import { valueIn } from '../model/environment.ts';
import { directoryOfPath, nameOfPath, type ImageFile } from './image-files.ts';

/** The C library whose loader starts a program. */
export type Libc = 'glibc' | 'musl';

/** Debian's name of an architecture's directory; others use lib64 and lib. */
const triplets: Readonly<Record<string, readonly string[]>> = {
  amd64: ['x86_64-linux-gnu'],
  '386': ['i386-linux-gnu', 'i686-linux-gnu'],
  x32: ['x86_64-linux-gnux32'],
  arm64: ['aarch64-linux-gnu'],
  arm: ['arm-linux-gnueabihf', 'arm-linux-gnueabi'],
  riscv64: ['riscv64-linux-gnu'],
  ppc64le: ['powerpc64le-linux-gnu'],
  s390x: ['s390x-linux-gnu'],
  mips64le: ['mips64el-linux-gnuabi64'],
  mipsle: ['mipsel-linux-gnu'],
  loong64: ['loongarch64-linux-gnu'],
};

export function libcOf(loader: string): Libc {
  return nameOfPath(loader).startsWith('ld-musl-') ? 'musl' : 'glibc';
}

/** What `$LIB` may stand for. */
function libNames({ name }: Architecture): string[] {
  return ['lib', 'lib64', ...(triplets[name] ?? []).map((triplet) => `lib/${triplet}`)];
}

/**
 * Where a loader looks without being told: glibc's built-in directories, as distributions build it,
 * and the loader's own; musl's built-in path. Sources: ld.so(8), musl's ldso/dynlink.c.
 */
export function systemDirectories(
  architecture: Architecture,
  loader: { path: string; real: string },
): string[] {
  if (libcOf(loader.path) === 'musl') return ['/lib', '/usr/local/lib', '/usr/lib'];
  const multiarch = (triplets[architecture.name] ?? []).flatMap((triplet) => [
    `/lib/${triplet}`,
    `/usr/lib/${triplet}`,
  ]);
  const abi = architecture.name === 'riscv64' ? ['/lib64/lp64d', '/usr/lib64/lp64d'] : [];
  const wide =
    architecture.class === 64
      ? ['/lib64', '/usr/lib64', ...abi]
      : ['/lib32', '/usr/lib32', '/libx32', '/usr/libx32'];
  const own = [directoryOfPath(loader.path), directoryOfPath(loader.real)];
  return [...new Set([...multiarch, ...wide, '/lib', '/usr/lib', ...own])];
}

/** The directories of an RPATH or RUNPATH, with `$ORIGIN`, `$LIB` and `$PLATFORM` put in. */
export function expandRunpath(text: string, origin: string, architecture: Architecture): string[] {
  const base = origin === '/' ? '' : origin;
  return text
    .split(':')
    .filter((entry) => entry !== '')
    .map((entry) => entry.replaceAll(/\$(?:ORIGIN\b|\{ORIGIN\})/g, () => base))
    .flatMap((entry) =>
      /\$(?:LIB\b|\{LIB\})/.test(entry)
        ? libNames(architecture).map((name) => entry.replaceAll(/\$(?:LIB\b|\{LIB\})/g, name))
        : [entry],
    )
    .map((entry) =>
      entry.replaceAll(/\$(?:PLATFORM\b|\{PLATFORM\})/g, architecture.machines[0] ?? ''),
    )
    .filter((entry) => entry.startsWith('/'));
}

/** LD_LIBRARY_PATH of an environment; of several, the last one counts. */
export function libraryPathOf(env: readonly string[]): string[] {
  const text = valueIn(env, 'LD_LIBRARY_PATH') ?? '';
  return text.split(/[:;]/).filter((entry) => entry.startsWith('/'));
}

/** The paths in LD_PRELOAD of an environment; names without a path are searched for, and left out. */
export function preloadsOf(env: readonly string[]): string[] {
  const text = valueIn(env, 'LD_PRELOAD') ?? '';
  return text.split(/[: ]/).filter((entry) => entry.startsWith('/'));
}

/** The file with the directories that a musl loader searches: `/etc/ld-musl-x86_64.path`. */
export function muslPathFile(loader: string): string {
  return `/etc/${nameOfPath(loader).replace(/\.so.*$/, '')}.path`;
}

/** Whether two ELF files can be loaded into one process: architecture, and ARM's float ABI. */
export function fits(one: ImageFile, other: ImageFile): boolean {
  if (one.elf === undefined || other.elf === undefined) return false;
  if (one.elf.architecture !== other.elf.architecture) return false;
  if (one.elf.machine !== other.elf.machine) return false;
  const [float, otherFloat] = [one.elf.arm?.float ?? null, other.elf.arm?.float ?? null];
  return float === null || otherFloat === null || float === otherFloat;
}
