import { findRule, matchRule, parseRuleFile, type Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type {
  Confidence,
  DiagnosedFile,
  DiagnosisFacts,
  ProgramTrace,
} from '../model/diagnosis.ts';
import type { Hop, Opening, Started } from '../model/exec-trace.ts';
import { isKnown, type BinfmtFacts, type FileFacts } from '../model/facts.ts';
import { signsOfLog, type Sign, type SignKind } from './log-signatures.ts';
import { baseName, shown } from './words.ts';

/** A program that cannot be executed, and where that ends. */
export interface Failure {
  /** Which of the traces. */
  index: number;
  program: ProgramTrace;
  errno: string;
  reason: string;
  /** A byte string; the path at which it ended. */
  at: string;
  opening?: Opening;
  name?: string;
  hops: readonly Hop[];
  /** The file that the kernel looked at last. */
  last: Hop | undefined;
  /** How well it fits what people saw. */
  confidence: Confidence;
}

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
    rules: binfmt?.rules.flatMap(rulesIn) ?? [],
    failed,
  };
  scenes.set(facts, scene);
  return scene;
}

function rulesIn(file: BinfmtFacts['rules'][number]): Rule[] {
  const reading = parseRuleFile(file);
  if ('rule' in reading) return [reading.rule];
  return 'ambiguous' in reading ? reading.ambiguous.slice(0, 1) : [];
}

const well = new Set(['running', 'ended']);

function hasFailed({ surface, container }: DiagnosisFacts, signs: readonly Sign[]): boolean {
  const health = container?.state.health?.status === 'unhealthy';
  const telling = signs.some(
    ({ kind }) => kind !== 'platform-warning' && kind !== 'platform-pinned',
  );
  return !well.has(surface.stage) || health || telling || container?.state.restarting === true;
}

/** Kinds of signs that complain about a file that should be executed. */
const aboutFiles = new Set<SignKind>([
  'exec',
  'lookup',
  'shell',
  'shell-open',
  'shell-read',
  'env',
  'bad-interpreter',
  'emulator-loader',
  'emulator-refuses',
]);

function failureOf(
  program: ProgramTrace,
  index: number,
  facts: DiagnosisFacts,
  signs: readonly Sign[],
): Failure[] {
  const ended = endOf(program);
  if (ended === undefined) return [];
  const confidence = confidenceOf(program, ended, facts, signs);
  return confidence === undefined ? [] : [{ index, program, ...ended, confidence }];
}

function endOf({
  lookup,
  trace,
  argv,
}: ProgramTrace): Omit<Failure, 'index' | 'program' | 'confidence'> | undefined {
  const nothing = { hops: [], last: undefined };
  if ('absent' in lookup) {
    return { ...nothing, errno: 'ENOENT', reason: 'absent', at: argv[0] ?? '', opening: 'program' };
  }
  if ('refused' in lookup) {
    return { ...nothing, ...lookup.refused, opening: 'program', name: lookup.path };
  }
  if (trace === null || trace.end.ok !== false) return undefined;
  const { ok: _ok, ...end } = trace.end;
  return { ...end, hops: trace.hops, last: trace.hops.at(-1) };
}

/** Undefined where a program cannot be executed and nobody minded. */
function confidenceOf(
  program: ProgramTrace,
  { errno, last }: Pick<Failure, 'errno' | 'last'>,
  facts: DiagnosisFacts,
  signs: readonly Sign[],
): Confidence | undefined {
  const { role, by } = program;
  const { surface, target } = facts;
  const telling = signs.filter((sign) => aboutFiles.has(sign.kind));
  const about = telling.filter((sign) => isAbout(sign, program));
  if (about.some((sign) => agrees(sign, errno))) return 'certain';
  if (role === 'file') return 'certain';
  if (by === 'reader') return confidenceOfScript(program, facts, about);
  if (role === 'health') {
    if (isUnhealthy(facts)) return 'certain';
    // Of an image nothing ran: what will be asked of its containers is known all the same.
    return target.kind === 'image' ? 'likely' : undefined;
  }
  if (target.exec !== undefined && role === 'exec') return 'certain';
  // Who gets ENOEXEC for a text gives it to a shell: sh, env, tini, execvp(3).
  const isText = errno === 'ENOEXEC' && (last?.kind === 'text' || last?.kind === 'empty');
  if (role === 'child' && isText && about.length === 0)
    return endsInSilence(program, last, facts) || isNoShellScript(last, facts)
      ? 'likely'
      : undefined;
  if (about.length === 0 && isLeftToShell(program)) return undefined;
  // Of a command that is asked about nothing was seen.
  if (target.exec !== undefined) return role === 'child' || about.length > 0 ? 'likely' : undefined;
  if (role === 'child' || role === 'mentioned') return confidenceOfChild(about, facts);
  if (well.has(surface.stage)) return undefined;
  const first = role === 'start' || role === 'exec' || role === 'init';
  if (!first || surface.stage === 'pull' || surface.stage === 'client') return undefined;
  // A runtime that refused for a reason of its own never came to execve(2).
  if (surface.stage === 'runtime' && last !== undefined && telling.length === 0) return 'possible';
  return telling.some((sign) => sign.errno !== undefined) ? 'likely' : 'certain';
}

