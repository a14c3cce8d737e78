import type { CiSystem, Fold } from '../ci/system.ts';
import type { ProgressSink } from '../progress/sink.ts';

function now(): number {
  return Date.now() / 1000;
}

/** Progress in which each phase is a part of the CI system's log that can be folded away. */
export function foldPhases(
  sink: ProgressSink,
  ci: CiSystem | undefined,
  write: (line: string) => void,
): ProgressSink {
  if (ci?.foldStart === undefined) return sink;
  let count = 0;
  let open: Fold | undefined;
  const end = (): void => {
    const line = open === undefined ? undefined : ci.foldEnd?.({ ...open, now: now() });
    if (line !== undefined) write(line);
    open = undefined;
  };
  return {
    ...sink,
    phase(text) {
      end();
      open = { id: `xbuild_${++count}`, title: text, now: now() };
      write(ci.foldStart?.(open) ?? text);
    },
    close() {
      end();
      if (count > 0 && ci.afterFolds !== undefined) write(ci.afterFolds);
      sink.close();
    },
  };
}
