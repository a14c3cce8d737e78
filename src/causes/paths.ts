import { root } from '../model/credentials.ts';
import type { CauseMatch, MountFacts } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { viewOfFacts } from '../model/file-view.ts';
import { walkPath } from '../model/path-walk.ts';
import { advice, ofFailures, subjectOf, type Family } from './entry.ts';
import { signsOf, fileAt, onlyText, type Failure, type Scene } from './scene.ts';
import { baseName, listed, modeText, placeWord, shown } from './words.ts';

export const order = 90;

const notThere = 'exec: "/app": stat /app: no such file or directory';
const denied = 'exec: "/app": permission denied';

type Tell = Parameters<typeof ofFailures>[1];

/** Failures of the program itself, before the kernel looked into it. */
function ofProgram(scene: Scene, tell: Tell): CauseMatch | undefined {
  return ofFailures(scene, (failure) =>
    failure.opening === 'program' ? tell(failure) : undefined,
  );
}

function isMissing({ reason }: Failure): boolean {
  return (
    reason === 'absent' ||
    reason === 'missing' ||
    reason === 'not-a-directory' ||
    reason === 'name-too-long'
  );
}

/** env's interpreter and what a shell cannot find are told elsewhere, or by name. */
function isEnv({ program }: Failure): boolean {
  return program.by === 'env';
}

function mountOver({ facts }: Scene, path: string): MountFacts | undefined {
  const below = ({ destination }: MountFacts) =>
    path === destination || path.startsWith(`${destination.replace(/\/$/, '')}/`);
  return facts.container?.mounts
    .filter(below)
    .toSorted((one, other) => other.destination.length - one.destination.length)[0];
}

function pathOf({ program, at, name }: Failure): string {
  return 'path' in program.lookup ? program.lookup.path : (name ?? at);
}

/** What people saw tells that the file was there then: it is gone with the container. */
function wasThere({ signs }: Scene, failure: Failure): boolean {
  const name = subjectOf(failure);
  return signs.some(
    ({ path, errno }) =>
      path === name && errno !== undefined && errno !== 'ENOENT' && errno !== 'ENOTDIR',
  );
}

/** What a shell says that it cannot find, where no walk shows it: it is deep in a script. */
function notFoundByText(scene: Scene): CauseMatch | undefined {
  if (!scene.failed || onlyText(scene)) return undefined;
  const sign = signsOf(scene, 'shell', 'exec').find(
    ({ path, errno }) => errno === 'ENOENT' && path !== undefined && !/[/[]/.test(path),
  );
  if (sign?.path === undefined || scene.failures.length > 0) return undefined;
  return {
    confidence: 'likely',
    message: `${sign.path} is in no folder of PATH`,
    evidence: [sign.line],
    fix: advice(`Install ${sign.path} or COPY it into the last stage.`, [
      `docker run --rm --entrypoint sh ${shellQuote(scene.facts.image?.reference ?? 'IMAGE')} -c ${shellQuote(`command -v ${shellQuote(sign.path)}`)}`,
    ]),
  };
}

function notFound(scene: Scene): CauseMatch | undefined {
  return notFoundByWalk(scene) ?? notFoundByText(scene);
}

function notFoundByWalk(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    if (
      !isMissing(failure) ||
      isEnv(failure) ||
      wasThere(scene, failure) ||
      inOneString(failure) ||
      quoted(scene) !== undefined
    )
      return undefined;
    const name = subjectOf(failure);
    const { lookup } = failure.program;
    const folders = 'absent' in lookup ? lookup.folders.map(shown) : [];
    const at = shown(failure.at);
    return {
      message:
        folders.length > 0
          ? `${name} is in no folder of PATH`
          : `${name} is not in the ${placeWord(scene.facts)}`,
      evidence: [
        ...(folders.length === 0 ? [] : [`looked in ${listed(folders)}`]),
        ...(at === name || at === '' || failure.reason === 'absent'
          ? []
          : [`what is missing: ${at}`]),
      ],
      fix: advice(
        `Install ${baseName(name)} or COPY it into the last stage, or name it by the path that it has there.`,
        [
          `docker run --rm --entrypoint sh ${shellQuote(scene.facts.image?.reference ?? 'IMAGE')} -c ${shellQuote(`ls -l ${name.includes('/') ? name.replace(/[^/]*$/, '') : '/usr/local/bin'}`)}`,
        ],
      ),
    };
  });
}

