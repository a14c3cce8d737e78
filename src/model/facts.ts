/**
 * Facts: plain JSON values, read once from the right kernel, saved and replayed as they are.
 *
 * Text that comes from a kernel or a file system (rule names, paths, rule files) is a byte string:
 * code point U+00NN stands for the byte 0xNN (latin-1), so nothing is lost when it is not UTF-8.
 */

/** A fact that could not be read, and the reason. */
export interface Unknown {
  unknown: string;
}

/** A fact, or why it could not be read. */
export type Known<T> = T | Unknown;

/** Tells whether a fact could be read. */
export function isKnown<T extends object>(fact: Known<T>): fact is T {
  return !('unknown' in fact);
}

/** Where an engine is, and what said so. */
export interface Endpoint {
  /** `unix:///run/docker.sock`, `tcp://host:2376`, `ssh://user@host`. */
  url: string;
  /** For people: `DOCKER_HOST`, `--host`, `context "desktop-linux"`, `default`. */
  source: string;
  /** The Docker context's name, where one was chosen; commands for the user must name it. */
  context?: string;
}

/** What one engine says of itself (GET /version, /info, /_ping). */
export interface EngineFacts {
  endpoint: Endpoint;
  /** Host name of the engine's machine. */
  name: string;
  version: string;
  apiVersion: string;
  os: string;
  /** In Go's words: `amd64`, `arm64`, `arm`. */
  architecture: string;
  operatingSystem: string;
  kernelVersion: string;
  cpus: number;
  /** `containerd` holds several platforms under one tag; `classic` holds one. */
  store: 'containerd' | 'classic';
  storageDriver: string;
  rootless: boolean;
  usernsRemap: boolean;
  desktop: boolean;
  experimental: boolean;
  /** GET /_ping says that BuildKit is the default builder; 20.10 has BuildKit without saying so. */
  buildkitByDefault: boolean;
  /** Whether the engine's kernel is another one than that of the machine xbuild runs on. */
  remote: boolean;
  /** OCI runtimes by name, and the one that is used where none is named. */
  runtimes?: string[];
  defaultRuntime?: string;
}

/** A file of the binfmt_misc directory, as read. */
export interface RuleFile {
  name: string;
  /** The file's content. */
  text: string;
}

/** The kernel's binfmt_misc as the engine's containers have it. */
export interface BinfmtFacts {
  /** Whether /proc/filesystems lists binfmt_misc (a module that is not loaded is not listed). */
  knownToKernel: boolean;
  /**
   * What is mounted at the engine's /proc/sys/fs/binfmt_misc. `autofs`: systemd's automount has not
   * been triggered. `nothing`: the directory is there and nothing is mounted on it. `absent`: there
   * is no such directory.
   */
  mount: 'binfmt_misc' | 'autofs' | 'nothing' | 'absent';
  /** The content of `status`; null where it cannot be read. */
  status: 'enabled' | 'disabled' | null;
  /** The rules in match order: the kernel asks the first one first. */
  rules: RuleFile[];
}

/** What an ELF file asks of its loader and offers to others. Strings are byte strings. */
export interface ElfLinks {
  /** DT_NEEDED, in order. */
  needed: string[];
  soname?: string;
  rpath?: string;
  runpath?: string;
  /** DT_VERNEED, one a version: `libc.so.6 GLIBC_2.34` (file, blank, version); no weak ones. */
  requires: string[];
  /** DT_VERDEF, the versions that it defines: `GLIBC_2.34`; not its own name, which stands first. */
  provides: string[];
  /** The smallest p_align of its PT_LOAD entries. */
  loadAlignment?: number;
  /** Base64 of the PT_GNU_PROPERTY segment, at most 512 bytes. */
  properties?: string;
  /** Base64 of the section .ARM.attributes, at most 512 bytes. */
  armAttributes?: string;
  /** Why something above is missing, the first that was met; absent where all is read. */
  incomplete?: 'past-end' | 'too-large' | 'damaged';
}

/** What a path is, in a container or on the engine's machine: one lstat(2), and a file's head. */
export interface FileFacts {
  path: string;
  /** `ok`, or the errno's name. */
  errno: string;
  kind?: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits, 0o7777. */
  mode?: number;
  uid?: number;
  gid?: number;
  size?: number;
  /** A symbolic link's text. */
  target?: string;
  /** Base64 of the first 4096 bytes of a regular file. */
  head?: string;
  /** PT_INTERP of an ELF file, also where it lies past the head. */
  interpreter?: string;
  /** ELF files of the types EXEC and DYN. */
  links?: ElfLinks;
}

/** What came of one small ELF program of ours, run by the engine's kernel. */
export interface RunFacts {
  /** Which of the probe's programs: `arm64`, `arm-v7`, `386` … (architecture, `-`, variant). */
  program: string;
  /** The 256 bytes that execve(2) looks at, base64. */
  head: string;
  /** `ran`: its own machine code was executed and reported; the other fields say what it saw. */
  outcome: 'ran' | 'errno' | 'signal' | 'exit' | 'timeout';
  /** uname(2)'s machine, as the program itself saw it. */
  machine?: string;
  /** amd64 only: the level of x86-64 that its cpuid shows, 1 to 4. */
  level?: number;
  /** execve(2)'s errno, by name. */
  errno?: string;
  signal?: number;
  exitStatus?: number;
  /** What it or its emulator wrote (at most 1 KB); evidence, untrusted. */
  output?: string;
  /** The program that really executes it: /proc/PID/exe; absent where it ran natively. */
  emulator?: {
    path: string;
    /** First line of `--version`, where it gave one. */
    version?: string;
    /** The emulator's own file, read through /proc/PID/exe. */
    file?: FileFacts;
  };
}

/** What the engine's kernel can run: one container run of the probe. */
export interface KernelFacts {
  release: string;
  version: string;
  machine: string;
  pageSize: number;
  binfmt: BinfmtFacts;
  /** One a program of the probe. */
  runs: RunFacts[];
  /**
   * Files that rules name as interpreters, as the engine's machine has them: every one whose rule's
   * architecture did not run, or was asked for. A rule with flag F may work though its file is gone.
   */
  interpreters: FileFacts[];
}
