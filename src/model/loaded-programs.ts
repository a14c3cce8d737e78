import type { DiagnosisFacts } from './diagnosis.ts';

/** A program that a dynamic loader starts. Byte strings. */
export interface LoadedProgram {
  /** An index of the facts' traces. */
  index: number;
  /** Its own path, without links. */
  program: string;
  /** PT_INTERP. */
  loader: string;
  libraryPath: string;
}

/** The programs among the traces whose loader is there: by the kernel, or by an emulator. */
export function loadedPrograms(facts: DiagnosisFacts): LoadedProgram[] {
  const { traces, container, image } = facts;
  const { runtimeEnv } = container?.config ?? image?.config ?? { runtimeEnv: {} };
  const libraryPath = (runtimeEnv as Readonly<Record<string, string>>)['LD_LIBRARY_PATH'] ?? '';
  return traces.flatMap(({ trace }, index) => {
    const end = trace?.end;
    if (end?.ok !== true) return [];
    const program = trace?.hops.findLast(({ kind }) => kind === 'elf');
    // What an emulator runs is the file that its rule took, with a loader of its own.
    const taken = trace?.hops.find(({ taken: { by } }) => by === 'rule');
    if (end.guestLoader?.state === 'present' && taken !== undefined)
      return [{ index, program: taken.path, loader: end.guestLoader.path, libraryPath }];
    if (taken !== undefined || end.loader === undefined || program === undefined) return [];
    if (program.taken.by !== 'native' || program.taken.loader === null) return [];
    return [{ index, program: program.path, loader: program.taken.loader, libraryPath }];
  });
}
