import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { type Elf, isElf, readElf } from '../model/elf.ts';
import { again, formatError, rebuilt, refused, sizeLine } from './by-kind.ts';
import { advice, type Entry, type Family, ofFailures } from './entry.ts';
import { fileAt, headAt, type Scene, signsOf } from './scene.ts';

export const order = 74;

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
        message: `${shown(hop.name)} is ${short === undefined ? damaged : `cut off: ${short}`}`,
        evidence: sizeLine(scene, hop.path),
        fix: advice(again),
      };
    }) ?? truncatedButStarted(scene)
  );
}

const damaged = 'a damaged ELF file: it ends too early, or its header is not right';

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
      // A rule looks at the first 20 bytes only: the emulator gets such a file, and cannot load it.
      if (short === undefined && hop.kind !== 'damaged-elf') continue;
      return {
        confidence: 'certain',
        message: `${shown(hop.name)} is ${short === undefined ? damaged : `cut off: ${short}`}`,
        evidence: sizeLine(scene, hop.path),
        fix: advice(again),
        trace: index,
      };
    }
  }
  return undefined;
}

/** A library has no start: the kernel maps it, and jumps to whatever is at its entry. */
export function library(scene: Scene): CauseMatch | undefined {
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

/** ELF files that cannot be started. */
export const family: Family = {
  id: 'elf-files',
  title: 'ELF files that are no programs',
  causes: [
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
  ],
};
