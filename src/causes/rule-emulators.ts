import { shown } from '../model/bytes-text.ts';
import { architectureOfElf } from '../model/architecture.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { describeHead } from '../model/file-kind.ts';
import { replaceFix } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice, type Family } from './entry.ts';
import { emulatorFor, interpretedOf, ruleLine, takenByRule } from './foreign.ts';
import { heldOf } from './held-interpreter.ts';
import {
  formatError,
  isNative,
  lines,
  loop,
  missing,
  ofInterpreter,
  packaged,
  repair,
  replace,
  taken,
} from './interpreter-failure.ts';
import type { Failure } from './failures.ts';
import { hostFile, type Scene, signsOf } from './scene.ts';
import { nameOf, withArticle } from './words.ts';

export const order = 22;

function isLoaderOfInterpreter({ opening, hops }: Failure): boolean {
  return opening === 'loader' && hops.length > 1 && hops.at(-2)?.taken.by === 'rule';
}

function dynamic(scene: Scene): CauseMatch | undefined {
  return (
    ofInterpreter(scene, (failure, interpreted) => {
      if (!isLoaderOfInterpreter(failure)) return undefined;
      return {
        message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is dynamically linked: its loader ${shown(failure.name ?? '')} is looked up inside the container and cannot be used`,
        evidence: lines(scene, interpreted.rule),
        fix: replace(scene, interpreted),
      };
    }) ??
    dynamicByLibrary(scene) ??
    dynamicUnseen(scene) ??
    dynamicByRun(scene)
  );
}

/** The loader was in the container, and does not find the emulator's libraries there. */
function dynamicByLibrary(scene: Scene): CauseMatch | undefined {
  const sign = signsOf(scene, 'library').find(({ path = '' }) => emulatorFor(path) !== undefined);
  if (sign === undefined) return undefined;
  const started = scene.running.find(({ hops }) => takenByRule(hops));
  const interpreted = started === undefined ? undefined : interpretedOf(started.hops);
  return {
    confidence:
      started?.end.loader === undefined
        ? scene.facts.target.kind === 'log'
          ? 'possible'
          : 'likely'
        : 'certain',
    message: `the emulator ${sign.path ?? ''} is dynamically linked, and its libraries are looked up inside the container`,
    evidence: [sign.line, ...(interpreted === undefined ? [] : lines(scene, interpreted.rule))],
    fix:
      interpreted === undefined
        ? advice(
            'Use a static emulator: xbuild binfmt add ARCH --replace finds one; or the package qemu-user-static, or tonistiigi/binfmt.',
          )
        : replace(scene, interpreted),
  };
}

/** Nothing was started, and it can be told what would come: the loader is there, by chance. */
function dynamicUnseen(scene: Scene): CauseMatch | undefined {
  if (scene.facts.surface.stage !== 'never') return undefined;
  for (const { hops, end, program, index } of scene.running) {
    const interpreted = interpretedOf(hops);
    if (interpreted === undefined || end.loader === undefined) continue;
    return {
      confidence: 'likely',
      message: `${nameOf(program)} is taken by rule ${shown(interpreted.rule)}, whose interpreter ${shown(interpreted.interpreter)} is dynamically linked and would look for its libraries inside the container`,
      evidence: lines(scene, interpreted.rule),
      fix: replace(scene, interpreted),
      trace: index,
    };
  }
  return undefined;
}

/** What the kernel holds open cannot be seen; then the probe's own run tells what came of it. */
function dynamicByRun(scene: Scene): CauseMatch | undefined {
  const held = heldOf(scene);
  if (held?.errno !== 'ENOENT') return undefined;
  return {
    confidence: 'likely',
    message: `${held.subject} is taken by rule ${shown(held.rule.name)}, whose interpreter ${shown(held.rule.interpreter)} is not usable inside a container: its loader is missing there`,
    evidence: [
      ruleLine(held.rule),
      "the probe's own program for this architecture ended in ENOENT, too",
    ],
    fix: replaceFix(engineToFix(scene), [held.rule], held.architectures),
  };
}

const gaveUp = new Set([
  'foreign-architecture',
  'too-many-interpreters',
  'interpreter-needs-interpreter',
]);

function foreignInterpreter(scene: Scene): CauseMatch | undefined {
  return (
    ofInterpreter(scene, (failure, interpreted) => {
      const { hop } = interpreted;
      if (hop !== undefined && hop.kind !== 'elf' && hop.taken.by === 'nothing')
        return {
          message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is no program: it is ${hop.words}`,
          evidence: lines(scene, interpreted.rule),
          fix: replace(scene, interpreted),
        };
      if (!gaveUp.has(failure.reason) || hop?.kind !== 'elf' || isNative(scene, hop))
        return undefined;
      return {
        message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is itself ${withArticle(hop.architecture ?? 'unknown')} program`,
        evidence: lines(scene, interpreted.rule),
        fix: replace(scene, interpreted),
      };
    }) ?? foreignByFile(scene)
  );
}

function foreignByFile(scene: Scene): CauseMatch | undefined {
  const held = heldOf(scene);
  const file = held === undefined ? undefined : hostFile(scene, held.rule.interpreter);
  const kind = describeHead(bytesOfBase64(file?.head ?? ''));
  if (held === undefined || kind.kind !== 'elf' || !('elf' in kind)) return undefined;
  const name = architectureOfElf(kind.elf)?.name ?? '';
  if (scene.facts.native.includes(name)) return undefined;
  return {
    confidence: 'likely',
    message: `${held.subject} is taken by rule ${shown(held.rule.name)}, whose interpreter ${shown(held.rule.interpreter)} is itself ${withArticle(name)} program`,
    evidence: [ruleLine(held.rule)],
    fix: replaceFix(engineToFix(scene), [held.rule], held.architectures),
  };
}

function scriptInterpreter(scene: Scene): CauseMatch | undefined {
  return ofInterpreter(scene, (failure, interpreted) => {
    const { hop } = interpreted;
    if (hop?.taken.by !== 'script') return undefined;
    return {
      message: `${taken(failure, interpreted)}, whose interpreter ${shown(interpreted.interpreter)} is a script: its own interpreter ${shown(hop.taken.interpreter)} is looked up inside the container, where it is not the machine's`,
      evidence: lines(scene, interpreted.rule),
      fix: replace(scene, interpreted),
    };
  });
}

/** A rule takes the program, and its interpreter is no emulator that runs. */
export const family: Family = {
  id: 'rule-emulators',
  title: 'Emulation: the emulator of the rule cannot run',
  causes: [
    {
      id: 'rule-interpreter-is-script',
      title: "the rule's interpreter is a script",
      why: "The script's own #! line is followed inside the container. There /bin/sh is missing or of the foreign architecture, so the kernel goes round (ELOOP), or refuses a second interpreter where the rule has flag O or C (ENOEXEC).",
      seen: [formatError, loop, missing],
      proof: 'The file that the rule names begins with #! and not with ELF.',
      remedy:
        'Name the emulator itself in the rule, and give it options by its environment (QEMU_CPU …) in the container.',
      prevent: packaged,
      before: ['rule-interpreter-foreign', 'shebang-interpreter-missing', 'shebang-loop'],
      find: scriptInterpreter,
    },
    {
      id: 'rule-interpreter-dynamic',
      title: 'the emulator is dynamically linked',
      why: 'With flag F the kernel has the emulator open, but its loader and its libraries are still looked up inside the container, where they are missing or foreign.',
      seen: [missing, '/usr/bin/qemu-aarch64: error while loading shared libraries: libz.so.1: …'],
      proof:
        "The rule has F, and the emulator's file has a PT_INTERP that is not in the container.",
      remedy: repair,
      prevent: packaged,
      before: ['loader-missing', 'libc-mismatch', 'library-missing', 'loader-wrong-architecture'],
      find: dynamic,
    },
    {
      id: 'rule-interpreter-foreign',
      title: 'the emulator is built for another architecture than the machine',
      why: 'A qemu that was taken from the wrong package is a foreign program itself: its own rule takes it again until the kernel gives up (ELOOP), or at once where the rule has flag O or C (ENOEXEC). A file that is no program at all (a failed download) ends the same way.',
      seen: [loop, formatError],
      proof: "The e_machine of the emulator's own file is not the machine's.",
      remedy: repair,
      prevent: packaged,
      find: foreignInterpreter,
    },
  ],
};
