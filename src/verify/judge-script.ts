import { permits, type Credentials } from '../model/credentials.ts';
import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { Finding } from '../model/finding.ts';
import { walkPath } from '../model/path-walk.ts';
import { formatPlatform } from '../model/platform.ts';
import { parseScriptLine } from '../model/script.ts';
import { ownerLine } from './describe.ts';
import { walkerOf, type ProgramScene } from './program-scene.ts';
import type { NamedProgram } from './programs.ts';
import { findProgram, instructionOf } from './start-command.ts';

/** Why a user cannot read a file that the walk found with the rights of root. */
function deniedAt(path: string, user: Credentials, scene: ProgramScene): string | undefined {
  const walk = walkPath({ ...walkerOf(scene), credentials: user }, path);
  if ('errno' in walk && walk.reason === 'search-denied') return walk.at;
  return 'node' in walk && !permits(user, walk.node, 'read') ? walk.path : undefined;
}

/**
 * A script that the image starts and its user may not read. The kernel only has to execute it,
 * which engines see to with the rights of root; its interpreter opens it with the user's.
 */
export function unreadableScript(
  { name }: NamedProgram,
  user: Credentials,
  scene: ProgramScene,
): Finding | undefined {
  const lookup = findProgram(name, scene.config, walkerOf(scene));
  if (!('found' in lookup) || lookup.found.node.head === undefined) return undefined;
  if ('notScript' in parseScriptLine(bytesOfBase64(lookup.found.node.head))) return undefined;
  const at = deniedAt(lookup.path, user, scene);
  const node = at === undefined ? undefined : scene.view.lstat(at);
  if (at === undefined || typeof node !== 'object') return undefined;
  const [path, place] = [shown(lookup.path), shown(at)];
  const isFile = node.kind === 'file';
  return {
    id: 'entrypoint-script',
    status: 'fail',
    platform: formatPlatform(scene.platform),
    message: isFile
      ? `${path} is a script that user ${user.uid} may not read, and its interpreter has to`
      : `${path} is a script in ${place}, which user ${user.uid} may not enter, and its interpreter has to read it`,
    why: `Starting the image ends in "can't open '${path}': Permission denied".`,
    evidence: [
      `${instructionOf(scene.config)} of ${scene.reference}, USER ${scene.config.user}`,
      ownerLine(at, node),
    ],
    fix: {
      text: isFile
        ? 'Let the user read it: scripts need the permission to be read, programs do not.'
        : 'Put it into a directory that everybody may enter: /root is for root only.',
      commands: [
        `COPY --chmod=755 ${path.replace(/^.*\//, '')} ${isFile ? path : '/usr/local/bin/'}`,
      ],
    },
    location: { path: lookup.found.path },
  };
}
