// Effects: asks the kernel of an engine, through containers of the probe. Nothing is changed.
import { readLinuxVersion, type Engine, type EngineVersion } from '../io/engine.ts';
import { XbuildError } from '../model/errors.ts';
import type { FileFacts, KernelFacts, RunFacts } from '../model/facts.ts';
import type { FileNode } from '../model/file-view.ts';
import { makeProbeImage } from '../probe/image.ts';
import { readInterpreters } from '../probe/interpreters.ts';
import { probeKernel } from '../probe/probe.ts';
import type { Session } from '../probe/run-probe.ts';
import { readEntries, type Looked, type RuleEntry, type Table } from './table.ts';

export interface EngineQuestion {
  /** Whether the probe's programs are run, to see which rules do their work. */
  runs: boolean;
  signal: AbortSignal;
}

/** What an engine's kernel runs itself: its own architecture, and what ran without an emulator. */
function nativeOf(version: EngineVersion, runs: readonly RunFacts[]): string[] {
  const seen = runs
    .filter(({ outcome, emulator }) => outcome === 'ran' && emulator === undefined)
    .map(({ program }) => program.split('-')[0] ?? program);
  return [...new Set([version.Arch, ...seen])];
}

function nodeOf(facts: FileFacts): FileNode | string | undefined {
  if (facts.errno !== 'ok') return facts.errno;
  const { kind, mode, uid = 0, gid = 0, path: _path, errno: _errno, ...rest } = facts;
  return kind === undefined || mode === undefined ? undefined : { kind, mode, uid, gid, ...rest };
}

/** Directories that lead to a path, from the root on. */
function ancestorsOf(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, at) => `/${parts.slice(0, at).join('/')}`);
}

const DIRECTORY: FileNode = { kind: 'directory', mode: 0o755, uid: 0, gid: 0 };

/**
 * Looks at files of the engine's machine by mounting them into a container of the probe; a link is
 * followed by the engine. Directories on the way to an interpreter are taken to be there.
 */
function engineReader(
  session: Session,
  entries: readonly RuleEntry[],
  kernel: KernelFacts,
): (path: string) => Promise<Looked> {
  const paths = entries.map(({ rule }) => rule.interpreter).filter((path) => path.startsWith('/'));
  const directories = new Set(['/', ...paths.flatMap(ancestorsOf)]);
  const known = new Map(kernel.interpreters.map((facts) => [facts.path, facts]));
  let fetched = false;
  return async (path) => {
    if (directories.has(path)) return DIRECTORY;
    if (!known.has(path)) {
      // All interpreters at once, at the first question: a container takes its time.
      const wanted = fetched ? [path] : [...new Set([...paths, path])];
      fetched = true;
      const files = await readInterpreters(
        session,
        wanted.filter((one) => !known.has(one)),
      );
      for (const facts of files) known.set(facts.path, facts);
    }
    const facts = known.get(path);
    if (facts === undefined) return undefined;
    const node = nodeOf(facts);
    // What it needs in its turn, a loader or a script's interpreter, may lie in other directories.
    if (typeof node === 'object') addDirectories(node, directories);
    return node;
  };
}

function addDirectories(node: FileNode, directories: Set<string>): void {
  const head = node.head === undefined ? '' : atob(node.head);
  const script = /^#![ \t]*(?<path>\/[^ \t\n\0]*)/.exec(head)?.groups?.['path'];
  const loader = node.interpreter ?? /\/[\w./-]*\/ld[\w.-]*\.so[\w.-]*/.exec(head)?.[0];
  for (const path of [script, loader]) {
    for (const directory of path === undefined ? [] : ancestorsOf(path)) directories.add(directory);
  }
}

/**
 * Reads the rules of an engine's kernel, in match order, as its containers have them.
 *
 * Throws where the engine cannot be reached (`engine-…`) or does not run the probe
 * (`probe-failed`).
 */
export async function readEngineTable(engine: Engine, question: EngineQuestion): Promise<Table> {
  const { docker, endpoint } = engine;
  const version = await readLinuxVersion(engine);
  const explained = <T>(answer: Promise<T>) =>
    answer.catch((error: unknown) => {
      if (question.signal.aborted)
        throw new XbuildError('interrupted', 'interrupted', 'Run it again.');
      throw engine.failure(error);
    });
  const kernel = await explained(
    probeKernel(docker, {
      architecture: version.Arch,
      ...(question.runs ? {} : { programs: [] }),
      signal: question.signal,
    }),
  );
  const entries = readEntries(kernel.binfmt.rules);
  const image = await makeProbeImage(version.Arch);
  const reader = engineReader({ docker, image, signal: question.signal }, entries, kernel);
  return {
    place: { kind: 'engine', url: endpoint.url, source: endpoint.source },
    binfmt: kernel.binfmt,
    entries,
    native: nativeOf(version, kernel.runs),
    credentials: { uid: 0, gid: 0 },
    files: { ask: (path) => explained(reader(path)) },
    runs: kernel.runs,
  };
}