function inOneString({ program }: Failure): boolean {
  return /\S\s+\S/.test(program.argv[0] ?? '');
}

function oneString(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    if (!isMissing(failure) || !inOneString(failure) || isEnv(failure)) return undefined;
    const whole = shown(failure.program.argv[0] ?? '');
    const words = whole.split(/\s+/).filter((word) => word !== '');
    return {
      message: `"${whole}" is taken as the name of one program, with its blanks`,
      fix: advice('Write every word as a string of its own, or use the shell form.', [
        `ENTRYPOINT ${JSON.stringify(words)}`,
      ]),
    };
  });
}

/** `/bin/sh -c "['npm', 'start']"`: the exec form with single quotes is no JSON. */
function quoted({ facts }: Scene): { index: number; text: string } | undefined {
  const index = facts.traces.findIndex(
    ({ argv }) =>
      /(?:^|\/)(?:sh|bash|ash|dash)$/.test(argv[0] ?? '') &&
      argv.some((word) => /^\s*\[\s*'/.test(word)),
  );
  const text = facts.traces[index]?.argv.find((word) => /^\s*\[\s*'/.test(word));
  return text === undefined ? undefined : { index, text };
}

function singleQuotes(scene: Scene): CauseMatch | undefined {
  const found = quoted(scene);
  if (found === undefined || !scene.failed) return undefined;
  const sign = signsOf(scene, 'shell').find(({ path = '' }) => path.startsWith('['));
  return {
    confidence: sign !== undefined || scene.facts.surface.stage === 'never' ? 'certain' : 'likely',
    message: `${shown(found.text)} has single quotes, so it is no JSON, and Docker gives it to a shell as it stands`,
    evidence: sign === undefined ? [] : [sign.line],
    fix: advice('Write it with double quotes.', [
      `ENTRYPOINT ${shown(found.text).trim().replaceAll("'", '"')}`,
    ]),
    trace: found.index,
  };
}

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

function isDirectory(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    if (failure.reason !== 'is-directory') return undefined;
    const path = shown(pathOf(failure));
    return {
      message: `${path} is a folder, not a program`,
      fix: advice(
        `Name the program in it, or copy the file itself: COPY of a folder puts its content there.`,
        [`ENTRYPOINT [${JSON.stringify(`${path.replace(/\/$/, '')}/…`)}]`],
      ),
    };
  });
}

function dangling(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    const link = linkTo(scene, failure);
    if (!isMissing(failure) || link === undefined || leads(scene, link.path)) return undefined;
    return {
      message: `${shown(link.path)} is a symbolic link to ${shown(link.target)}, which is not there`,
      evidence: [`what is missing: ${shown(failure.at)}`],
      fix: advice('Copy what the link leads to as well, or the file instead of the link (cp -L).'),
    };
  });
}

/** Whether a link leads to something: then what is missing is behind it. */
function leads({ facts }: Scene, path: string): boolean {
  const walker = { view: viewOfFacts(facts.files), root: '/', cwd: '/', credentials: root };
  return 'node' in walkPath(walker, path);
}

/** The link that led to what is missing: the program's own path, or a folder of it. */
function linkTo(scene: Scene, failure: Failure): { path: string; target: string } | undefined {
  const { lookup } = failure.program;
  if ('absent' in lookup) return linkInPath(scene, lookup.folders, pathOf(failure));
  const parts = pathOf(failure).split('/');
  for (let end = parts.length; end > 1; end--) {
    const path = parts.slice(0, end).join('/');
    const file = fileAt(scene, path);
    if (file?.kind === 'symlink' && file.errno === 'ok') return { path, target: file.target ?? '' };
  }
  return undefined;
}

/** A link of that name in a folder of PATH: who looks a program up passes over it. */
function linkInPath(
  { facts }: Scene,
  folders: readonly string[],
  name: string,
): { path: string; target: string } | undefined {
  const paths = new Set(folders.map((folder) => `${folder}/${name}`));
  const link = facts.files.find(({ path, kind }) => kind === 'symlink' && paths.has(path));
  return link === undefined ? undefined : { path: link.path, target: link.target ?? '' };
}

function linkLoop(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) =>
    failure.reason === 'symlink-loop'
      ? {
          message: `${shown(pathOf(failure))} is a symbolic link that leads back to itself`,
          evidence: [`it shows at ${shown(failure.at)}`],
          fix: advice('Make the link again, to the real file.', [
            `ln -sf TARGET ${shellQuote(shown(failure.at))}`,
          ]),
        }
      : undefined,
  );
}

