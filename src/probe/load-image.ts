import { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { loadArchive, LoadFailure } from '../io/load-archive.ts';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { PROBE_LABEL, type ProbeImage } from './image.ts';
import { hintFor, probeFailure, refusalOf } from './refusal.ts';
import { removeContainer } from './run-container.ts';

/**
 * Does what needs the probe's image, and loads the image where the engine does not have it yet: the
 * usual case costs no question beforehand.
 *
 * Throws `probe-failed` where the image cannot be loaded.
 */
export async function withImage<T>(
  docker: Dockerode,
  image: ProbeImage,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal?.statusCode !== 404 || !refusal.message.includes('xbuild-probe')) throw error;
  }
  await loadImage(docker, image);
  return work();
}

async function loadImage(docker: Dockerode, image: ProbeImage): Promise<void> {
  try {
    await loadArchive(docker, Readable.from([image.archive]));
  } catch (error) {
    if (!(error instanceof LoadFailure)) {
      throw probeFailure('load the probe, an image of 60 KB', error);
    }
    throw new XbuildError(
      'probe-failed',
      `the engine could not load the probe, an image of 60 KB: ${escapeLine(error.message)}`,
      hintFor({ statusCode: 200, message: error.message }),
    );
  }
}

/**
 * Removes what the probe left in an engine: its images, of this and other versions of xbuild, and
 * containers of a run that was killed.
 *
 * Returns the names of the images that were removed. Throws what the engine answers.
 */
export async function removeProbeImage(docker: Dockerode): Promise<string[]> {
  const filters = JSON.stringify({ label: [`${PROBE_LABEL}=1`] });
  const containers = await docker.listContainers({ all: true, filters });
  const stopped = containers.filter(({ State }) => State !== 'running');
  await Promise.all(stopped.map(({ Id }) => removeContainer(docker.getContainer(Id))));
  const images = await docker.listImages({ filters });
  const removed = await Promise.all(
    images.map(async ({ Id, RepoTags }) => {
      await docker.getImage(Id).remove({ force: true });
      return RepoTags?.length ? RepoTags : [Id];
    }),
  );
  return removed.flat();
}
