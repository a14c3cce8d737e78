import { bytesOfBase64, stringOfBytes } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { isElf, readElf, type Elf } from '../model/elf.ts';
import { advice, ofFailures, type Entry, type Family } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { fileAt, headAt, signsOf, type Failure, type Scene } from './scene.ts';
import { shown } from './words.ts';

export const order = 70;

const formatError = 'exec /app: exec format error';

/** What a server says in place of a file. */
const answers: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^\s{0,64}(?:<!doctype html|<!--|<html|<head|<body|<\?xml)/i, 'an HTML or XML page'],
  [
    /^\s{0,64}(?:40[0-9]\b|429\b|50[0-4]\b|not found|forbidden|access denied|accessdenied|bad request|bad gateway|moved|found\b|unauthorized|internal server error|too many requests|rate limit|service unavailable|gateway time-?out|error code: \d|upstream connect error|request blocked|invalid request|no such (?:key|file)|page not found|<a href=|<error>)/i,
    'a short answer of a server',
  ],
  [
    /^\s{0,64}\{\s{0,64}"(?:message|errors?|status|statuscode|code|detail|title|documentation_url|success)"/i,
    'a JSON answer of a server',
  ],
];

/** What kind of failed download a text is; undefined where it is none. */
export function downloadOf(text: string): string | undefined {
  return answers.find(([pattern]) => pattern.test(text.slice(0, 512)))?.[1];
}

/** The file that nothing takes. */
function refused({ reason, last, hops }: Failure): NonNullable<Failure['last']> | undefined {
  if (reason !== 'no-rule-no-format' && !reason.startsWith('elf-') && !reason.startsWith('script-'))
    return undefined;
  return takenByRule(hops) ? undefined : last;
}

function sizeLine(scene: Scene, path: string): string[] {
  const size = fileAt(scene, path)?.size;
  return size === undefined ? [] : [`size: ${size} bytes`];
}

interface Kind {
  kinds: readonly string[];
  /** Tells files of one kind apart. */
  when?: (name: string, head: string) => boolean;
  message: string;
  fix: string;
  commands?: (path: string) => string[];
}

/** An entry for files of some kinds. */
function byKind(
  about: Omit<Entry, 'find' | 'remedy' | 'seen'> & { seen?: readonly string[] },
  kind: Kind,
): Entry {
  return {
    seen: [formatError],
    ...about,
    remedy: kind.fix,
    find: (scene) =>
      ofFailures(scene, (failure) => {
        const hop = refused(failure);
        if (hop === undefined || !kind.kinds.includes(hop.kind)) return undefined;
        const head = stringOfBytes(headAt(scene, hop.path).subarray(0, 512));
        if (kind.when?.(hop.name, head) === false) return undefined;
        return {
          message: `${shown(hop.name)} ${kind.message}`,
          evidence: sizeLine(scene, hop.path),
          fix: advice(kind.fix, kind.commands?.(shown(hop.name)) ?? []),
        };
      }),
  };
}

function isJava(name: string, head: string): boolean {
  return /\.(?:jar|war)$/i.test(name) || head.includes('META-INF/');
}

function isDebian(_name: string, head: string): boolean {
  return head.startsWith('!<arch>\ndebian-binary');
}

function byElfType(
  id: Pick<Entry, 'id' | 'title' | 'why' | 'proof' | 'prevent'>,
  type: number,
  what: string,
  fix: string,
): Entry {
  return {
    ...id,
    seen: [formatError],
    remedy: fix,
    find: (scene) =>
      ofFailures(scene, (failure) => {
        const hop = refused(failure);
        const elf = readElf(headAt(scene, hop?.path ?? ''));
        const isType = isElf(elf) && elf.type === type && failure.reason !== 'elf-damaged';
        // Go's and LLVM's object files have formats of their own.
        if (hop === undefined || !(isType || (type === 1 && hop.kind === 'object')))
          return undefined;
        return {
          message: `${shown(hop.name)} is ${what}, not a program`,
          evidence: isType ? [`e_type=${type}`] : [hop.words],
          fix: advice(fix),
        };
      }),
  };
}

