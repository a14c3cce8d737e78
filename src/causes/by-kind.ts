import { shown } from '../model/bytes-text.ts';
import { stringOfBytes } from '../model/bytes.ts';
import { advice, type Entry, ofFailures } from './entry.ts';
import { takenByRule } from './foreign.ts';
import type { Failure } from './failures.ts';
import { fileAt, headAt, type Scene } from './scene.ts';

export const formatError = 'exec /app: exec format error';

/** The file that nothing takes. */
export function refused({ reason, last, hops }: Failure): NonNullable<Failure['last']> | undefined {
  if (reason !== 'no-rule-no-format' && !reason.startsWith('elf-') && !reason.startsWith('script-'))
    return undefined;
  return takenByRule(hops) ? undefined : last;
}

/** The size of a file, for evidence. */
export function sizeLine(scene: Scene, path: string): string[] {
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
export function byKind(
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

/** Whether a ZIP is a jar. */
export function isJava(name: string, head: string): boolean {
  return /\.(?:jar|war)$/i.test(name) || head.includes('META-INF/');
}

/** Whether an ar archive is a package of Debian. */
export function isDebian(_name: string, head: string): boolean {
  return head.startsWith('!<arch>\ndebian-binary');
}

export const again = 'Copy or download it again, and compare its checksum.';

export const rebuilt =
  'Look at how the file came into the image; it is not what it was meant to be.';
