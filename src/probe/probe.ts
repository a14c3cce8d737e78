import type Dockerode from 'dockerode';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import {
  isKnown,
  type BinfmtFacts,
  type FileFacts,
  type KernelFacts,
  type Known,
  type RunFacts,
} from '../model/facts.ts';
import { PROBE_FOLDER, type ProbeCommand } from './command.ts';
import {
  judgeGuest,
  readBinfmtAnswer,
  readKernelAnswer,
  readRunAnswers,
  type ProbeStream,
} from './decode.ts';
import { guestHead, makeProbeImage } from './image.ts';
import { doubtfulInterpreters, readInterpreters } from './interpreters.ts';
import { probeFailure, refusalOf } from './refusal.ts';
import { runProbe, type Session } from './run-probe.ts';

export { removeProbeImage } from './load-image.ts';

export interface ProbeOptions {
  /** The engine's, in Go's words (`amd64`, `arm`). */
  architecture: string;
  /** Which of the probe's programs to run (`arm64`, `arm-v7`); all where it is not given. */
  programs?: readonly string[];
  signal?: AbortSignal;
  /** Called while the engine starts the probe: a tenth of a second for whatever comes next. */
  onStarting?: (() => void) | undefined;
}

const BINFMT = '/proc/sys/fs/binfmt_misc';
const BINFMT_TARGET = `${PROBE_FOLDER}/binfmt`;

/**
 * Asks an engine's kernel what it can run: one container of the probe's image, and a second one
 * where the interpreters of rules are to be looked at because something does not run.
 *
 * Nothing is pulled; the image (60 KB) stays in the engine for the next time. Throws `probe-failed`
 * where the engine does not let it run, the error of a lost connection, and the signal's reason.
 */
export async function probeKernel(
  docker: Dockerode,
  { architecture, programs, signal, onStarting }: ProbeOptions,
): Promise<KernelFacts> {
  const image = await makeProbeImage(architecture);
  const session = { docker, image, signal, onStarting };
  const names = (programs ?? Array.from(image.guests.keys())).filter((name) =>
    image.guests.has(name),
  );
  const { stream, mounted } = await askKernel(session, names);
  const kernel = orThrow(readKernelAnswer(stream));
  const binfmt: BinfmtFacts = {
    knownToKernel: kernel.binfmtListed,
    ...(mounted
      ? orThrow(readBinfmtAnswer(stream))
      : { mount: 'absent' as const, status: null, rules: [] }),
  };
  const runs = readRunAnswers(stream).flatMap((answer, index): RunFacts[] => {
    const program = names[index] ?? '';
    return answer === undefined ? [] : [judgeGuest(program, guestHead(image, program), answer)];
  });
  const paths = doubtfulInterpreters(binfmt, runs, image.launcher);
  const { binfmtListed: _listed, ...facts } = kernel;
  return { ...facts, binfmt, runs, interpreters: await readInterpreters(session, paths) };
}

/**
 * Looks at files of the engine's machine by their paths, such as what rules name as interpreters.
 * Throws as probeKernel; a path that cannot be said to an engine has no result.
 */
export async function lookAtMachine(
  docker: Dockerode,
  { architecture, signal }: Omit<ProbeOptions, 'programs'>,
  paths: readonly string[],
): Promise<FileFacts[]> {
  const image = await makeProbeImage(architecture);
  return readInterpreters({ docker, image, signal }, paths);
}

function orThrow<T extends object>(fact: Known<T>): T {
  if (isKnown(fact)) return fact;
  throw new XbuildError(
    'probe-failed',
    `the probe could not read ${escapeLine(fact.unknown)}`,
    'Run it again; if it stays so, report it with the output of: docker version; docker info',
  );
}

/** Runs the probe with the engine's rules mounted into it, or without where it has no such folder. */
async function askKernel(
  session: Session,
  programs: readonly string[],
): Promise<{ stream: ProbeStream; mounted: boolean }> {
  const guests = programs.map((program): ProbeCommand => ({ do: 'guest', program }));
  const binfmt = { do: 'binfmt', directory: BINFMT_TARGET } as const;
  try {
    const mounts = [{ source: BINFMT, target: BINFMT_TARGET }];
    const stream = await runProbe(session, [{ do: 'kernel' }, binfmt, ...guests], mounts);
    return { stream, mounted: true };
  } catch (error) {
    if (missingSource(error) !== BINFMT) throw probeFailure('run the probe', error);
  }
  try {
    return { stream: await runProbe(session, [{ do: 'kernel' }, ...guests], []), mounted: false };
  } catch (error) {
    throw probeFailure('run the probe', error);
  }
}

/** The path in an engine's complaint that the source of a bind mount does not exist. */
function missingSource(error: unknown): string | undefined {
  const refusal = refusalOf(error);
  return /bind source path does not exist: (?<path>[^]*)$/.exec(refusal?.message ?? '')?.groups?.[
    'path'
  ];
}