function userOf({ program: { user } }: Failure): string {
  return user.uid === 0 ? 'root' : `user ${user.uid}`;
}

function ownerLine(scene: Scene, path: string): string[] {
  const file = fileAt(scene, path);
  return file?.mode === undefined
    ? []
    : [`${shown(path)}: mode ${modeText(file.mode)}, owner ${file.uid ?? 0}:${file.gid ?? 0}`];
}

function notExecutable(scene: Scene): CauseMatch | undefined {
  return ofProgram(scene, (failure) => {
    if (failure.reason !== 'not-executable' && failure.reason !== 'not-a-file') return undefined;
    const path = shown(pathOf(failure));
    return {
      message:
        failure.reason === 'not-a-file'
          ? `${path} is no regular file`
          : `${path} is not executable for ${userOf(failure)}`,
      evidence: ownerLine(scene, failure.at),
      fix: advice('Give it the permission where it is copied, and in git.', [
        `COPY --chmod=755 ${shellQuote(baseName(path))} ${shellQuote(path)}`,
        `git update-index --chmod=+x ${shellQuote(baseName(path))}`,
      ]),
    };
  });
}

function notSearchable(scene: Scene): CauseMatch | undefined {
  return (
    ofProgram(scene, (failure) => {
      if (failure.reason !== 'search-denied') return undefined;
      const folder = shown(failure.at);
      return {
        message: `${userOf(failure)} may not enter ${folder}, so ${shown(pathOf(failure))} is out of reach`,
        evidence: ownerLine(scene, failure.at),
        fix: advice('Let others enter the folder, or give it to the user.', [
          `RUN chmod 755 ${shellQuote(folder)}`,
        ]),
      };
    }) ?? notSearchableByText(scene)
  );
}

