import { shown } from '../model/bytes-text.ts';
import { root } from '../model/credentials.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { viewOfFacts } from '../model/file-view.ts';
import { walkPath } from '../model/path-walk.ts';
import { advice, type Family } from './entry.ts';
import { isMissing, notThere, ofProgram, pathOf } from './own-program.ts';
import type { Failure } from './failures.ts';
import { fileAt, type Scene } from './scene.ts';

export const order = 92;

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

/** Links on the way to a program. */
export const family: Family = {
  id: 'links',
  title: 'Symbolic links',
  causes: [
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
  ],
};
