import type { DiagnosisFacts } from '../model/diagnosis.ts';
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

/** A container that holds one program and nothing else. */
function containerOf(path: string, head: string): FileSource {
  const parts = path.split('/');
  const folders = new Set(parts.map((_part, index) => parts.slice(0, index).join('/') || '/'));
  const owned = { errno: 'ok', mode: 0o755, uid: 0, gid: 0 };
  return {
    read: async (asked): Promise<FileFacts> => {
      if (asked === path) return { path, ...owned, kind: 'file', head, size: 4096 };
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

/**
 * What the log's program may look like where there is only a log: the probe's own program for the
 * platform that it names, in an empty container. The kernel's rules then show whether they are to
 * blame; undefined where the log names no platform, or nothing failed.
 */
export function madeUpProgram(
  facts: DiagnosisFacts,
): { source: FileSource; path: string } | undefined {
  const { kernel, platform, surface } = facts;
  if (!isKnown(kernel) || platform === undefined) return undefined;
  const program = programOf(parsePlatform(platform));
  const run = kernel.runs.find((one) => one.program === program);
  const [named] = mentionedPaths(surface.lines);
  if (run === undefined || run.outcome === 'ran' || named === undefined) return undefined;
  const path = byteString(named);
  return { source: containerOf(path, run.head), path };
}

/** Tells whether a made-up program fails as the log says that the real one did. */
export function failsAlike(facts: DiagnosisFacts): boolean {
  const errno = errnoOf(facts);
  const ends = traceAll(facts).traces.map(({ trace }) => trace?.end);
  return ends.some((end) => end?.ok === false && end.errno === errno);
}