/** The engine starts programs with the rights of root; what a shell may is told by its message. */
function notSearchableByText(scene: Scene): CauseMatch | undefined {
  const sign = signsOf(scene, 'shell', 'exec', 'lookup').find(({ errno }) => errno === 'EACCES');
  const user = scene.facts.traces[0]?.user;
  if (sign?.path === undefined || user === undefined || user.uid === 0) return undefined;
  const parts = sign.path.split('/');
  for (let end = 2; end < parts.length; end++) {
    const file = fileAt(scene, parts.slice(0, end).join('/'));
    if (
      file?.kind !== 'directory' ||
      file.mode === undefined ||
      file.uid === user.uid ||
      (file.mode & 0o011) !== 0
    )
      continue;
    return {
      confidence: 'likely',
      message: `user ${user.uid} may not enter ${shown(file.path)}, so ${sign.path} is out of reach`,
      evidence: [sign.line, ...ownerLine(scene, file.path)],
      fix: advice('Let others enter the folder, or give it to the user.', [
        `RUN chmod 755 ${shellQuote(shown(file.path))}`,
      ]),
    };
  }
  return undefined;
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

function busy(scene: Scene): CauseMatch | undefined {
  const failing = ofProgram(scene, (failure) =>
    failure.reason === 'busy'
      ? {
          message: `${shown(pathOf(failure))} is open for writing while it is executed`,
          fix: closeFirst,
        }
      : undefined,
  );
  const sign = scene.signs.find(({ errno }) => errno === 'ETXTBSY');
  if (failing !== undefined || sign === undefined) return failing;
  return {
    // Who has a file open is gone when the facts are read; nothing else has these words.
    confidence: scene.facts.target.kind === 'log' ? 'possible' : 'likely',
    message: `${sign.path ?? 'the program'} was open for writing while it was executed`,
    evidence: [sign.line],
    fix: closeFirst,
  };
}

const closeFirst = advice(
  'Close the file before it is started: write to another name, sync, and rename it (mv). On old storage drivers, put sync between chmod and the start.',
  ['cp new-program /app/run.new && mv /app/run.new /app/run'],
);

/** How a program is named, and what lies on the way to it. */
export const family: Family = {
  id: 'paths',
  title: 'Paths, permissions, mounts',
  causes: [
    {
      id: 'single-quoted-exec-form',
      title: 'the exec form is written with single quotes',
      why: "JSON has double quotes. Docker takes ['npm', 'start'] for the shell form, and the shell looks for a program called [npm,.",
      seen: ['/bin/sh: [/bin/busybox,uname]: not found', '/bin/sh: 1: [npm,: not found'],
      proof: 'The image\'s Entrypoint or Cmd is /bin/sh -c "[\'…".',
      remedy: 'Write double quotes: ENTRYPOINT ["npm", "start"]',
      prevent: 'docker build --check warns of it (JSONArgsRecommended).',
      before: ['command-not-found'],
      find: singleQuotes,
    },
    {
      id: 'command-in-one-string',
      title: 'a command with its arguments in one string',
      why: 'In the exec form every word is a string of its own. ["npm start"] names a program with a blank in its name.',
      seen: ['exec: "npm start": executable file not found in $PATH'],
      proof: 'The first word of Entrypoint or Cmd has a blank in it.',
      remedy: 'Write ["npm", "start"], or the shell form without brackets.',
      prevent: 'In Kubernetes and compose, too, command is a list of words.',
      before: ['command-not-found'],
      find: oneString,
    },
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
      id: 'dangling-symlink',
      title: 'a symbolic link that leads nowhere',
      why: 'The path is there, as a link, and what it leads to is not in the image: COPY --from copied the link and not the file.',
      seen: [notThere],
      proof: 'ls -l shows the link, and its target is not there.',
      remedy: 'Copy what the link leads to as well.',
      prevent: 'Copy whole folders, or cp -L in the stage before.',
      before: ['command-not-found'],
      find: dangling,
    },
    {
      id: 'symlink-loop',
      title: 'a symbolic link that leads back to itself',
      why: 'The kernel follows 40 links and gives up with ELOOP.',
      seen: ['exec: "/app": stat /app: too many levels of symbolic links'],
      proof: 'readlink -f fails on the path.',
      remedy: 'Make the link again, to the real file.',
      prevent: 'ln -sfn in scripts that run twice.',
      find: linkLoop,
    },
    {
      id: 'entrypoint-is-directory',
      title: 'the entrypoint is a folder',
      why: 'COPY dist /app puts the content of dist into the folder /app; the program is /app/something.',
      seen: [
        'exec: "/app": is a directory: permission denied',
        'the path `/app` is not a regular file',
      ],
      proof: 'The path is a folder in the image.',
      remedy: 'Name the program in it.',
      prevent: 'Write COPY with the whole path of the target file.',
      find: isDirectory,
    },
    {
      id: 'directory-not-searchable',
      title: 'a folder on the way may not be entered by this user',
      why: 'USER may not enter a folder of the path (mode 700, of root). Engine 28 starts the entrypoint all the same, with the rights of root, and a shell in the container may not.',
      seen: [
        '/bin/sh: /root-only/run: Permission denied',
        'exec: "/root-only/run": stat /root-only/run: permission denied',
      ],
      proof: 'The file has mode 755, a folder above it has not.',
      remedy: 'chmod 755 the folder, or chown it to the user.',
      prevent: 'Do not install below /root in images with USER.',
      before: ['not-executable'],
      find: notSearchable,
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
    {
      id: 'not-executable',
      title: 'the file is not executable',
      why: 'The permission was lost: git on Windows, an archive, a download. The runtime refuses it before execve(2).',
      seen: [
        denied,
        'the path `/app` exists but it is not executable',
        '/bin/sh: /app: Permission denied',
      ],
      proof: 'Its mode has no x for this user.',
      remedy: 'COPY --chmod=755, or RUN chmod 755.',
      prevent: 'git update-index --chmod=+x FILE',
      find: notExecutable,
    },
    {
      id: 'text-file-busy',
      title: 'the program is open for writing',
      why: 'The kernel does not execute a file that somebody has open for writing: it was copied and started in one breath, or a process still holds it.',
      seen: ['/bin/sh: /app/run: Text file busy'],
      proof: 'No other cause has these words (ETXTBSY).',
      remedy: 'Write to another name and rename it before it is started.',
      prevent: 'Replace programs by mv, not by cp.',
      find: busy,
    },
    {
      id: 'command-not-found',
      title: 'there is no such program',
      why: 'The runtime looks the program up in the container, and does not find it. Exit status 127 and State.Error are set; where the file is there and something that it needs is not, State.Error is empty.',
      seen: [notThere, 'exec: "bash": executable file not found in $PATH'],
      proof: 'The path is not in the image.',
      remedy: 'Install it or COPY it into the last stage, or name it by its path.',
      prevent: 'Run the command once in the last stage of the build.',
      find: notFound,
    },
  ],
};
