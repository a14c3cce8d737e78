import { architectureNamed, inWordsOf } from '../model/architecture-words.ts';
import { shown } from '../model/bytes-text.ts';
import { formatPlatform } from '../model/platform.ts';
import type { Fault, Spot } from './fault.ts';
import type { FaultScene } from './scene.ts';
import { preloadsOf } from './search-path.ts';

export const order = 45;

/** A path that a variable of the image names. */
interface Named {
  variable: string;
  path: string;
}

/** Of several variables of one name the last one counts. */
function pathsNamed(env: readonly string[]): Named[] {
  const values = new Map(
    env.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return [...values].flatMap(([variable, value]) =>
    (variable === 'LD_PRELOAD' ? preloadsOf(env) : value.split(':'))
      .filter((path) => /^\/[^$]+$/.test(path))
      .map((path) => ({ variable, path: path.replace(/\/+$/, '') })),
  );
}

/** The path that is meant, where the image has that: the same one in the words of its own platform. */
function meantPath({ path }: Named, scene: FaultScene): string | undefined {
  const { architecture } = scene.platform;
  const named = architectureNamed(path);
  if (named === undefined || named.architecture === architecture) return undefined;
  return inWordsOf(architecture, path).find((own) => scene.files.has(own));
}

function spotOf(named: Named, meant: string | undefined, scene: FaultScene): Spot {
  const platform = formatPlatform(scene.platform);
  const [variable, path] = [shown(named.variable), shown(named.path)];
  const lacks =
    meant === undefined ? 'no such file' : `no such path: ${platform} has ${shown(meant)}`;
  return {
    path: named.path,
    status: 'warn',
    message: `the image's ${variable} names ${path}, and the image has ${lacks}`,
    several: `are named by the image's variables, and the image has no such paths`,
    why:
      variable === 'LD_PRELOAD'
        ? 'Loaders go on without it, and say so for every program: "object cannot be preloaded, ignored".'
        : 'An ENV instruction with the words of one architecture holds for every platform.',
    evidence: [`ENV ${variable} of the image`],
    fix: {
      text:
        meant === undefined
          ? `Install it in the last stage, or take it out of ${variable}.`
          : `Set ${variable} by platform: ARG TARGETARCH in the last stage, and a path with $TARGETARCH in it, or a link with a name of its own that a RUN instruction makes.`,
      commands: [],
    },
  };
}

/** Variables that name a path as another architecture calls it: JAVA_HOME, LD_PRELOAD, LD_LIBRARY_PATH. */
export const fault: Fault = {
  id: 'environment-path',
  find: (scene) => {
    if (!scene.isWhole) return [];
    return pathsNamed(scene.env).flatMap((named) => {
      const meant = meantPath(named, scene);
      // Of other paths it is not known: directories without programs stand in no inventory.
      if (meant === undefined && named.variable !== 'LD_PRELOAD') return [];
      return scene.files.has(named.path) ? [] : [spotOf(named, meant, scene)];
    });
  },
};
