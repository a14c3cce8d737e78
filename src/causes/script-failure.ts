import { shown } from '../model/bytes-text.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { ofFailures } from './entry.ts';
import type { Failure } from './failures.ts';
import type { Scene } from './scene.ts';

export const missing = 'exec /start.sh: no such file or directory';

export const formatError = 'exec /start.sh: exec format error';

/** A script's interpreter that cannot be opened. */
export function ofInterpreter(
  scene: Scene,
  tell: (
    script: string,
    name: string,
    failure: Failure,
  ) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    if (failure.opening !== 'script-interpreter') return undefined;
    return tell(shown(failure.last?.name ?? ''), shown(failure.name ?? ''), failure);
  });
}

/** The script that started a program, by name. */
export function scriptOf({ facts }: Scene, { program }: Failure): string {
  const parent = facts.traces[program.parent ?? -1];
  const hop = parent?.trace?.hops.find(({ taken }) => taken.by === 'script');
  return shown(hop?.name ?? parent?.argv[0] ?? 'the script');
}
