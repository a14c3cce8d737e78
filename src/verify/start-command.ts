import {
  checkExecutable,
  walkPath,
  type Found,
  type Refused,
  type Walker,
} from '../model/path-walk.ts';
import { valueIn } from '../model/environment.ts';
import { byteString } from '../model/bytes-text.ts';
import type { ImageConfig } from './image-facts.ts';

/** What dockerd puts into the environment where the image has no PATH. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The image's PATH, as a byte string; of several, the last one counts. */
export function pathOf(config: Pick<ImageConfig, 'env'>): string {
  const own = valueIn(config.env, 'PATH');
  return own === undefined ? defaultPath : byteString(own);
}

/** The working directory, a byte string; dockerd makes it where it is missing. */
export function directoryOf(config: Pick<ImageConfig, 'workingDir'>): string {
  const directory = byteString(config.workingDir);
  return directory.startsWith('/') ? directory : `/${directory}`;
}

/** The words that start the image: ENTRYPOINT and CMD. */
export function wordsOf(config: ImageConfig): string[] {
  return [...config.entrypoint, ...config.cmd];
}

/** The instruction whose first word names the program, as in a Dockerfile: `CMD ["/bin/sh"]`. */
export function instructionOf(config: ImageConfig): string {
  const [name, words] =
    config.entrypoint.length > 0 ? ['ENTRYPOINT', config.entrypoint] : ['CMD', config.cmd];
  return `${name} ${JSON.stringify(words)}`;
}

/** Where a program of that name may be, in the order in which runc looks. Byte strings. */
export function candidates(name: string, config: ImageConfig): string[] {
  const directory = directoryOf(config);
  const absolute = (path: string) => (path.startsWith('/') ? path : join(directory, path));
  if (name.includes('/')) return [absolute(name)];
  return pathOf(config)
    .split(':')
    .map((folder) => join(absolute(folder === '' ? '.' : folder), name));
}

function join(folder: string, name: string): string {
  return `${folder.replace(/\/+$/, '')}/${name}`;
}

/** A program that was found, by the path that is executed, or the reason why none was. */
export type Lookup =
  | { path: string; found: Found }
  | { path: string; refused: Refused }
  | { absent: true }
  | { needs: string };

/**
 * Looks a program up as runc does before it executes it: by its path, or in the image's PATH, where
 * files that may not be executed are passed over. Source: LookPath in Go's os/exec.
 */
export function findProgram(name: string, config: ImageConfig, walker: Walker): Lookup {
  if (name === '') return { absent: true };
  let refusal: Lookup | undefined;
  for (const path of candidates(name, config)) {
    const walk = walkPath(walker, path);
    if ('needs' in walk) return walk;
    const checked = 'node' in walk ? checkExecutable(walk, walker.credentials) : walk;
    if ('node' in checked) return { path, found: checked };
    if (name.includes('/')) return { path, refused: checked };
    if (checked.reason === 'not-executable') refusal ??= { path, refused: checked };
  }
  return refusal ?? { absent: true };
}
