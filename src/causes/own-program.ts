import type { CauseMatch } from '../model/diagnosis.ts';
import type { MountFacts } from '../model/container.ts';
import { ofFailures, subjectOf } from './entry.ts';
import type { Failure } from './failures.ts';
import type { Scene } from './scene.ts';

export const notThere = 'exec: "/app": stat /app: no such file or directory';

export const denied = 'exec: "/app": permission denied';

type Tell = Parameters<typeof ofFailures>[1];

/** Failures of the program itself, before the kernel looked into it. */
export function ofProgram(scene: Scene, tell: Tell): CauseMatch | undefined {
  return ofFailures(scene, (failure) =>
    failure.opening === 'program' ? tell(failure) : undefined,
  );
}

/** Whether there is nothing at the path. */
export function isMissing({ reason }: Failure): boolean {
  return (
    reason === 'absent' ||
    reason === 'missing' ||
    reason === 'not-a-directory' ||
    reason === 'name-too-long'
  );
}

/** env's interpreter and what a shell cannot find are told elsewhere, or by name. */
export function isEnv({ program }: Failure): boolean {
  return program.by === 'env';
}

/** The innermost mount that a path lies on. */
export function mountOver({ facts }: Scene, path: string): MountFacts | undefined {
  const below = ({ destination }: MountFacts) =>
    path === destination || path.startsWith(`${destination.replace(/\/$/, '')}/`);
  return facts.container?.mounts
    .filter(below)
    .toSorted((one, other) => other.destination.length - one.destination.length)[0];
}

/** The path at which a program was looked up; a byte string. */
export function pathOf({ program, at, name }: Failure): string {
  return 'path' in program.lookup ? program.lookup.path : (name ?? at);
}

/** What people saw tells that the file was there then: it is gone with the container. */
export function wasThere({ signs }: Scene, failure: Failure): boolean {
  const name = subjectOf(failure);
  return signs.some(
    ({ path, errno }) =>
      path === name && errno !== undefined && errno !== 'ENOENT' && errno !== 'ENOTDIR',
  );
}
