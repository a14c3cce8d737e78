import type { Finding } from '../model/finding.ts';
import type { Check } from '../model/preflight.ts';
import { upgradeFix } from '../model/rule-fixes.ts';
import { knownEmulators } from './known-emulators.ts';
import type { KnownEmulator } from './known-emulators.ts';
import { aboutKernel } from './scene.ts';
import type { Scene } from './scene.ts';
import { compareVersions, versionNumbers } from './version.ts';
import type { Wanted } from './wanted.ts';
import { emulatorText } from './words.ts';

export const order = 210;

const id = 'emulator-version';

/** The version of the emulator that executed the probe's program, not of one that lies about. */
export const check: Check = {
  id,
  title: 'The emulators are not known to break images',
  run: (input) =>
    aboutKernel(id, input, 'No emulator in use is known to break images.', (scene) =>
      scene.wanted.flatMap((wanted) => [...faults(scene, wanted), ...level(scene, wanted)]),
    ),
};

function versionOf(wanted: Wanted): number[] | undefined {
  const text = wanted.run?.emulator?.version ?? '';
  const version = /^qemu-\S+ version (?<number>\d+(?:\.\d+)+)/.exec(text)?.groups?.['number'];
  return version === undefined ? undefined : versionNumbers(version);
}

function isIn({ range: [first, last] }: KnownEmulator, version: readonly number[]): boolean {
  return (
    compareVersions(version, versionNumbers(first) ?? []) >= 0 &&
    compareVersions(version, versionNumbers(last) ?? []) <= 0
  );
}

function faults(scene: Scene, wanted: Wanted): Finding[] {
  const { run } = wanted;
  const version = versionOf(wanted);
  if (run === undefined || version === undefined) return [];
  return knownEmulators
    .filter((known) => isIn(known, version))
    .map(({ symptom, source }) => ({
      id,
      status: 'warn',
      platform: wanted.name,
      message: `qemu ${version.join('.')}, which runs ${wanted.name}, is known to break some images.`,
      why: `Reported: ${symptom}.`,
      evidence: [emulatorText(run) ?? '', `source: ${source}`],
      fix: upgradeFix(scene.engine, wanted.rule, wanted.platform.architecture),
    }));
}

function level(scene: Scene, wanted: Wanted): Finding[] {
  const { run } = wanted;
  if (run?.outcome !== 'ran' || run.emulator === undefined || run.level !== 1) return [];
  return [
    {
      id,
      status: 'warn',
      platform: wanted.name,
      message: `The emulator of ${wanted.name} shows a CPU of x86-64-v1 only.`,
      why: 'Images that need x86-64-v2 (RHEL 9 and its kin) stop with "Fatal glibc error: CPU does not support x86-64-v2".',
      evidence: [emulatorText(run) ?? '', "cpuid, as the probe's program saw it: level 1"],
      fix: upgradeFix(scene.engine, wanted.rule, wanted.platform.architecture),
    },
  ];
}
