import type { Engine } from '../io/engine.ts';
import { findArchitecture } from '../model/architecture.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown, type KernelFacts, type Known } from '../model/facts.ts';
import { probeKernel } from '../probe/probe.ts';

/** What of the engine's kernel is asked for. */
export interface KernelQuestion {
  /** The engine's, in Go's words. */
  architecture: string;
  /** Which of the probe's programs to run. */
  programs: readonly string[];
  signal: AbortSignal;
  whileWaiting?: (() => void) | undefined;
}

/** Asks the engine's kernel; what cannot be had is an unknown fact. */
export async function readKernelFacts(
  engine: Engine,
  { architecture, programs, signal, whileWaiting: onStarting }: KernelQuestion,
): Promise<Known<KernelFacts>> {
  try {
    return await probeKernel(engine.docker, { architecture, programs, signal, onStarting });
  } catch (error) {
    const failure = engine.failure(error);
    if (failure instanceof XbuildError && failure.code.startsWith('engine-')) throw failure;
    signal.throwIfAborted();
    return { unknown: `the engine's kernel: ${failure.message}` };
  }
}

/** Two answers of one kernel: of the second the runs and interpreters are added. */
export function joinKernels(
  one: Known<KernelFacts>,
  other: Known<KernelFacts>,
): Known<KernelFacts> {
  if (!isKnown(one)) return other;
  if (!isKnown(other)) return one;
  const ran = new Set(other.runs.map(({ program }) => program));
  const looked = new Set(other.interpreters.map(({ path }) => path));
  return {
    ...other,
    runs: [...one.runs.filter(({ program }) => !ran.has(program)), ...other.runs],
    interpreters: [
      ...one.interpreters.filter(({ path }) => !looked.has(path)),
      ...other.interpreters,
    ],
  };
}

/** The 32-bit architecture whose programs a 64-bit CPU may run as well, and whether most kernels do. */
const narrower: Readonly<Record<string, { name: string; usual: boolean }>> = {
  amd64: { name: '386', usual: true },
  arm64: { name: 'arm', usual: false },
};

/** That architecture; undefined where there is none. */
export function narrowerOf(architecture: string): string | undefined {
  return narrower[findArchitecture(architecture)?.name ?? architecture]?.name;
}

/** What a kernel of that architecture executes itself, in Docker's words: by its runs, else what is usual. */
export function nativeOf(architecture: string, kernel: Known<KernelFacts>): string[] {
  const name = findArchitecture(architecture)?.name ?? architecture;
  const other = narrower[name];
  if (other === undefined) return [name];
  const runs = isKnown(kernel)
    ? kernel.runs.filter(({ program }) => program.split('-')[0] === other.name)
    : [];
  const runsIt =
    runs.length === 0
      ? other.usual
      : runs.some(({ outcome, emulator }) => outcome === 'ran' && emulator === undefined);
  return runsIt ? [name, other.name] : [name];
}
