import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';

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
  /** From start to end, in milliseconds. */
  timeLimit: number;
  /** How many bytes of standard output are kept. */
  outputLimit: number;
  signal?: AbortSignal | undefined;
}

const STDERR_LIMIT = 16_384;

/**
 * Runs a container and reads what it writes: create, attach, start, wait, remove. The stream's end
 * is the container's. (AutoRemove, and not waiting for the end, were measured: neither is faster.)
 *
 * Whatever happens the container is gone, or is going, when this is over. Throws what the engine
 * answers (`statusCode`, `message`), and the signal's reason.
 */
export async function runContainer(
  docker: Dockerode,
  options: RunOptions,
): Promise<ContainerOutput> {
  options.signal?.throwIfAborted();
  // Not given the signal: a request that is cut off may have made a container all the same.
  const container = await createContainer(docker, options.create, options.platform);
  try {
    options.signal?.throwIfAborted();
    // Attached before it is started, or its first words would be lost.
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const collected = new Collector(options);
    const reading = collected.read(stream as unknown as Readable);
    try {
      await container.start();
    } catch (error) {
      collected.stop();
      await reading.catch(() => undefined);
      throw error;
    }
    return await reading;
  } finally {
    await removeContainer(container);
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

/** Collects the two streams that an engine sends as one. */
class Collector {
  readonly #options: RunOptions;
  readonly #kept: { 1: Buffer[]; 2: Buffer[] } = { 1: [], 2: [] };
  readonly #left: { 1: number; 2: number };
  #rest: Buffer = Buffer.alloc(0);
  #cut = false;
  #stop: () => void = () => undefined;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#left = { 1: options.outputLimit, 2: STDERR_LIMIT };
  }

  /** Ends reading early. */
  stop(): void {
    this.#stop();
  }

  async read(stream: Readable): Promise<ContainerOutput> {
    const { signal, timeLimit } = this.#options;
    let stopped = false;
    let timedOut = false;
    this.#stop = () => {
      stopped = true;
      stream.destroy();
    };
    const timer = setTimeout(() => {
      timedOut = true;
      this.#stop();
    }, timeLimit);
    signal?.addEventListener('abort', this.#stop);
    try {
      for await (const chunk of stream) this.#take(chunk as Buffer);
    } catch (error) {
      if (!stopped) throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', this.#stop);
      stream.destroy();
    }
    signal?.throwIfAborted();
    const stdout = Buffer.concat(this.#kept[1]);
    return { stdout, stderr: Buffer.concat(this.#kept[2]), cut: this.#cut, timedOut };
  }

  /** Frames of 8 bytes (stream, 3 zeros, length) and content; a frame may come in pieces. */
  #take(chunk: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (bytes.length >= 8) {
      const end = 8 + bytes.readUInt32BE(4);
      if (bytes.length < end) break;
      this.#keep(bytes[0] === 2 ? 2 : 1, bytes.subarray(8, end));
      bytes = bytes.subarray(end);
    }
    this.#rest = bytes;
  }

  #keep(which: 1 | 2, content: Buffer): void {
    const room = this.#left[which];
    if (content.length > room) this.#cut = true;
    this.#kept[which].push(content.subarray(0, room));
    this.#left[which] = Math.max(0, room - content.length);
  }
}
