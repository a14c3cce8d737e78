import { traceExec, type ExecInput, type Trace } from '../model/exec-trace.ts';
import type { FileNode, FileView } from '../model/file-view.ts';
import { walkPath, type Walk } from '../model/path-walk.ts';
import type { ReadPath } from './table.ts';

/** What is known of files, by path; a path whose value is undefined cannot be known. */
export type KnownFiles = Map<string, FileNode | string | undefined>;

/** No path is so long, and no chain so deep, that more of them must be looked at. */
const MOST_LOOKS = 4000;

export interface WalkInput extends Omit<ExecInput, 'view' | 'held'> {
  /** Looked at before `read` is asked; grows by what was read. */
  known: KnownFiles;
  read: ReadPath;
}

/** How a walk of execve(2) ended, and the files that it came by. */
export interface Walked {
  trace: Trace;
  view: FileView;
}

type Held = NonNullable<ExecInput['held']>;

/**
 * Walks execve(2) of a file and reads the files that it needs, one after the other, till the answer
 * is there or what it needs cannot be known.
 *
 * What a rule with flag F holds open is taken to be the file that its path leads to now: the kernel
 * does not tell.
 */
export async function walkExec(input: WalkInput): Promise<Walked> {
  const { known, read, ...call } = input;
  const view: FileView = { lstat: (path) => known.get(path) };
  const held: Record<string, Held[string]> = {};
  for (let looks = 0; ; looks++) {
    const trace = traceExec({ ...call, view, held });
    const needs = neededPath(trace);
    const enough = looks >= MOST_LOOKS || needs === undefined;
    if (enough) return { trace, view };
    if (isHeldNeeded(trace)) {
      const walk = await walkTo(input, needs);
      const rule = lastRule(trace);
      if (!('node' in walk) || rule === undefined) return { trace, view };
      held[rule] = { path: walk.path, node: walk.node };
    } else {
      if (known.has(needs)) return { trace, view };
      known.set(needs, await read(needs));
    }
  }
}

/** Looks a path up as the caller would, reading what that needs. */
export async function walkTo(
  {
    known,
    read,
    root = '/',
    cwd = root,
    credentials = { uid: 0, gid: 0 },
  }: Pick<WalkInput, 'known' | 'read' | 'root' | 'cwd' | 'credentials'>,
  path: string,
): Promise<Walk> {
  const view: FileView = { lstat: (one) => known.get(one) };
  for (;;) {
    const walk = walkPath({ view, root, cwd, credentials }, path);
    if (!('needs' in walk) || known.has(walk.needs)) return walk;
    known.set(walk.needs, await read(walk.needs));
  }
}

function neededPath({ end }: Trace): string | undefined {
  if (end.ok === 'unknown') return end.what === 'rule' ? undefined : end.needs;
  if (end.ok && end.guestLoader?.state === 'unknown') return end.guestLoader.needs;
  return undefined;
}

function isHeldNeeded({ end }: Trace): boolean {
  return end.ok === 'unknown' && end.what === 'held';
}

function lastRule({ hops }: Trace): string | undefined {
  const taken = hops.at(-1)?.taken;
  return taken?.by === 'rule' ? taken.rule : undefined;
}
