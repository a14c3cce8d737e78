import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family } from './entry.ts';
import { denied, ofProgram, pathOf } from './own-program.ts';
import type { Failure } from './failures.ts';
import { fileAt, type Scene, signsOf } from './scene.ts';
import { baseName, modeText } from './words.ts';

export const order = 94;

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

/** The path is there, and may not be executed. */
export const family: Family = {
  id: 'permissions',
  title: 'Permissions, and what may be executed',
  causes: [
    {
      id: 'entrypoint-is-directory',
      silent: true,
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
  ],
};
