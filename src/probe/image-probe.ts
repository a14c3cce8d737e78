import type Dockerode from 'dockerode';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import type { FileFacts, Known, RunFacts } from '../model/facts.ts';
import type { Inventory } from '../model/inventory.ts';
import { LAUNCHER, wordsOf, type ProbeCommand } from './command.ts';
import {
  judgeGuest,
  readFileAnswers,
  readKernelAnswer,
  readRunAnswers,
  type KernelAnswer,
  type RunAnswer,
} from './decode.ts';
import { RecordReader } from './record-reader.ts';
import { ScanReader } from './scan.ts';
import { guestHead, makeProbeImage, PROBE_LABEL, type ProbeImage } from './image.ts';
import { probeFailure, refusalOf } from './refusal.ts';
import { runContainer } from './run-container.ts';
import { hardened, readOutput } from './run-probe.ts';

export interface ImageProbeRequest {
  /** Name or id, as the engine has it. */
  image: string;
  /** `linux/arm64`; needed where one name holds several platforms. */
  platform?: string;
  /** A container whose volumes and bind mounts are to be there too, read-only. */
  mountsOf?: string;
  commands: readonly ProbeCommand[];
}

/** What the probe found out in a container of an image. */
export interface ImageAnswer {
  kernel: Known<KernelAnswer>;
  /** Of the commands `run`, in their order; undefined where an answer is missing. */
  runs: (RunAnswer | undefined)[];
  /** Of the commands `guest`, in their order, those that have an answer. */
  guests: RunFacts[];
  /**
   * What the commands `look` came by, each path once. Paths are as the kernel resolves them: without
   * links before their last part.
   */
  files: FileFacts[];
  /** Of the command `scan`; absent where that was not asked for. */
  inventory?: Known<Inventory>;
  /** Why the answer is not all there; absent where it is. */
  problem?: string;
}

export interface ImageProbe {
  /**
   * Runs the probe in a new container of an image, whatever the image holds and whatever user it
   * names: its files are read as root would, and nothing is written. Programs run as root without
   * any capability but reading.
   *
   * Throws `image-missing` where the engine has no such image of that platform, `probe-failed` where
   * it does not let the probe run, the error of a lost connection, and the signal's reason.
   */
  run(request: ImageProbeRequest): Promise<ImageAnswer>;
}

export interface ImageProbeOptions {
  /** The engine's, in Go's words. */
  architecture: string;
  signal?: AbortSignal;
}

const TIME_LIMIT = 60_000;
/** A million files on a disk that has to look for each of them. */
const SCAN_TIME_LIMIT = 600_000;
/** Of what is no scan; that is read while it comes, and has a limit of its own. */
const OUTPUT_LIMIT = 8 << 20;
/** What is shown of an output that is not the probe's. */
const STRANGE_OUTPUT = 4096;

/**
 * Makes the probe ready for containers of any image, into which it is sent before they are started:
 * no image of the probe's is needed, and no volume. Throws `probe-failed` where there is no probe for
 * the engine, and the signal's reason.
 */
export async function makeImageProbe(
  docker: Dockerode,
  { architecture, signal }: ImageProbeOptions,
): Promise<ImageProbe> {
  const image = await makeProbeImage(architecture);
  signal?.throwIfAborted();
  return { run: (request) => runInImage(docker, { image, signal }, request) };
}

interface Place {
  image: ProbeImage;
  signal: AbortSignal | undefined;
}

async function runInImage(
  docker: Dockerode,
  { image, signal }: Place,
  { image: reference, platform, mountsOf, commands }: ImageProbeRequest,
): Promise<ImageAnswer> {
  const create = {
    Image: reference,
    Entrypoint: [LAUNCHER],
    Cmd: wordsOf(commands),
    // Whatever the image says about how it is started.
    User: '0:0',
    WorkingDir: '/',
    Healthcheck: { Test: ['NONE'] },
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [PROBE_LABEL]: '1' },
    HostConfig: {
      ...hardened,
      // The probe is sent into it, which engines refuse for one that is read-only.
      ReadonlyRootfs: false,
      CapDrop: ['ALL'],
      // To look into folders that only their owner may enter.
      CapAdd: ['DAC_READ_SEARCH'],
      ...(mountsOf === undefined ? {} : { VolumesFrom: [`${mountsOf}:ro`] }),
    },
  };
  const isScan = commands.some((command) => command.do === 'scan');
  const scan = new ScanReader();
  const reader = new RecordReader((record) => scan.take(record), OUTPUT_LIMIT);
  const output = await runContainer(docker, {
    create,
    ...(platform === undefined ? {} : { platform }),
    timeLimit: isScan ? SCAN_TIME_LIMIT : TIME_LIMIT,
    outputLimit: STRANGE_OUTPUT,
    onOutput: (piece) => reader.push(piece),
    prepare: async (container) => {
      await container.putArchive(image.layer, { path: '/' });
    },
    removedByEngine: true,
    signal,
  }).catch((error: unknown) => {
    throw imageFailure(reference, platform, error);
  });
  const stream = readOutput({ ...output, cut: reader.cut }, reader.end());
  const answers = readRunAnswers(stream);
  const asked = commands
    .filter((command) => command.do === 'run' || command.do === 'guest')
    .map((command, index) => ({ command, answer: answers[index] }));
  return {
    kernel: readKernelAnswer(stream),
    runs: asked.flatMap(({ command, answer }) => (command.do === 'run' ? [answer] : [])),
    guests: asked.flatMap(({ command, answer }) =>
      command.do === 'guest' && answer !== undefined
        ? [judgeGuest(command.program, guestHead(image, command.program), answer)]
        : [],
    ),
    files: readFileAnswers(stream),
    ...(isScan ? { inventory: scan.finish(stream.problem) } : {}),
    ...(stream.problem === undefined ? {} : { problem: stream.problem }),
  };
}

function imageFailure(image: string, platform: string | undefined, error: unknown): unknown {
  const refusal = refusalOf(error);
  if (refusal?.statusCode !== 404) return probeFailure(`run the probe in ${image}`, error);
  const wanted = platform === undefined ? image : `${image} for ${platform}`;
  return new XbuildError(
    'image-missing',
    `the engine has no image ${wanted}: ${escapeLine(refusal.message)}`,
    'Build or pull it first; docker image inspect shows which platform an image is for.',
    { cause: error },
  );
}
