import type { FileFacts } from '../model/facts.ts';
import type { Check } from '../model/preflight.ts';
import { elfOf, interpreterOf, notElf } from './interpreter-file.ts';
import { aboutReplaceable } from './scene.ts';
import type { Fault, Scene } from './scene.ts';
import type { Wanted } from './wanted.ts';
import { ruleLine } from './words.ts';

export const order = 190;

const id = 'interpreter-native';

export const check: Check = {
  id,
  title: "The interpreters are programs for the engine's CPU",
  run: (input) =>
    aboutReplaceable(
      id,
      input,
      'No interpreter of a wanted platform is known to be foreign.',
      faultOf,
    ),
};

function faultOf(scene: Scene, wanted: Wanted): Fault[] {
  const { rule } = wanted;
  const file = interpreterOf(scene.kernel, wanted)?.file;
  if (rule === undefined || file === undefined) return [];
  const what = whatItIs(scene, file);
  if (what === undefined) return [];
  const complaint = {
    message: `The interpreter of rule ${rule.name}, ${file.path}, is ${what}.`,
    why: "Only a program for the engine's own CPU can emulate another one; with flag O or C the kernel does not even start a script.",
    evidence: [ruleLine(rule), `the engine's architecture is ${scene.engine.architecture}`],
  };
  return [{ wanted, complaint }];
}

function whatItIs(scene: Scene, file: FileFacts): string | undefined {
  const text = notElf(file);
  if (text !== undefined) {
    return text.line === undefined ? 'no program' : `a script ("${text.line}")`;
  }
  if (!isForeign(scene, file)) return undefined;
  const name = elfOf(file)?.architecture?.name;
  return name === undefined ? 'a program for an unknown CPU' : `a program for ${name}`;
}

/** 64-bit CPUs and the 32-bit programs that most of them run too. */
const thirtyTwoBit: Readonly<Record<string, string>> = { amd64: '386', arm64: 'arm' };

function isForeign(scene: Scene, file: FileFacts): boolean {
  const elf = elfOf(file);
  if (elf === undefined) return false;
  const own = scene.engine.architecture;
  const name = elf.architecture?.name;
  return name !== own && (name === undefined || name !== thirtyTwoBit[own]);
}