/** Where the loadable parts of a program end; undefined where the head does not tell. */
function wantedSize({ programHeaders }: Elf): number | undefined {
  const ends = programHeaders
    ?.filter(({ type }) => type === 1)
    .map(({ offset, filesz }) => offset + filesz);
  return ends === undefined || ends.length === 0 ? undefined : Math.max(...ends);
}

const again = 'Copy or download it again, and compare its checksum.';

function truncated(scene: Scene): CauseMatch | undefined {
  return (
    ofFailures(scene, (failure) => {
      const hop = refused(failure);
      const short = hop === undefined ? undefined : shortBy(scene, hop.path);
      if (
        hop === undefined ||
        (failure.reason !== 'elf-damaged' && hop.kind !== 'damaged-elf' && short === undefined)
      )
        return undefined;
      return {
        message: `${shown(hop.name)} is ${short === undefined ? 'a damaged ELF file: it ends too early, or its header is not right' : `cut off: ${short}`}`,
        evidence: sizeLine(scene, hop.path),
        fix: advice(again),
      };
    }) ?? truncatedButStarted(scene)
  );
}

function shortBy(scene: Scene, path: string): string | undefined {
  const size = fileAt(scene, path)?.size;
  const head = headAt(scene, path);
  const elf = readElf(head);
  if (isElf(elf) && elf.programHeaders === undefined && size === head.length)
    return `it has ${size} bytes, and ends before its program headers do`;
  const wanted = isElf(elf) ? wantedSize(elf) : undefined;
  return size === undefined || wanted === undefined || size >= wanted
    ? undefined
    : `it has ${size} bytes, and its program headers speak of ${wanted}`;
}

/** The kernel only maps the parts; the process dies when it touches what is not there. */
function truncatedButStarted(scene: Scene): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  for (const { hops, index } of scene.running) {
    for (const hop of hops) {
      const short = shortBy(scene, hop.path);
      if (short === undefined) continue;
      return {
        confidence: 'certain',
        message: `${shown(hop.name)} is cut off: ${short}`,
        evidence: [],
        fix: advice(again),
        trace: index,
      };
    }
  }
  return undefined;
}

/** A library has no start: the kernel maps it, and jumps to whatever is at its entry. */
function library(scene: Scene): CauseMatch | undefined {
  const { exitCode, stage } = scene.facts.surface;
  const crashed = exitCode === 139 || exitCode === 132 || exitCode === 135 || exitCode === 127;
  if (stage !== 'never' && !crashed && signsOf(scene, 'emulator-signal').length === 0)
    return undefined;
  for (const { hops, index } of scene.running) {
    const hop = hops[0];
    const elf = readElf(bytesOfBase64(fileAt(scene, hop?.path ?? '')?.head ?? ''));
    if (hop === undefined || !isElf(elf) || !isLibrary(elf)) continue;
    return {
      confidence: stage === 'never' ? 'likely' : 'certain',
      message: `${shown(hop.name)} is a shared library, not a program`,
      evidence: [
        `e_type=3, no PT_INTERP, entry ${elf.entry}`,
        ...(exitCode === null ? [] : [`exit status ${exitCode}`]),
      ],
      fix: advice(
        'Start the program that uses the library; build it without -shared (Go: not -buildmode=c-shared).',
      ),
      trace: index,
    };
  }
  return undefined;
}

function isLibrary(elf: Elf): boolean {
  if (elf.type !== 3 || (elf.interpreter !== null && elf.interpreter !== undefined)) return false;
  if (elf.linkage === 'shared-object') return true;
  // The head often ends before the dynamic section; an entry of 0 is no program's.
  return elf.entry === 0 && elf.linkage !== 'static-pie';
}

const rebuilt = 'Look at how the file came into the image; it is not what it was meant to be.';

