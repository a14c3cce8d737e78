import { headFor } from '../model/architecture.ts';
import { base64OfBytes } from '../model/bytes.ts';
import { traceExec } from '../model/exec-trace.ts';
import type { ExecInput, Failed, Trace } from '../model/exec-trace.ts';
import { viewOfFacts } from '../model/file-view.ts';
import type { FileFacts } from '../model/facts.ts';
import { namedFile } from './interpreter-file.ts';
import type { Scene } from './scene.ts';
import type { Wanted } from './wanted.ts';

/** How the walk of execve(2) over a platform's program in an empty container ends, in theory. */
export interface Expectation {
  errno: string;
  because: string;
}

/**
 * What the rules say will become of a platform's program, where they say that it cannot run;
 * undefined where nothing is known to stand in its way.
 */
export function expectedError(scene: Scene, wanted: Wanted): Expectation | undefined {
  const { row } = wanted;
  if (wanted.own || row === undefined) return undefined;
  const head = wanted.run?.head ?? base64OfBytes(headFor(row));
  const trace = traceExec({
    path: '/program',
    argv: ['/program'],
    view: emptyContainer(head),
    rules: scene.rules,
    enabled: scene.kernel.binfmt.status !== 'disabled',
    native: nativeArchitectures(scene),
    held: heldFiles(scene),
  });
  const { end } = trace;
  return end.ok === false ? { errno: end.errno, because: because(trace, end) } : undefined;
}

/** A root directory with the program in it and nothing else. */
function emptyContainer(head: string): ExecInput['view'] {
  const root = { errno: 'ok', kind: 'directory', mode: 0o755 } as const;
  const program: FileFacts = { path: '/program', errno: 'ok', kind: 'file', mode: 0o755, head };
  const known = viewOfFacts([{ ...root, path: '/' }, program]);
  return { lstat: (path) => known.lstat(path) ?? 'ENOENT' };
}

/** The engine's own architecture, and those whose program ran without an emulator. */
function nativeArchitectures({ engine, kernel }: Scene): string[] {
  const seen = kernel.runs
    .filter(({ outcome, emulator }) => outcome === 'ran' && emulator === undefined)
    .map(({ program }) => program.split('-')[0] ?? program);
  return [engine.architecture, ...seen];
}

/** What rules with flag F hold open, so far as the machine still has it under its name. */
function heldFiles({ kernel, rules }: Scene): NonNullable<ExecInput['held']> {
  const held: Record<string, NonNullable<ExecInput['held']>[string]> = {};
  for (const rule of rules) {
    const file = rule.flags.includes('F') ? namedFile(kernel, rule)?.file : undefined;
    if (file?.head === undefined) continue;
    const { path, head, interpreter } = file;
    const node = { kind: 'file', mode: 0o755, uid: 0, gid: 0, head } as const;
    held[rule.name] = {
      path,
      node: { ...node, ...(interpreter !== undefined && { interpreter }) },
    };
  }
  return held;
}

function because({ hops }: Trace, end: Failed): string {
  const taken = hops[0]?.taken;
  if (taken?.by !== 'rule') return 'no enabled rule takes it';
  const rule = `rule ${taken.rule} takes it`;
  switch (end.opening) {
    case 'rule-interpreter':
      return `${rule}, and the container has no ${end.name ?? taken.interpreter}`;
    case 'loader':
      return `${rule}, and the container has no ${end.name ?? 'loader'} for ${taken.interpreter}`;
    default:
      return `${rule}, and ${taken.interpreter} needs an interpreter itself or is no program`;
  }
}
