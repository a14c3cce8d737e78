import { traceExec, type ExecInput, type Trace } from '../model/exec-trace.ts';
import type { FileView } from '../model/file-view.ts';
import { walkPath, type Walk } from '../model/path-walk.ts';
import type { Files, Looked } from './table.ts';

/** What is known of files, by path; a path whose value is undefined cannot be known. */
export type KnownFiles = Map<string, Looked>;

/** No path is so long, and no chain so deep, that more of them must be looked at. */
const MOST_LOOKS = 4000;

export interface WalkInput extends Omit<ExecInput, 'view' | 'held'> {
  /** Looked at first; grows by what was read. */
  known: KnownFiles;
  files: Files;
  /** Names of rules of which it is not sure what they do: a walk that comes to one ends there. */
  doubtful?: ReadonlySet<string>;
}

/** How a walk of execve(2) ended, and the files that it came by. */
export interface Walked {
  trace: Trace;
  view: FileView;
}

type Held = Record<string, NonNullable<ExecInput['held']>[string]>;

/** A view that looks at what it does not know, where that can be had at once: then one walk does. */
export function viewOf(known: KnownFiles, files: Files): FileView {
  return {
    lstat(path) {
      const seen = known.get(path);
      if (seen !== undefined || !('look' in files) || known.has(path)) return seen;
      const looked = files.look(path);
      known.set(path, looked);
      return looked;
    },
  };
}

/** What rules with flag F hold, looked up when a walk comes by; nothing where that takes waiting. */
function holdNow(
  { rules, files, root = '/', credentials = { uid: 0, gid: 0 } }: WalkInput,
  view: FileView,
): Held {
  const find = (name: string): Held[string] | undefined => {
    const rule = rules.find((one) => one.name === name);
    if (rule === undefined) return undefined;
    const walk = walkPath({ view, root, cwd: root, credentials }, rule.interpreter);
    return 'node' in walk ? { path: walk.path, node: walk.node } : undefined;
  };
  if (!('look' in files)) return Object.create(null) as Held;
  return new Proxy<Held>(
    {},
    { get: (_held, name) => (typeof name === 'string' ? find(name) : undefined) },
  );
}

/** Ends a walk where it comes to a rule that is not surely what it seems. */
function endAtDoubt({ hops, end }: Trace, doubtful: ReadonlySet<string> = new Set()): Trace {
  const at = hops.findIndex(({ taken }) => taken.by === 'rule' && doubtful.has(taken.rule));
  const hop = hops[at];
  if (hop === undefined) return { hops, end };
  return { hops: hops.slice(0, at), end: { ok: 'unknown', needs: hop.name, what: 'rule' } };
}

/** Asks for a path that the view did not know; false where that was done before. */
async function ask(known: KnownFiles, files: Files, path: string): Promise<boolean> {
  if (known.has(path) || !('ask' in files)) return false;
  known.set(path, await files.ask(path));
  return true;
}

/**
 * Walks execve(2) of a file and reads the files that it needs, one after the other, till the answer
 * is there or what it needs cannot be known.
 *
 * What a rule with flag F holds open is taken to be the file that its path leads to now: the kernel
 * does not tell.
 */
export async function walkExec(input: WalkInput): Promise<Walked> {
  const { known, files, ...call } = input;
  const view = viewOf(known, files);
  const held = holdNow(input, view);
  for (let looks = 0; ; looks++) {
    const trace = endAtDoubt(traceExec({ ...call, view, held }), input.doubtful);
    const needs = neededPath(trace);
    const enough = looks >= MOST_LOOKS || needs === undefined;
    if (enough) return { trace, view };
    if (isHeldNeeded(trace)) {
      const walk = await walkTo(input, needs);
      const rule = lastRule(trace);
      if ('look' in files || !('node' in walk) || rule === undefined) return { trace, view };
      held[rule] = { path: walk.path, node: walk.node };
    } else if (!(await ask(known, files, needs))) {
      return { trace, view };
    }
  }
}

/** Looks a path up as the caller would, reading what that needs. */
export async function walkTo(
  {
    known,
    files,
    root = '/',
    cwd = root,
    credentials = { uid: 0, gid: 0 },
  }: Pick<WalkInput, 'known' | 'files' | 'root' | 'cwd' | 'credentials'>,
  path: string,
): Promise<Walk> {
  const view = viewOf(known, files);
  for (;;) {
    const walk = walkPath({ view, root, cwd, credentials }, path);
    if (!('needs' in walk) || !(await ask(known, files, walk.needs))) return walk;
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
