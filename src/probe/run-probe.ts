import type Dockerode from 'dockerode';
import { escapeLine } from '../model/escape.ts';
import { XbuildError } from '../model/errors.ts';
import { wordsOf, type ProbeCommand } from './command.ts';
import { decodeStream, type ProbeStream } from './decode.ts';
import { PROBE_LABEL, type ProbeImage } from './image.ts';
import { withImage } from './load-image.ts';
import { runContainer, type ContainerOutput } from './run-container.ts';

/** Eleven emulators that all hang, four side by side, each asked for its version: 30 seconds. */
const TIME_LIMIT = 45_000;
/** What 60 interpreters may need; everything usual stays below 100 KB. */
const OUTPUT_LIMIT = 2 << 20;

/** An engine, and the probe made for it. */
export interface Session {
  docker: Dockerode;
  image: ProbeImage;
  signal: AbortSignal | undefined;
  onStarting?: (() => void) | undefined;
}

/** A path of the engine's machine, as its daemon sees it, and where it is in the container. */
export interface Mount {
  source: string;
  target: string;
}

/** Runs the probe's image with as little as it needs; throws the engine's refusals as they are. */
export async function runProbe(
  { docker, image, signal, onStarting }: Session,
  commands: readonly ProbeCommand[],
  mounts: readonly Mount[],
): Promise<ProbeStream> {
  const create = {
    Image: image.tag,
    Cmd: wordsOf(commands),
    User: '65534:65534',
    AttachStdout: true,
    AttachStderr: true,
    Labels: { [PROBE_LABEL]: '1' },
    HostConfig: {
      ...hardened,
      CapDrop: ['ALL'],
      Mounts: mounts.map(({ source, target }) => ({
        Type: 'bind' as const,
        Source: source,
        Target: target,
        ReadOnly: true,
      })),
    },
  };
  const output = await withImage(docker, image, () =>
    runContainer(docker, {
      create,
      timeLimit: TIME_LIMIT,
      outputLimit: OUTPUT_LIMIT,
      signal,
      onStarting,
      removedByEngine: true,
    }),
  );
  return readOutput(output);
}

/** What every container of the probe is denied. */
export const hardened = {
  NetworkMode: 'none',
  ReadonlyRootfs: true,
  SecurityOpt: ['no-new-privileges'],
  IpcMode: 'none',
  LogConfig: { Type: 'none', Config: {} },
  PidsLimit: 64,
  Memory: 128 << 20,
  MemorySwap: 128 << 20,
} as const;

/** The records of a container's output; throws `probe-failed` where the launcher did not even start. */
export function readOutput(
  output: ContainerOutput,
  stream: ProbeStream = decodeStream(output.stdout),
): ProbeStream {
  if (stream.records.length > 0) {
    const problem = output.timedOut
      ? 'its time was over'
      : output.cut
        ? 'it wrote too much'
        : undefined;
    return stream.problem !== undefined && problem !== undefined
      ? { ...stream, problem: `${stream.problem}: ${problem}` }
      : stream;
  }
  const lines = [output.stderr, output.stdout].flatMap((text) =>
    escapeLine(text.toString('latin1').trim()).slice(0, 500),
  );
  throw new XbuildError(
    'probe-failed',
    "the engine's kernel did not run the probe, a native program without needs",
    'Look for a binfmt_misc rule that takes native programs (ls /proc/sys/fs/binfmt_misc on the engine’s machine), and try: docker run --rm hello-world',
    { detail: lines.filter((line) => line !== '') },
  );
}
