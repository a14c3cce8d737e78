import type { DiagnosisFacts } from '../model/diagnosis.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { isKnown, type FileFacts } from '../model/facts.ts';
import { parsePlatform, programOf } from '../model/platform.ts';
import { byteString } from '../model/bytes-text.ts';
import { mentionedPaths } from './mentions.ts';
import type { FileSource } from './read-files.ts';
import { traceAll } from './trace-programs.ts';

const texts: readonly (readonly [errno: string, pattern: RegExp])[] = [
  ['ENOEXEC', /exec format error/i],
  ['ENOENT', /no such file or directory/i],
  ['ELOOP', /too many levels of symbolic links/i],
  ['EACCES', /permission denied/i],
  ['ELIBBAD', /accessing a corrupted shared library/i],
];

const shell = '/bin/sh';

/** A container that holds one program, and it once more as its shell. */
function containerOf(path: string, head: string): FileSource {
  const folders = new Set(
    [path, shell].flatMap((file) => {
      const parts = file.split('/');
      return parts.map((_part, index) => parts.slice(0, index).join('/') || '/');
    }),
  );
  const owned = { errno: 'ok', mode: 0o755, uid: 0, gid: 0 };
  return {
    read: async (asked): Promise<FileFacts> => {
      if (asked === path || asked === shell)
        return { path: asked, ...owned, kind: 'file', head, size: 4096 };
      if (folders.has(asked)) return { path: asked, ...owned, kind: 'directory' };
      return { path: asked, errno: 'ENOENT' };
    },
  };
}

/** The errno that the last telling line is about, by its text. */
function errnoOf({ surface }: DiagnosisFacts): string | undefined {
  for (const { text } of surface.lines.toReversed()) {
    const found = texts.find(([, pattern]) => pattern.test(text));
    if (found !== undefined) return found[0];
  }
  return undefined;
}

/** Bytes of an ELF header in which programs of one platform differ, and that masks are too strict about. */
const variants: readonly ((head: Uint8Array) => void)[] = [
  // EI_OSABI: GNU, as static programs of glibc have it.
  (head) => {
    head[7] = 3;
  },
  // e_type: ET_DYN, as position-independent programs have it.
  (head) => {
    head[head[5] === 2 ? 17 : 16] = 3;
  },
];

/**
 * What the log's program may look like where there is only a log: the probe's own program for the
 * platform that it names, in an empty container. The kernel's rules then show whether they are to
 * blame; none where the log names no platform, or nothing failed.
 */
export function madeUpPrograms(facts: DiagnosisFacts): { source: FileSource; path: string }[] {
  const { kernel, platform, surface } = facts;
  if (!isKnown(kernel) || platform === undefined) return [];
  const program = programOf(parsePlatform(platform));
  const run = kernel.runs.find((one) => one.program === program);
  const [named] = mentionedPaths(surface.lines);
  if (run === undefined || named === undefined) return [];
  const path = byteString(named);
  const changed = variants.map((change) => {
    const head = bytesOfBase64(run.head);
    change(head);
    return Buffer.from(head).toString('base64');
  });
  const heads = run.outcome === 'ran' ? changed : [run.head, ...changed];
  return heads.map((head) => ({ source: containerOf(path, head), path }));
}

/** Tells whether a made-up program fails as the log says that the real one did. */
export function failsAlike(facts: DiagnosisFacts): boolean {
  const errno = errnoOf(facts);
  const ends = traceAll(facts).traces.map(({ trace }) => trace?.end);
  return ends.some((end) => end?.ok === false && end.errno === errno);
}
