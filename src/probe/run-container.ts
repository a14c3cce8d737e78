import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { XbuildError } from '../model/errors.ts';

/** What one container wrote. */
export interface ContainerOutput {
  stdout: Buffer;
  stderr: Buffer;
  /** It wrote more than the limits allow; what is over them was thrown away. */
  cut: boolean;
  /** It was ended because its time was over. */
  timedOut: boolean;
}

export interface RunOptions {
  /** As POST /containers/create takes it, without `platform`. */
  create: Dockerode.ContainerCreateOptions;
  /** `linux/arm64`; the engine's own where it is not given. */
  platform?: string;
  /** From the first request to the end, in milliseconds. */
  timeLimit: number;
  /** What the engine may take to start it; `timeLimit` counts from then on. */
  startLimit?: number;
  /** How many bytes of standard output are kept. */
  outputLimit: number;
  /** Given all of standard output, piece by piece, also what is over the limit. */
  onOutput?: (piece: Uint8Array) => void;
  signal?: AbortSignal | undefined;
  /**
   * The engine takes the container away once it has ended (AutoRemove), and nobody waits for that:
   * 15 to 30 ms of 200 on an idle machine. Not for one whose volumes something else removes next.
   */
  removedByEngine?: boolean;
  /** Called once the engine is starting the container: time that the caller can use. */
  onStarting?: (() => void) | undefined;
  /** What is done to the container before it is started: files are sent into it. */
  prepare?: (container: Dockerode.Container) => Promise<void>;
}

const STDERR_LIMIT = 16_384;

/** How long the engine is given to take a container away before it is left to finish alone. */
const REMOVAL_LIMIT = 10_000;

/**
 * Runs a container and reads what it writes: create, attach, start, wait, remove. The stream's end
 * is the container's.
 *
 * Whatever happens the container is gone, or is going, when this is over. Throws what the engine
 * answers (`statusCode`, `message`), `probe-failed` where it does not start the container in time,
 * and the signal's reason.
 */
