import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import type { MountFacts } from '../model/container.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family } from './entry.ts';
import {
  denied,
  isMissing,
  mountOver,
  notThere,
  ofProgram,
  pathOf,
  wasThere,
} from './own-program.ts';
import { type Scene, signsOf } from './scene.ts';

export const order = 90;

function hiddenByWalk(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    const path = pathOf(failure);
    const mount = mountOver(scene, path);
    if (!isMissing(failure) || mount === undefined || wasThere(scene, failure)) return undefined;
    const below = scene.facts.hiddenFiles.find((file) => file.path === path);
    if (below !== undefined && below.errno !== 'ok') return undefined;
    return {
      message: `${shown(path)} is in the image, and the mount at ${mount.destination} hides it`,
      evidence: [
        `${mount.type} ${mount.source} is mounted at ${mount.destination}`,
        ...(mount.entries === undefined
          ? []
          : [`it has ${mount.entries === 0 ? 'nothing' : `${mount.entries} entries`} in it`]),
      ],
      fix: advice(
        'Mount it at a folder that has nothing of the image in it, or put the program elsewhere (/usr/local/bin).',
      ),
      ...(below === undefined ? { confidence: 'likely' as const } : {}),
    };
  });
}

/** A tmpfs begins empty, and what is in it the engine does not show: then the runtime's word counts. */
function hiddenByText(scene: Scene): CauseMatch | undefined {
  for (const { path, errno, line } of signsOf(scene, 'lookup')) {
    const mount = path === undefined || errno !== 'ENOENT' ? undefined : mountOver(scene, path);
    if (mount?.type !== 'tmpfs') continue;
    return {
      confidence: 'likely',
      message: `${path} is below the tmpfs at ${mount.destination}, which is empty and hides what the image has there`,
      evidence: [line, `tmpfs is mounted at ${mount.destination}`],
      fix: advice(
        'Mount it at a folder that has nothing of the image in it, or put the program elsewhere (/usr/local/bin).',
      ),
    };
  }
  return undefined;
}

function hidden(scene: Scene): CauseMatch | undefined {
  return hiddenByWalk(scene) ?? hiddenByText(scene);
}

function madeDirectory(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    const path = pathOf(failure);
    const mount = scene.facts.container?.mounts.find(({ destination }) => destination === path);
    if (failure.reason !== 'is-directory' || mount === undefined) return undefined;
    return {
      message: `${shown(path)} is a folder: there is no ${mount.source} on the engine's machine, so Docker made one, and mounted it`,
      evidence: [`${mount.type} ${mount.source} is mounted at ${mount.destination}`],
      fix: advice(
        'Remove the folder, put the file there, and mount with --mount, which refuses what is not there. With a remote engine the path must be on its machine.',
        [
          `rmdir ${shellQuote(mount.source)}`,
          `docker run --mount type=bind,src=${shellQuote(mount.source)},dst=${shellQuote(mount.destination)} …`,
        ],
      ),
    };
  });
}

function noexec(scene: Scene): CauseMatch | undefined {
  const found = ofProgram(scene, (failure) => {
    if (failure.reason !== 'noexec-mount') return undefined;
    const path = pathOf(failure);
    return tellNoexec(shown(path), mountOver(scene, path));
  });
  return found ?? noexecByText(scene);
}

function tellNoexec(path: string, mount: MountFacts | undefined) {
  const options = mount?.options.join(',') ?? '';
  return {
    message: `${path} lies on a mount with noexec`,
    evidence:
      mount === undefined
        ? []
        : [`${mount.type} at ${mount.destination}${options === '' ? '' : `: ${options}`}`],
    fix: advice(
      'Mount it with exec, or put the program elsewhere.',
      mount?.type === 'tmpfs'
        ? [`docker run --tmpfs ${shellQuote(`${mount.destination}:exec`)} …`]
        : [],
    ),
  };
}

/** What was put on a tmpfs is gone with the container; --tmpfs has noexec unless it is asked for. */
function noexecByText(scene: Scene): CauseMatch | undefined {
  for (const { path, errno, line } of signsOf(scene, 'shell', 'exec', 'lookup')) {
    if (path === undefined || (errno !== 'EACCES' && errno !== 'EPERM')) continue;
    const mount = mountOver(scene, path);
    if (mount?.options.includes('noexec') !== true) continue;
    const { message, evidence, fix } = tellNoexec(path, mount);
    return { confidence: 'likely', message, evidence: [line, ...evidence], fix };
  }
  return undefined;
}

/** What lies over the files of the image. */
export const family: Family = {
  id: 'mounts',
  title: 'Mounts',
  causes: [
    {
      id: 'mount-hides-program',
      title: 'a mount hides the program',
      why: 'What is mounted over a folder hides what the image has there: -v .:/app hides the program that the build put into /app.',
      seen: [notThere],
      proof: 'The image has the file, and a mount lies over it.',
      remedy: 'Mount it at another folder, or put the program elsewhere.',
      prevent: 'Put programs into /usr/local/bin and mount only folders for data.',
      before: ['command-not-found', 'dangling-symlink'],
      find: hidden,
    },
    {
      id: 'mount-created-directory',
      silent: true,
      title: 'Docker made a folder where a file was to be mounted',
      why: '-v with a path that is not on the machine of the engine makes an empty folder of that name, and mounts it over the program.',
      seen: ['exec: "/entry.sh": is a directory: permission denied'],
      proof: 'The source of the mount is an empty folder.',
      remedy:
        'Remove the folder, put the file there, and use --mount, which refuses what is not there.',
      prevent: 'Use --mount type=bind in place of -v.',
      before: ['entrypoint-is-directory'],
      find: madeDirectory,
    },
    {
      id: 'noexec-mount',
      title: 'the program lies on a mount with noexec',
      why: 'Nothing may be executed from such a mount; --tmpfs has noexec unless it is asked for.',
      seen: [denied, 'exec /app: permission denied'],
      proof: 'The mount of the path has the option noexec, and the file has mode 755.',
      remedy: 'Mount it with exec (--tmpfs /tmp:exec), or put the program elsewhere.',
      prevent: 'Do not unpack programs into /tmp of hardened containers.',
      before: ['not-executable', 'command-not-found'],
      find: noexec,
    },
  ],
};
