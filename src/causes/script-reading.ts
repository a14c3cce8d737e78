import { shown } from '../model/bytes-text.ts';
import type { CauseMatch, Confidence, DiagnosedFile } from '../model/diagnosis.ts';
import { permits } from '../model/credentials.ts';
import { shellQuote } from '../model/escape.ts';
import { advice } from './entry.ts';
import { fileAt, type Running, type Scene } from './scene.ts';
import { baseName, modeText } from './words.ts';

const shell = /^(?:ba|da|a|k|mk|z)?sh$/;
/** With which busybox, dash and bash end where they cannot open the script. */
const endings = new Set([2, 126, 127]);

/** The script that a shell is given: by the kernel behind #!, or as its first word. */
export function readScript({ program, hops }: Running): string | undefined {
  const hop = hops.findLast(({ taken }) => taken.by === 'script');
  if (hop !== undefined) return hop.path;
  const [name = '', first = ''] = program.argv;
  return shell.test(baseName(name)) && first.startsWith('/') ? first : undefined;
}

/** The same, where it is a shell that reads it. */
export function shellScript(running: Running): string | undefined {
  const hop = running.hops.findLast(({ taken }) => taken.by === 'script');
  if (hop?.taken.by === 'script' && !shell.test(baseName(hop.taken.interpreter))) return undefined;
  return readScript(running);
}

/** Undefined where nothing says that this program failed. */
function confidenceIn({ facts, failed }: Scene, { program }: Running): Confidence | undefined {
  const { surface } = facts;
  if (program.role === 'mentioned' || program.role === 'health') return undefined;
  if (surface.stage === 'never') return program.role === 'child' ? 'likely' : 'certain';
  return failed && endings.has(surface.exitCode ?? 0) ? 'certain' : undefined;
}

function isUnreadable(file: DiagnosedFile | undefined, { program }: Running): boolean {
  if (file?.kind !== 'file' || file.mode === undefined) return false;
  const { mode, uid = 0, gid = 0 } = file;
  return !permits(program.user, { kind: 'file', mode, uid, gid }, 'read');
}

/** The kernel only has to execute a script; its interpreter opens it, with the user's rights. */
export function unreadableScript(scene: Scene): CauseMatch | undefined {
  for (const running of scene.running) {
    const path = readScript(running);
    const confidence = confidenceIn(scene, running);
    const file = path === undefined ? undefined : fileAt(scene, path);
    if (path === undefined || confidence === undefined || !isUnreadable(file, running)) continue;
    const name = shown(path);
    const { uid } = running.program.user;
    return {
      confidence,
      message: `${name} is a script that user ${uid} may not read, and its interpreter has to`,
      evidence: [
        `${name}: mode ${modeText(file?.mode ?? 0)}, owner ${file?.uid ?? 0}:${file?.gid ?? 0}`,
      ],
      fix: advice(
        'Let the user read it: scripts need the permission to be read, programs do not.',
        [`COPY --chmod=755 ${shellQuote(baseName(name))} ${shellQuote(name)}`],
      ),
      trace: running.index,
    };
  }
  return undefined;
}
