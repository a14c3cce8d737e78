import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { describeHead } from '../model/file-kind.ts';
import { cutOff } from '../model/library-walk.ts';
import { advice } from './entry.ts';
import { fileAt, type Running, type Scene, signsOf } from './scene.ts';
import { nameOf } from './words.ts';

/** The loader of an emulated program that is there, and no loader for it. */
function guestFault(
  scene: Scene,
): { running: Running; loader: string; kind: 'foreign' | 'damaged'; words: string } | undefined {
  if (!scene.failed) return undefined;
  for (const running of scene.running) {
    const { guestLoader } = running.end;
    const program = running.hops[0]?.architecture;
    if (guestLoader?.state !== 'present' || program === undefined) continue;
    const head = fileAt(scene, resolved(scene, guestLoader.path))?.head;
    if (head === undefined) continue;
    const kind = describeHead(bytesOfBase64(head));
    const loader = shown(guestLoader.path);
    if (kind.kind !== 'elf') return { running, loader, kind: 'damaged', words: kind.words };
    if ('elf' in kind && kind.architecture?.name !== program)
      return { running, loader, kind: 'foreign', words: kind.words };
  }
  return undefined;
}

/** Follows the last part of a path where it is a link to an absolute path or a neighbour. */
function resolved(scene: Scene, path: string): string {
  const target = fileAt(scene, path)?.target;
  if (target === undefined) return path;
  return target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
}

/** The kernel maps what there is of a loader; it dies when it touches the rest. */
export function cutLoader(scene: Scene): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  for (const { index, end, program } of scene.running) {
    const path = end.guestLoader?.path ?? end.loader;
    const file = path === undefined ? undefined : fileAt(scene, resolved(scene, path));
    const kind = describeHead(bytesOfBase64(file?.head ?? ''));
    const words = 'elf' in kind ? cutOff(kind.elf.programHeaders, file?.size) : undefined;
    if (words === undefined || path === undefined) continue;
    return {
      confidence: 'certain',
      message: `${nameOf(program)} is started by the loader ${shown(path)}, which is ${words}`,
      evidence: [],
      fix: advice(again),
      trace: index,
    };
  }
  return undefined;
}

export function byGuest(scene: Scene, kind: 'foreign' | 'damaged'): CauseMatch | undefined {
  const fault = guestFault(scene);
  if (fault?.kind !== kind) return undefined;
  const refused = signsOf(scene, 'emulator-refuses', 'emulator-loader');
  return {
    confidence: refused.length > 0 ? 'certain' : 'likely',
    message: `${nameOf(fault.running.program)} is started by the loader ${fault.loader}, which is ${fault.words}`,
    evidence: refused.map(({ line }) => line),
    fix: advice(kind === 'foreign' ? foreignLibc : again),
    trace: fault.running.index,
  };
}

export const foreignLibc =
  'Take the C library from the same platform as the program: COPY --from a stage of the platform of the image.';

export const again = 'Install the C library again (libc6, musl), and do not copy over it.';
