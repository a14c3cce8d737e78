import { bytesOfBase64 } from '../model/bytes.ts';
import { shown } from '../model/bytes-text.ts';
import { describeHead } from '../model/file-kind.ts';
import { formatPlatform } from '../model/platform.ts';
import type { Fault, Spot } from './fault.ts';
import { isExecutable, nameOfPath, type ImageFile } from './image-files.ts';
import { reachLine, type FaultScene } from './scene.ts';

export const order = 15;

type System = 'macOS' | 'Windows';

const systems: Readonly<Record<string, System>> = {
  'mach-o': 'macOS',
  'mach-o-fat': 'macOS',
  pe: 'Windows',
};

const fixes: Readonly<Record<System, string>> = {
  macOS:
    'Build or download it for Linux. What was compiled on a Mac (node_modules, target, bin) is kept out of the build context with .dockerignore.',
  Windows: 'Build or download it for Linux, or install what runs it (wine, mono).',
};

/** What runs Windows programs on Linux; with one of them in the PATH they may well be meant. */
const RUNNERS =
  /^(?:wine(?:64)?(?:-stable|-development|-staging)?|mono(?:-sgen)?|dotnet|hangover)$/;

function systemOf({ elf, script, head }: ImageFile): System | undefined {
  if (elf !== undefined || script !== undefined || head === undefined) return undefined;
  return systems[describeHead(bytesOfBase64(head)).kind];
}

function hasRunner(scene: FaultScene): boolean {
  return [...scene.reach.keys()].some((path) => RUNNERS.test(nameOfPath(path)));
}

function spotOf(file: ImageFile, system: System, scene: FaultScene): Spot {
  const platform = formatPlatform(scene.platform);
  return {
    path: file.path,
    status: 'fail',
    message: `${shown(file.path)} is a ${system} program, and the image is for ${platform}`,
    several: `are ${system} programs, and the image is for ${platform}`,
    why: 'On Linux it ends in "exec format error".',
    evidence: reachLine(scene, file),
    fix: { text: fixes[system], commands: [] },
  };
}

/** Programs of other systems (Mach-O, PE) where the image comes by them; elsewhere nothing executes them. */
export const fault: Fault = {
  id: 'foreign-system',
  find: (scene) => {
    const spots: Spot[] = [];
    let runner: boolean | undefined;
    for (const path of scene.reach.keys()) {
      const file = scene.files.find(path);
      if (file === undefined || !isExecutable(file)) continue;
      const system = systemOf(file);
      if (system === undefined) continue;
      if (system === 'Windows' && (runner ??= hasRunner(scene))) continue;
      spots.push(spotOf(file, system, scene));
    }
    return spots.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  },
};
