import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { isElf, readElf } from '../model/elf.ts';
import { isKnown } from '../model/facts.ts';
import { cpuLine, emulated, hangs, subject, sureness, upgrade, versionLine } from './emulated.ts';
import { advice, type Family } from './entry.ts';
import type { Sign } from './log-signatures.ts';
import { fileAt, type Scene, signsOf, takerOf } from './scene.ts';

export const order = 40;

const signals: Readonly<Record<number, string>> = {
  4: 'SIGILL, illegal instruction',
  5: 'SIGTRAP, trap',
  6: 'SIGABRT, aborted',
  7: 'SIGBUS, bus error',
  8: 'SIGFPE, arithmetic error',
  11: 'SIGSEGV, segmentation fault',
};

/** The signal that ended an emulated program: by qemu's message, else by the exit status. */
function signalOf(scene: Scene): { signal: number; sign?: Sign } | undefined {
  const [sign] = signsOf(scene, 'emulator-signal');
  if (sign?.signal !== undefined) return { signal: sign.signal, sign };
  const { exitCode, stage } = scene.facts.surface;
  if (stage !== 'program' || exitCode === null || emulated(scene) === undefined) return undefined;
  const signal = exitCode - 128;
  // SIGABRT is also how programs end themselves; only with qemu's message is it the emulation's.
  return signal === 4 || signal === 11 || signal === 7 ? { signal } : undefined;
}

/** The emulator gave up by itself. */
function gaveUp(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'emulator-crash');
  if (sign === undefined) return undefined;
  return {
    confidence: sureness(scene),
    message: `the emulator of ${subject(scene)} gave up`,
    evidence: [sign.line, ...versionLine(scene)],
    fix: upgrade(scene),
  };
}

function crash(scene: Scene): CauseMatch | undefined {
  const found = signalOf(scene);
  if (found === undefined) return gaveUp(scene);
  if (found.signal === 4) return undefined;
  return {
    confidence: sureness(scene),
    message: `${subject(scene)} crashed under emulation (${signals[found.signal] ?? `signal ${found.signal}`})`,
    evidence: [
      ...(found.sign === undefined ? [`exit status ${found.signal + 128}`] : [found.sign.line]),
      ...versionLine(scene),
      ...hangs(scene),
    ],
    fix: upgrade(scene),
  };
}

function illegal(scene: Scene): CauseMatch | undefined {
  const found = signalOf(scene);
  if (found?.signal !== 4) return undefined;
  return {
    confidence: sureness(scene),
    message: `${subject(scene)} uses an instruction that the emulated CPU does not have (SIGILL)`,
    evidence: [
      ...(found.sign === undefined ? ['exit status 132'] : [found.sign.line]),
      ...versionLine(scene),
      ...cpuLine(scene),
      ...hangs(scene),
    ],
    fix:
      cpuLine(scene).length > 0 || takerOf(scene, emulated(scene)?.hops ?? []) === undefined
        ? advice('Let qemu show a CPU with more features, or build the program for less.', [
            'docker run -e QEMU_CPU=max …',
          ])
        : upgrade(scene),
  };
}

/** The level of x86-64 that a program's ELF note asks for, and the one that the kernel showed. */
function levels(scene: Scene): { path: string; needed: number; has: number } | undefined {
  if (!isKnown(scene.facts.kernel)) return undefined;
  const has = scene.facts.kernel.runs.find(({ program }) => program === 'amd64')?.level;
  if (has === undefined) return undefined;
  for (const { hops } of scene.running) {
    for (const hop of hops) {
      const elf = readElf(bytesOfBase64(fileAt(scene, hop.path)?.head ?? ''));
      const needed = isElf(elf) ? elf.isaLevel : undefined;
      if (typeof needed === 'number' && needed > has) return { path: hop.name, needed, has };
    }
  }
  return undefined;
}

function cpuLevel(scene: Scene): CauseMatch | undefined {
  const fix = advice(
    'Use an image that is built for the x86-64 baseline, run it on a CPU that has the level, or let qemu show more of a CPU.',
    ['docker run -e QEMU_CPU=max …'],
  );
  const [sign] = signsOf(scene, 'cpu-level');
  const low = levels(scene);
  if (low !== undefined && scene.failed) {
    return {
      confidence: sign === undefined ? 'likely' : 'certain',
      message: `${shown(low.path)} is built for x86-64-v${low.needed}, and the CPU here has x86-64-v${low.has}`,
      evidence: sign === undefined ? [] : [sign.line],
      fix,
    };
  }
  if (sign === undefined) return undefined;
  const wanted =
    sign.word === undefined ? 'a higher level of x86-64' : sign.word.replace(/^v/, 'x86-64-v');
  return {
    confidence: scene.running.length === 0 ? 'possible' : 'likely',
    message: `the program is built for ${wanted}, which the CPU here does not have`,
    evidence: [sign.line],
    fix,
  };
}

function kernelTooOld(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'kernel-too-old');
  if (sign === undefined) return undefined;
  const { facts } = scene;
  const faked = (facts.container?.config ?? facts.image?.config)?.runtimeEnv['QEMU_UNAME'];
  const kernel = facts.engine?.kernelVersion;
  return {
    confidence:
      faked !== undefined ? 'certain' : scene.running.length === 0 ? 'possible' : 'likely',
    message: `the C library of ${subject(scene)} wants a newer kernel than the one it sees${faked === undefined ? '' : `: QEMU_UNAME says ${faked}`}`,
    evidence: [sign.line, ...(kernel === undefined ? [] : [`the engine's kernel is ${kernel}`])],
    fix:
      faked === undefined
        ? advice(
            'Run it on a newer kernel, or use an image with an older C library. Look for QEMU_UNAME in the environment and for -r among the options of qemu.',
          )
        : advice('Take QEMU_UNAME out of the environment.', ['docker run -e QEMU_UNAME= …']),
  };
}

