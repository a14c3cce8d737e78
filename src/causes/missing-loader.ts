import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { ofFailures } from './entry.ts';
import { takenByRule } from './foreign.ts';
import type { Failure } from './failures.ts';
import { type Scene, signsOf } from './scene.ts';
import { nameOf } from './words.ts';

/** A loader that is not there: the kernel's failure, or an emulator's. */
interface Missing {
  program: string;
  loader: string;
  at: string;
}

export function ofMissing(
  scene: Scene,
  tell: (missing: Missing) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return (
    ofFailures(scene, (failure) => {
      const gone = missingByKernel(failure);
      return gone === undefined ? undefined : tell(gone);
    }) ?? ofGuest(scene, tell)
  );
}

function missingByKernel({ opening, errno, hops, last, name, at }: Failure): Missing | undefined {
  if (opening !== 'loader' || takenByRule(hops) || last === undefined) return undefined;
  if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'ELOOP') return undefined;
  return { program: shown(last.name), loader: shown(name ?? at), at: shown(at) };
}

/** The emulator opens the loader of its program itself, in the container. */
function ofGuest(
  scene: Scene,
  tell: (missing: Missing) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  const [sign] = signsOf(scene, 'emulator-loader');
  for (const { program, end, index } of scene.running) {
    const { guestLoader } = end;
    if (guestLoader?.state !== 'absent') continue;
    const told = tell({
      program: nameOf(program),
      loader: shown(guestLoader.path),
      at: shown(guestLoader.path),
    });
    if (told === undefined) continue;
    const { message, fix, evidence = [] } = told;
    const certain = sign !== undefined || scene.facts.surface.stage === 'never';
    return {
      confidence: certain ? 'certain' : 'likely',
      message,
      fix,
      evidence: [...(sign === undefined ? [] : [sign.line]), ...evidence],
      trace: index,
    };
  }
  return undefined;
}
