import { findRule, matchRule, type Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { DiagnosedFile, DiagnosisFacts, ProgramTrace } from '../model/diagnosis.ts';
import type { Hop, Started } from '../model/exec-trace.ts';
import { type BinfmtFacts, type FileFacts, isKnown } from '../model/facts.ts';
import { rulesOfFiles } from '../model/rules-of-files.ts';
import { type Failure, failureOf, well } from './failures.ts';
import { type Sign, type SignKind, signsOfLog } from './log-signatures.ts';

/** A program that the kernel does start. */
export interface Running {
  index: number;
  program: ProgramTrace;
  hops: readonly Hop[];
  end: Started;
}

/** What follows from the facts, and several causes ask for. */
export interface Scene {
  facts: DiagnosisFacts;
  signs: readonly Sign[];
  failures: readonly Failure[];
  running: readonly Running[];
  /** Undefined where the kernel could not be asked. */
  binfmt: BinfmtFacts | undefined;
  rules: readonly Rule[];
  /** Whether the container or the step failed: a program's own trouble counts only then. */
  failed: boolean;
}

const scenes = new WeakMap<DiagnosisFacts, Scene>();

/** Derives the scene of some facts, once. */
export function sceneOf(facts: DiagnosisFacts): Scene {
  const known = scenes.get(facts);
  if (known !== undefined) return known;
  const signs = signsOfLog(facts.surface.lines.map(({ text }) => text).join('\n'));
  const binfmt = isKnown(facts.kernel) ? facts.kernel.binfmt : undefined;
  const failed = hasFailed(facts, signs);
  const scene: Scene = {
    facts,
    signs,
    failures: facts.traces.flatMap((program, index) => failureOf(program, index, facts, signs)),
    running: facts.traces.flatMap((program, index) => runningOf(program, index)),
    binfmt,
    rules: rulesOfFiles(binfmt?.rules ?? []),
    failed,
  };
  scenes.set(facts, scene);
  return scene;
}

function hasFailed({ surface, container }: DiagnosisFacts, signs: readonly Sign[]): boolean {
  const health = container?.state.health?.status === 'unhealthy';
  const telling = signs.some(
    ({ kind }) => kind !== 'platform-warning' && kind !== 'platform-pinned',
  );
  return !well.has(surface.stage) || health || telling || container?.state.restarting === true;
}

function runningOf(program: ProgramTrace, index: number): Running[] {
  const { trace } = program;
  return trace?.end.ok === true ? [{ index, program, hops: trace.hops, end: trace.end }] : [];
}

/** The signs of some kinds. */
export function signsOf({ signs }: Scene, ...kinds: SignKind[]): Sign[] {
  return signs.filter(({ kind }) => kinds.includes(kind));
}

/** What is known of a path inside the container. */
export function fileAt({ facts }: Scene, path: string): DiagnosedFile | undefined {
  return facts.files.find((file) => file.path === path);
}

/** What is known of a path on the engine's machine, for the interpreters of rules. */
export function hostFile({ facts }: Scene, path: string): FileFacts | undefined {
  return isKnown(facts.kernel)
    ? facts.kernel.interpreters.find((file) => file.path === path)
    : undefined;
}

/** The head of a file of the container; empty where it is not known. */
export function headAt(scene: Scene, path: string): Uint8Array {
  return bytesOfBase64(fileAt(scene, path)?.head ?? '');
}

/** The rule that took a program, and what it took. */
export function takerOf(
  { rules }: Scene,
  hops: readonly Hop[],
): { hop: Hop; rule: Rule } | undefined {
  const hop = hops.find(({ taken }) => taken.by === 'rule');
  if (hop?.taken.by !== 'rule') return undefined;
  const { rule: name } = hop.taken;
  const rule = rules.find((one) => one.name === name);
  return rule === undefined ? undefined : { hop, rule };
}

/** The enabled rules that take a file, in match order. */
export function rulesFor({ rules }: Scene, head: Uint8Array, name: string): Rule[] {
  return rules.filter((rule) => rule.enabled && matchRule(rule, head, name) === true);
}

/** Whether the table, if it were switched on, takes a file. */
export function wouldTake(
  rules: readonly Rule[],
  head: Uint8Array,
  name: string,
): Rule | undefined {
  const found = findRule(rules, head, name);
  return found === 'unknown' ? undefined : found;
}

/** The image's architecture, of `linux/arm/v7` arm; undefined where it is not known. */
export function imageArchitecture({ facts }: Scene): string | undefined {
  return facts.platform?.split('/')[1];
}

/**
 * Whether only the text can be judged: nothing was traced to an end, as for a log, or for an image
 * that is not there.
 */

export function onlyText({ facts }: Scene): boolean {
  return (
    facts.target.kind === 'log' ||
    facts.traces.every(({ trace, lookup }) => {
      if ('absent' in lookup || 'refused' in lookup) return false;
      return trace === null || trace.end.ok === 'unknown';
    })
  );
}
