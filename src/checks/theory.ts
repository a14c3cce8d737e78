import { elfOf, interpreterOf, loaderOf } from './interpreter-file.ts';
import type { Scene } from './scene.ts';
import type { Wanted } from './wanted.ts';

/** How the walk of execve(2) over a platform's program in an empty container ought to end. */
export interface Expectation {
  errno: string;
  because: string;
}

/**
 * What the rules say will become of a platform's program, where they say that it cannot run;
 * undefined where nothing is known to stand in its way.
 */
export function expectedError(scene: Scene, wanted: Wanted): Expectation | undefined {
  const { binfmt } = scene.kernel;
  if (wanted.own || wanted.opaque) return undefined;
  if (binfmt.mount !== 'binfmt_misc') return noexec('binfmt_misc is not mounted');
  if (binfmt.status === 'disabled') return noexec('binfmt_misc is switched off');
  const { rule } = wanted;
  if (rule === undefined) return noexec('no enabled rule takes such programs');
  if (!rule.flags.includes('F')) {
    return {
      errno: 'ENOENT',
      because: `rule ${rule.name} has no flag F, and the container has no ${rule.interpreter}`,
    };
  }
  return interpreterError(scene, wanted);
}

function noexec(because: string): Expectation {
  return { errno: 'ENOEXEC', because };
}

function interpreterError(scene: Scene, wanted: Wanted): Expectation | undefined {
  const found = interpreterOf(scene.kernel, wanted);
  if (found === undefined) return undefined;
  if (isForeign(scene, found.file)) {
    const errno = wanted.rule?.flags.includes('O') === true ? 'ENOEXEC' : 'ELOOP';
    return { errno, because: `${found.path} is not built for the engine's CPU` };
  }
  const loader = loaderOf(found.file);
  if (loader === undefined) return undefined;
  return { errno: 'ENOENT', because: `${found.path} needs ${loader}, and the container has none` };
}

const thirtyTwoBit: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };

/** Whether a file is a program that the engine's CPU cannot run natively. */
export function isForeign(scene: Scene, file: Parameters<typeof elfOf>[0]): boolean {
  const elf = elfOf(file);
  if (elf === undefined) return false;
  const own = scene.engine.architecture;
  const name = elf.architecture?.name;
  return name !== own && (name === undefined || name !== thirtyTwoBit[own]);
}
