import { lstatSync } from 'node:fs';

/** The names that are looked for in the current folder, in this order. */
const names = ['xbuild.yaml', 'xbuild.yml'] as const;

/**
 * The configuration of the current folder; undefined where there is none, or none that this user may
 * see. A folder of that name, or a link to nothing, is one that cannot be read.
 */
export function findConfig(): string | undefined {
  return names.find(isThere);
}

function isThere(name: string): boolean {
  try {
    return lstatSync(name, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // A folder that may not be searched: sudo -u and services start in such.
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