/** A shell that cannot open its script does nothing else; busybox reads a folder as an empty one. */
function confidenceOfScript(
  { parent }: ProgramTrace,
  facts: DiagnosisFacts,
  about: readonly Sign[],
): Confidence | undefined {
  const { surface, target, traces } = facts;
  if (traces[parent ?? -1]?.role === 'health' && target.kind !== 'image')
    return isUnhealthy(facts) ? 'certain' : undefined;
  if (target.exec !== undefined) return 'certain';
  if (surface.stage === 'never') return 'likely';
  if (surface.stage !== 'ended' && surface.stage !== 'program') return undefined;
  return about.length > 0 || surface.exitCode !== 0 ? 'certain' : 'likely';
}

/** An empty file that is all that is started does nothing, and ends with 0. */
function endsInSilence(
  { parent }: ProgramTrace,
  last: Hop | undefined,
  { surface, traces }: DiagnosisFacts,
): boolean {
  const siblings = traces.filter((one) => one.parent === parent);
  const isOver = surface.stage === 'never' || surface.stage === 'ended';
  return last?.kind === 'empty' && siblings.length === 1 && isOver;
}

/** A shell will read a program of another language as its own, and fail: so its name promises. */
function isNoShellScript(last: Hop | undefined, { surface }: DiagnosisFacts): boolean {
  return surface.stage === 'never' && /\.(?:py|rb|[cm]?js|pl|php|lua)$/.test(last?.name ?? '');
}

/** Shells read text that the kernel refuses themselves, and execvp(3) gives it to one. */
function isLeftToShell({ role, trace }: ProgramTrace): boolean {
  if (role !== 'child' || trace?.end.ok !== false || trace.end.errno !== 'ENOEXEC') return false;
  return trace.hops.at(-1)?.kind === 'text';
}

/** A command of a shell may fail and nobody minds; it counts where the exit status says so. */
function confidenceOfChild(
  about: readonly Sign[],
  { surface }: DiagnosisFacts,
): Confidence | undefined {
  if (about.length > 0 || surface.stage === 'never') return 'likely';
  return surface.exitCode === 126 || surface.exitCode === 127 ? 'likely' : undefined;
}

function isUnhealthy({ container }: DiagnosisFacts): boolean {
  const { health } = container?.state ?? {};
  return (
    health !== undefined &&
    (health.status === 'unhealthy' || health.log.some((run) => run.exitCode !== 0))
  );
}

/** Whether a sign complains about a program; one without a path is about the one that was started. */
function isAbout(sign: Sign, { argv, lookup, role }: ProgramTrace): boolean {
  const named = sign.path ?? (sign.kind === 'env' ? sign.word : undefined);
  if (named === undefined) return role !== 'mentioned' && role !== 'health';
  const names = [argv[0] ?? '', 'path' in lookup ? lookup.path : ''].map(shown);
  const clean = named.replace(/(?:\r|\^M|\\r)$/, '').replace(/^\.\//, '');
  return names.some(
    (name) =>
      name !== '' &&
      (name === named || name.replace(/\r$/, '') === clean || baseName(name) === clean),
  );
}

/** Errnos that one failure can show as: shells and crun have words of their own. */
const alike: Readonly<Record<string, readonly string[]>> = {
  EACCES: ['EISDIR', 'EPERM'],
  ELIBBAD: ['EIO', 'ENOEXEC'],
  EIO: ['ELIBBAD'],
  ENOTDIR: ['ENOENT'],
};

function agrees({ errno, kind }: Sign, end: string): boolean {
  if (kind === 'emulator-loader' || kind === 'emulator-refuses') return false;
  // A line that broke off at a carriage return has lost its errno.
  if (errno === undefined) return kind === 'env' && end === 'ENOENT';
  return errno === end || (alike[end]?.includes(errno) ?? false);
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
