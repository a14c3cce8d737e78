import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';

/** What an engine said about an archive that it could not load. Untrusted. */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';
}

/**
 * Gives an engine an archive of images, as `docker load` does; returns the ids of those in it that
 * have no name. Throws what a failed call throws, and LoadFailure.
 */
export async function loadArchive(docker: Dockerode, archive: Readable): Promise<string[]> {
  let said = '';
  const stream = await docker.loadImage(archive, { quiet: true });
  for await (const chunk of stream) said += String(chunk);
  // The engine has answered 200 before it reads the archive: its failure is in the stream.
  const failure = /"errorDetail":\{.*?"message":"(?<message>(?:[^"\\]|\\.)*)"/.exec(said)?.groups;
  if (failure !== undefined) throw new LoadFailure(failure['message'] ?? '');
  return [...said.matchAll(/Loaded image ID: (sha256:[0-9a-f]{64})/g)].map(([, id = '']) => id);
}
