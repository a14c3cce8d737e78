import type Dockerode from 'dockerode';
import { PROBE_LABEL } from '../probe/image.ts';
import { createContainer, removeContainer } from '../probe/run-container.ts';

/** An image as the engine is to be asked for it. */
export interface EngineImage {
  /** Name or id. */
  image: string;
  /** `linux/arm64`; what the image itself says it is for. */
  platform: string;
}

/**
 * Makes a container that is never started, to read what only a container shows: the configuration
 * of an image that is not the engine's own platform, and its files.
 *
 * `command` replaces the image's own.
 */
export async function withScratchContainer<T>(
  docker: Dockerode,
  { image, platform }: EngineImage,
  command: string | undefined,
  work: (container: Dockerode.Container) => Promise<T>,
): Promise<T> {
  const create = {
    Image: image,
    ...(command === undefined ? {} : { Entrypoint: [command], Cmd: [] }),
    Labels: { [PROBE_LABEL]: '1' },
    HostConfig: { NetworkMode: 'none' },
  };
  const container = await createContainer(docker, create, platform);
  try {
    return await work(container);
  } finally {
    await removeContainer(container);
  }
}
