import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { cpuArchOfAttributes } from '../model/elf-arm.ts';
import { isaLevelOfProperties } from '../model/elf-note.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { Fault, Spot } from './fault.ts';
import type { ImageFile } from './image-files.ts';
import { reachLine, weigh, type FaultScene } from './scene.ts';

export const order = 20;

function numberOf({ variant }: Platform, fallback: number): number {
  return Number(/\d+/.exec(variant ?? '')?.[0] ?? fallback);
}

/** Libraries for better CPUs, which the loader takes only where they run. */
const HWCAPS = /\/(?:glibc-hwcaps|haswell|avx512_1|neon|vfp|tls)\//;

function levelOf({ elf, links }: ImageFile): number {
  const properties = links?.properties;
  const known =
    properties === undefined
      ? elf?.isaLevel
      : isaLevelOfProperties(bytesOfBase64(properties), elf?.class === 64);
  return known ?? 1;
}

function level(file: ImageFile, scene: FaultScene): Spot | undefined {
  const needed = levelOf(file);
  const platform = formatPlatform(scene.platform);
  if (file.elf?.architecture?.name !== 'amd64' || needed <= numberOf(scene.platform, 1)) {
    return undefined;
  }
  return {
    path: file.path,
    // Every amd64 CPU since 2009 has v2, and whole distributions are built for it.
    status: needed === 2 ? 'warn' : weigh(scene, file),
    message: `${shown(file.path)} says that it needs x86-64-v${needed}, and the image is for ${platform}`,
    several: `say that they need x86-64-v${needed}, and the image is for ${platform}`,
    why: `CPUs without x86-64-v${needed} take the image and then refuse the program ("CPU ISA level is lower than required"), or it ends in "illegal instruction".`,
    evidence: reachLine(scene, file),
    fix: {
      text: 'Build it for an older level (-march=x86-64, GOAMD64=v1), or label the image for what it needs.',
      commands: [`xbuild build --platform linux/amd64/v${needed} .`],
    },
  };
}

function cpuArchOf({ elf, links }: ImageFile): string | null {
  const attributes = links?.armAttributes;
  if (attributes === undefined) return elf?.arm?.cpuArch ?? null;
  return cpuArchOfAttributes(bytesOfBase64(attributes));
}

/**
 * A library's attributes are the highest of its parts, and some choose their parts by CPU: Debian's
 * libgcrypt says v8 and libnettle v6 in ports for less. Of the C library and of programs they are true.
 */
function weighAttributes(scene: FaultScene, file: ImageFile): Spot['status'] {
  const isLibrary = typeof file.loader !== 'string' && /\.so(?:\.|$)/.test(file.path);
  return isLibrary && !/\/(?:libc[.-]|ld-)[^/]*$/.test(file.path) ? 'warn' : weigh(scene, file);
}

function armArch(file: ImageFile, scene: FaultScene): Spot | undefined {
  const cpuArch = cpuArchOf(file) ?? '';
  const needed = Number(/\d+/.exec(cpuArch)?.[0] ?? 0);
  const promised = numberOf(scene.platform, 7);
  if (needed <= promised) return undefined;
  const platform = formatPlatform(scene.platform);
  return {
    path: file.path,
    status: weighAttributes(scene, file),
    message: `${shown(file.path)} is built for ARM${cpuArch}, and the image is for ${platform}`,
    several: `are built for ARM${cpuArch}, and the image is for ${platform}`,
    why: `On an ARMv${promised} CPU (a Raspberry Pi Zero is ARMv6) it ends in "illegal instruction". An emulator hides that.`,
    evidence: reachLine(scene, file),
    fix: {
      text: `Build it with -march=armv${promised} (Go: GOARM=${promised}), and take base images for ${platform}.`,
      commands: [],
    },
  };
}

function hardFloat(file: ImageFile, scene: FaultScene): Spot | undefined {
  if (numberOf(scene.platform, 7) > 5 || file.elf?.arm?.float !== 'hard') return undefined;
  const platform = formatPlatform(scene.platform);
  return {
    path: file.path,
    status: weigh(scene, file),
    message: `${shown(file.path)} passes floating-point values in VFP registers, and the image is for ${platform}`,
    several: `pass floating-point values in VFP registers, and the image is for ${platform}`,
    why: 'Most ARMv5 machines have no VFP: it ends in "illegal instruction" there.',
    evidence: reachLine(scene, file),
    fix: {
      text: 'Build it with -mfloat-abi=soft, and take base images for linux/arm/v5 (Debian calls it armel).',
      commands: [],
    },
  };
}

/** Programs and libraries of the right architecture that need a better CPU than the platform promises. */
export const fault: Fault = {
  id: 'wrong-variant',
  find: (scene) =>
    scene.elves.flatMap((file) => {
      if (file.elf === undefined || scene.runs(file.elf) !== 'yes') return [];
      if (HWCAPS.test(file.path)) return [];
      if (scene.platform.architecture === 'amd64') return level(file, scene) ?? [];
      if (scene.platform.architecture !== 'arm') return [];
      return armArch(file, scene) ?? hardFloat(file, scene) ?? [];
    }),
};
