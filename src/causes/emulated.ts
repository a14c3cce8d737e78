import { shown } from '../model/bytes-text.ts';
import type { Confidence } from '../model/diagnosis.ts';
import { isKnown } from '../model/facts.ts';
import { upgradeFix } from '../model/rule-fixes.ts';
import { engineToFix } from './engine-fix.ts';
import { advice } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { type Running, type Scene, takerOf } from './scene.ts';
import { nameOf } from './words.ts';

/** The program that an emulator runs: by a rule, or because the emulator was started by hand. */
export function emulated({ running }: Scene): Running | undefined {
  return running.find(
    ({ hops, program }) => takenByRule(hops) || /(?:^|\/)qemu-[\w-]+$/.test(program.argv[0] ?? ''),
  );
}

export function subject(scene: Scene): string {
  const found = emulated(scene);
  return found === undefined ? 'the program' : nameOf(found.program);
}

/** The text is an emulator's own; with an emulated program among the facts they fit each other. */
export function sureness(scene: Scene): Confidence {
  return emulated(scene) === undefined ? 'possible' : 'likely';
}

export function versionLine(scene: Scene): string[] {
  const taker = takerOf(scene, emulated(scene)?.hops ?? []);
  if (taker === undefined) return [];
  const path = taker.rule.interpreter;
  const version = isKnown(scene.facts.kernel)
    ? scene.facts.kernel.runs.find(({ emulator }) => emulator?.path === path)?.emulator?.version
    : undefined;
  return [`emulated by ${version ?? shown(path)}`];
}

export function hangs({ facts }: Scene): string[] {
  return facts.container?.state.running === true
    ? [
        'the container still runs: as process 1 the emulator cannot end itself by a signal (docker run --init helps)',
      ]
    : [];
}

export function upgrade(scene: Scene) {
  const taker = takerOf(scene, emulated(scene)?.hops ?? []);
  if (taker?.hop.architecture === undefined) {
    return advice(
      'Try a newer emulator (xbuild binfmt add ARCH --replace --image tonistiigi/binfmt@sha256:…), or run the program on a machine of its own architecture. In a Dockerfile, build with FROM --platform=$BUILDPLATFORM and cross-compile.',
    );
  }
  return upgradeFix(engineToFix(scene), taker.rule, taker.hop.architecture);
}

export function cpuLine({ facts }: Scene): string[] {
  const cpu = (facts.container?.config ?? facts.image?.config)?.runtimeEnv['QEMU_CPU'];
  return cpu === undefined ? [] : [`QEMU_CPU=${cpu} limits what the emulated CPU can do`];
}