/** Files that are no program at all. */
export const family: Family = {
  id: 'no-program',
  title: 'No program at all',
  causes: [
    byKind(
      {
        id: 'empty-file',
        silent: true,
        title: 'an empty file',
        why: 'A COPY or download that failed left a file of no bytes. The kernel refuses it with ENOEXEC; from a shell it even ends with 0, as an empty script.',
        proof: 'Its size is 0.',
        prevent: 'Let the step fail: curl -f, set -o pipefail.',
      },
      {
        kinds: ['empty'],
        message: 'is an empty file',
        fix: 'Make or download it again; let the step fail when it does (curl -f).',
      },
    ),
    byKind(
      {
        id: 'failed-download',
        title: 'a failed download: an answer of the server in place of the program',
        why: 'Without -f, curl stores the page that says 404 and ends with 0. chmod makes it executable, and the kernel refuses it.',
        seen: [formatError, '/app/run: line 1: Not: not found'],
        proof: 'The file begins with HTML, JSON, or "Not Found".',
        prevent: 'curl -fsSL, and compare a checksum (ADD --checksum=…).',
      },
      {
        kinds: ['html', 'text'],
        when: (_, head) => downloadOf(head) !== undefined,
        message: 'is what a server answered in place of the file',
        fix: 'Correct the address (its version, its word for the architecture), and download with -f.',
        commands: (path) => [`RUN curl -fsSL -o ${shellQuote(path)} "$URL"`],
      },
    ),
    byKind(
      {
        id: 'git-lfs-pointer',
        title: 'a Git LFS pointer instead of the file',
        why: 'The repository was checked out without LFS: in place of the program is a text of three lines that names it.',
        seen: [formatError, '/app/run: line 1: version: not found'],
        proof: 'The text begins with "version https://git-lfs.github.com/spec/".',
        prevent: 'In CI: actions/checkout with lfs: true, or git lfs pull before the build.',
      },
      {
        kinds: ['git-lfs'],
        message: 'is a Git LFS pointer, not the file itself',
        fix: 'Fetch the real file before the build.',
        commands: () => ['git lfs install', 'git lfs pull'],
      },
    ),
    byKind(
      {
        id: 'java-program',
        title: 'a Java program without java',
        why: 'Class files and jars are programs for the Java machine; the kernel knows nothing of them.',
        proof: 'The first bytes are ca fe ba be, or it is a ZIP with META-INF.',
        prevent: 'Name java in ENTRYPOINT.',
      },
      {
        kinds: ['java-class', 'zip'],
        when: (name, head) => !head.startsWith('PK') || isJava(name, head),
        message: 'is a Java program, which needs java to run it',
        fix: 'Start it with java.',
        commands: (path) => [
          path.endsWith('.class')
            ? `ENTRYPOINT ["java", "-cp", "…", "…"]`
            : `ENTRYPOINT ["java", "-jar", ${JSON.stringify(path)}]`,
        ],
      },
    ),
    byKind(
      {
        id: 'compressed-file',
        title: 'a compressed file',
        why: 'What was downloaded is the program in gzip, xz, zstd or bzip2, and was never unpacked.',
        proof: 'The first bytes are 1f 8b, fd 37 7a, 28 b5 2f fd or BZh.',
        prevent: 'Unpack it in the step that downloads it.',
      },
      {
        kinds: ['gzip', 'xz', 'zstd', 'bzip2', 'lz4', 'lzip', 'lzma', 'compress'],
        message: 'is a compressed file',
        fix: 'Unpack it first; it may be an archive inside.',
        commands: (path) => [`RUN tar -xf ${shellQuote(path)} || gunzip -S '' ${shellQuote(path)}`],
      },
    ),
    byKind(
      {
        id: 'archive-file',
        title: 'an archive',
        why: 'What was downloaded is an archive with the program in it, and was never unpacked.',
        proof: 'tar: "ustar" at 257; ZIP: PK; Debian package: !<arch> debian-binary.',
        prevent: 'Unpack it in the step that downloads it.',
      },
      {
        kinds: ['tar', 'zip', 'ar', '7z', 'rar', 'rpm', 'cpio'],
        when: (name, head) => (head.startsWith('!<') ? isDebian(name, head) : !isJava(name, head)),
        message: 'is an archive, not a program',
        fix: 'Unpack it, and start the program in it.',
        commands: (path) => [`RUN tar -xf ${shellQuote(path)} -C /app`],
      },
    ),
    byKind(
      {
        id: 'static-library',
        title: 'a static library',
        why: 'An ar archive of object files (.a) is for the linker.',
        proof: 'It begins with !<arch>.',
        prevent:
          'Build the program, not the library (Go: not -buildmode=c-archive, and package main).',
      },
      {
        kinds: ['ar'],
        when: (name, head) => !isDebian(name, head),
        message: 'is a static library (an ar archive), not a program',
        fix: 'Build the program: in Go its package must be main.',
      },
    ),
    byKind(
      {
        id: 'windows-program',
        title: 'a Windows program',
        why: 'Linux does not run .exe files. In a build for several systems the wrong one was copied.',
        proof: 'It begins with MZ.',
        prevent: 'GOOS=linux, or TARGETOS in the Dockerfile.',
      },
      {
        kinds: ['pe'],
        message: 'is a Windows program',
        fix: 'Build or download it for Linux (GOOS=linux).',
      },
    ),
    byKind(
      {
        id: 'macos-program',
        title: 'a macOS program',
        why: 'It was built on a Mac for the Mac and copied into the image.',
        proof: 'It begins with cf fa ed fe or ca fe ba be.',
        prevent:
          'Build inside the Dockerfile, or with GOOS=linux; keep build output in .dockerignore.',
      },
      {
        kinds: ['mach-o', 'mach-o-fat'],
        message: 'is a macOS program',
        fix: 'Build it for Linux: inside the Dockerfile, or with GOOS=linux.',
      },
    ),
    byKind(
      {
        id: 'wasm-module',
        title: 'a WebAssembly module',
        why: 'The kernel runs no WebAssembly; it takes a runtime, a shim of containerd, or a rule of binfmt_misc.',
        proof: 'It begins with 00 61 73 6d.',
        prevent:
          'Run it with --runtime=io.containerd.wasmtime.v1 and --platform=wasi/wasm, or put a runtime into the image.',
      },
      {
        kinds: ['wasm'],
        message: 'is a WebAssembly module',
        fix: 'Run it with a WebAssembly runtime.',
        commands: (path) => [`ENTRYPOINT ["wasmtime", ${JSON.stringify(path)}]`],
      },
    ),
    byElfType(
      {
        id: 'object-file',
        title: 'an object file',
        why: 'gcc -c and go build of a package that is not main make object files, which only a linker can use.',
        proof: 'e_type is 1 (ET_REL).',
        prevent: 'Run the program once in the build stage.',
      },
      1,
      'an object file (compiled, not linked)',
      'Link it: gcc without -c, go build of package main.',
    ),
    byElfType(
      {
        id: 'core-dump',
        title: 'a core dump',
        why: 'It is the memory of a program that crashed, not the program.',
        proof: 'e_type is 4 (ET_CORE).',
        prevent: 'Keep core files out by .dockerignore.',
      },
      4,
      'a core dump',
      rebuilt,
    ),
    {
      id: 'shared-library-as-program',
      title: 'a shared library as program',
      why: 'The kernel starts any ET_DYN file. A library has no start, so it jumps to whatever is there, and dies of SIGSEGV without a word.',
      seen: ['nothing, and exit status 139'],
      proof: 'e_type 3 without PT_INTERP and without DF_1_PIE.',
      remedy: 'Start the program that uses the library.',
      prevent: 'Build without -shared or -buildmode=c-shared.',
      before: ['emulated-crash', 'emulated-illegal-instruction'],
      find: library,
    },
    {
      id: 'elf-truncated',
      title: 'a program that is cut off or damaged',
      why: 'A copy or a download that stopped early leaves the beginning of a program. The kernel refuses it (ENOEXEC), or starts it and it dies when it touches what is not there (SIGBUS, SIGSEGV).',
      seen: [formatError, 'exit status 135 or 139'],
      proof: 'The file is smaller than its program headers say.',
      remedy: again,
      prevent: 'Compare checksums of what is downloaded.',
      before: ['emulated-crash'],
      find: truncated,
    },
    byKind(
      {
        id: 'not-a-program',
        title: 'a file of no kind that can be executed',
        why: 'The kernel runs ELF programs and scripts, and what rules of binfmt_misc name. This file is neither.',
        proof: 'Its first bytes are of no known format.',
        prevent: 'Run the program once in the build stage.',
      },
      {
        kinds: ['data', 'pdf'],
        message: 'is no program: its first bytes are of no kind that the kernel runs',
        fix: rebuilt,
      },
    ),
  ],
};