export async function runContainer(
  docker: Dockerode,
  options: RunOptions,
): Promise<ContainerOutput> {
  options.signal?.throwIfAborted();
  const stop = new Stop(options);
  try {
    return await runUntil(stop, docker, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw stop.timedOut ? tooSlow(options.startLimit ?? options.timeLimit, error) : error;
  } finally {
    stop.over();
  }
}

function tooSlow(limit: number, cause: unknown): XbuildError {
  return new XbuildError(
    'probe-failed',
    `the engine did not start a small container within ${limit / 1000} seconds`,
    'Try whether it runs any container: docker run --rm hello-world. An emulator that hangs makes engines hang too.',
    { cause },
  );
}

async function runUntil(
  stop: Stop,
  docker: Dockerode,
  options: RunOptions,
): Promise<ContainerOutput> {
  // Never given the signal: a request that is cut off may have made a container all the same.
  const AutoRemove = options.removedByEngine === true;
  const HostConfig = { ...options.create.HostConfig, AutoRemove };
  const creating = createContainer(docker, { ...options.create, HostConfig }, options.platform);
  let ended = false;
  try {
    const container = await stop.orElse(creating);
    // Attached before it is started, or its first words would be lost.
    const attaching = container.attach({ stream: true, stdout: true, stderr: true });
    if (options.prepare !== undefined) {
      await stop.orElse(options.prepare(container)).catch((error: unknown) => {
        attaching
          .then((unread) => (unread as unknown as Readable).destroy())
          .catch(() => undefined);
        throw error;
      });
    }
    const stream = (await stop.orElse(attaching)) as unknown as Readable;
    const reading = collect(stream, options, stop);
    // It may fail while the container is still being started.
    reading.catch(() => undefined);
    // Not awaited: the answer can be used before the engine has taken the container away, but the
    // open request keeps the process from ending before that.
    if (AutoRemove) container.wait({ condition: 'removed' }).catch(() => undefined);
    const starting = container.start();
    options.onStarting?.();
    await stop.orElse(starting).catch((error: unknown) => {
      stream.destroy();
      throw error;
    });
    if (options.startLimit !== undefined) stop.after(options.timeLimit);
    const output = await reading;
    ended = AutoRemove && !output.timedOut;
    return output;
  } finally {
    const removing = ended ? undefined : creating.then(removeSurely, () => undefined);
    if (removing !== undefined) await atMost(REMOVAL_LIMIT, removing);
  }
}

/** A failure to remove must not hide the answer, nor the failure before it; `xbuild clean` is left. */
async function removeSurely(container: Dockerode.Container): Promise<void> {
  try {
    await removeContainer(container);
  } catch {
    await removeContainer(container).catch(() => undefined);
  }
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

/** The moment at which waiting ends: the signal's abort, or the end of the time. */
class Stop {
  timedOut = false;
  readonly #signal: AbortSignal | undefined;
  #timer: NodeJS.Timeout;
  readonly #controller = new AbortController();
  readonly #abort = () => this.#controller.abort();

  constructor({ signal, timeLimit, startLimit = timeLimit }: RunOptions) {
    this.#signal = signal;
    signal?.addEventListener('abort', this.#abort);
    this.#timer = this.#endAfter(startLimit);
  }

  /** Counts anew. */
  after(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#endAfter(milliseconds);
  }

  #endAfter(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.timedOut = true;
      this.#abort();
    }, milliseconds);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The result of a call, or an error as soon as waiting ends; the call itself goes on. */
  async orElse<T>(call: Promise<T>): Promise<T> {
    let reject: (() => void) | undefined;
    const stopped = new Promise<never>((_resolve, fail) => {
      reject = () => fail(new Error('stopped'));
      this.signal.addEventListener('abort', reject);
      if (this.signal.aborted) reject();
    });
    try {
      return await Promise.race([call, stopped]);
    } finally {
      if (reject !== undefined) this.signal.removeEventListener('abort', reject);
    }
  }

  over(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}

/** Reads the two streams that an engine sends as one, until its end or the stop. */
async function collect(
  stream: Readable,
  options: RunOptions,
  stop: Stop,
): Promise<ContainerOutput> {
  const stdout = new Kept(options.outputLimit);
  const stderr = new Kept(STDERR_LIMIT);
  const end = () => stream.destroy();
  stop.signal.addEventListener('abort', end);
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      // Frames of 8 bytes (stream, 3 zeros, length) and content; a frame may come in pieces.
      let bytes = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
      while (bytes.length >= 8 && bytes.length >= 8 + bytes.readUInt32BE(4)) {
        const frameEnd = 8 + bytes.readUInt32BE(4);
        const content = bytes.subarray(8, frameEnd);
        (bytes[0] === 2 ? stderr : stdout).add(content);
        if (bytes[0] !== 2) options.onOutput?.(content);
        bytes = bytes.subarray(frameEnd);
      }
      rest = bytes;
    }
  } catch (error) {
    // What was written until its time was over is worth something.
    if (!stop.timedOut) throw error;
  } finally {
    stop.signal.removeEventListener('abort', end);
  }
  options.signal?.throwIfAborted();
  return {
    stdout: stdout.bytes(),
    stderr: stderr.bytes(),
    cut: stdout.cut || stderr.cut,
    timedOut: stop.timedOut,
  };
}

/** The first so many bytes of a stream. */
class Kept {
  cut = false;
  #left: number;
  readonly #pieces: Buffer[] = [];

  constructor(limit: number) {
    this.#left = limit;
  }

  add(piece: Buffer): void {
    if (piece.length > this.#left) this.cut = true;
    this.#pieces.push(piece.subarray(0, this.#left));
    this.#left = Math.max(0, this.#left - piece.length);
  }

  bytes(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** Creates a container; dockerode alone would put the whole body into the query too. */
export async function createContainer(
  docker: Dockerode,
  create: Dockerode.ContainerCreateOptions,
  platform?: string,
): Promise<Dockerode.Container> {
  const request = { _query: platform === undefined ? {} : { platform }, _body: create };
  return docker.createContainer(request as Dockerode.ContainerCreateOptions);
}

/** Removes a container and its anonymous volumes, running or not. */
export async function removeContainer(container: Dockerode.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    // Gone already, or being removed by somebody else.
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== 404 && statusCode !== 409) throw error;
  }
}