const ENOSYS = 38;

/** A program that ends with the number of the error that it got, and says nothing. */
function silentPtrace(scene: Scene): CauseMatch | undefined {
  const { surface } = scene.facts;
  const isSilent = surface.stage === 'program' && surface.lines.length === 0;
  if (surface.exitCode !== ENOSYS || !isSilent || emulated(scene) === undefined) return undefined;
  return {
    confidence: 'possible',
    message: `${subject(scene)} ended with ${ENOSYS}, the number of ENOSYS: it wants a system call that the emulator does not have, which is most often ptrace(2)`,
    evidence: versionLine(scene),
    fix: ownTracing,
  };
}

const ownTracing = advice(
  "Use qemu's own tracing in place of strace and gdb: QEMU_STRACE=1 prints system calls, QEMU_GDB=1234 waits for gdb.",
  ['docker run -e QEMU_STRACE=1 …'],
);

function ptrace(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'ptrace');
  if (sign === undefined) return silentPtrace(scene);
  return {
    confidence: sureness(scene),
    message: `${subject(scene)} uses ptrace(2), which user-mode emulation does not have`,
    evidence: [sign.line, ...versionLine(scene)],
    fix: ownTracing,
  };
}

/** The program runs under an emulator, and ends there. */
export const family: Family = {
  id: 'emulation-runtime',
  title: 'Emulation: the program starts, and fails under it',
  causes: [
    {
      id: 'kernel-too-old',
      title: 'the C library wants a newer kernel',
      why: 'glibc before 2.36 compares the release of uname(2) with the least that it was built for. qemu can fake that release (QEMU_UNAME, -r).',
      seen: ['FATAL: kernel too old'],
      proof:
        'The line is printed by glibc; QEMU_UNAME is set, or uname -r on the machine really says less.',
      remedy: 'Take QEMU_UNAME (or -r) away, or run it on a newer kernel.',
      prevent: 'Do not set QEMU_UNAME in images.',
      before: ['emulated-crash'],
      find: kernelTooOld,
    },
    {
      id: 'cpu-level-too-low',
      title: 'the program wants a higher level of x86-64 (v2, v3, v4)',
      why: "Distributions build for x86-64-v2 (RHEL 9) or v3. qemu's usual CPU and older machines have less, and glibc or the program itself refuses, or it dies of SIGILL.",
      seen: [
        'Fatal glibc error: CPU does not support x86-64-v2',
        'CPU ISA level is lower than required',
      ],
      proof: 'The program has a note GNU_PROPERTY_X86_ISA_1_NEEDED above what the CPU shows.',
      remedy: 'Use an image for the x86-64 baseline, or show more of a CPU: QEMU_CPU=max.',
      prevent: 'Build for -march=x86-64, or publish variants (linux/amd64/v3) beside it.',
      before: ['emulated-illegal-instruction'],
      find: cpuLevel,
    },
    {
      id: 'emulated-illegal-instruction',
      title: 'the emulated CPU lacks an instruction',
      why: 'Newer programs (V8, SWC, AVX code) use instructions that this version of qemu, or the CPU model that it shows, does not have. As process 1 the emulator cannot even end itself, and the container hangs.',
      seen: [
        'qemu: uncaught target signal 4 (Illegal instruction) - core dumped',
        'exit status 132 with --init, else a container that hangs',
      ],
      proof: 'The same program runs on a CPU of its own architecture.',
      remedy: 'Try a newer qemu or QEMU_CPU=max, or run it on a machine of its architecture.',
      prevent:
        'Build on the native architecture (FROM --platform=$BUILDPLATFORM, native runners), and emulate only to test.',
      before: ['emulated-crash'],
      find: illegal,
    },
    {
      id: 'emulated-crash',
      title: 'the program crashed under emulation',
      why: 'qemu prints the signal of the program. Either the program has a fault of its own, or qemu emulates something wrongly (ldconfig and libc-bin under qemu before 9.2.2 and 10.1.3 are known). As process 1 the emulator cannot end itself, and the container hangs while it looks healthy.',
      seen: [
        'qemu: uncaught target signal 11 (Segmentation fault) - core dumped',
        'exit status 139 or 134 with --init, else a container that hangs',
      ],
      proof:
        'Run the same program on a machine of its architecture: if it crashes there, too, it is its own fault.',
      remedy:
        'Try a newer qemu, or run it on a machine of its architecture; start containers with --init so that they end.',
      prevent:
        'Cross-compile (FROM --platform=$BUILDPLATFORM) instead of compiling under emulation.',
      find: crash,
    },
    {
      id: 'ptrace-under-emulation',
      title: 'strace or gdb under emulation',
      why: 'User-mode emulation has no ptrace(2): debuggers and tracers cannot work on emulated programs.',
      seen: ['strace: ptrace(PTRACE_TRACEME, ...): Function not implemented'],
      proof: 'The failing call is ptrace, and the program is emulated.',
      remedy: "Use qemu's own: QEMU_STRACE=1, QEMU_GDB=port.",
      prevent: 'Debug on a machine of the architecture.',
      find: ptrace,
    },
  ],
};
