import { shown } from '../model/bytes-text.ts';
import type { Confidence, DiagnosisFacts, ProgramTrace } from '../model/diagnosis.ts';
import type { Hop, Opening } from '../model/exec-trace.ts';
import type { Sign, SignKind } from './log-signatures.ts';
import { baseName } from './words.ts';

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

export const well = new Set(['running', 'ended']);

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

export function failureOf(
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
  if (role === 'child' || role === 'mentioned') {
    const isMissed = errno !== 'ENOENT' || program.optional !== true || about.length > 0;
    return isMissed ? confidenceOfChild(about, facts) : undefined;
  }
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
