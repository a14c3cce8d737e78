import type { Elf } from '../model/elf.ts';
import type { Hop } from '../model/exec-trace.ts';
import type { Status } from '../model/finding.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import { shown } from '../model/bytes-text.ts';
import { kindOf } from './describe.ts';
import type { Complaint } from './explain-failure.ts';
import type { ProgramScene } from './program-scene.ts';

type VariantComplaint = Complaint & { status: Status };

/** As the judgement of all files calls it, which says the same where only that saw the program's notes. */
const id = 'wrong-variant';

/** Judges a program of the right architecture by what it needs beyond: a variant, a level, an ABI. */
export function judgeVariant(hop: Hop | undefined, scene: ProgramScene): VariantComplaint[] {
  const node = hop === undefined ? undefined : scene.view.lstat(hop.path);
  if (hop === undefined || typeof node !== 'object') return [];
  const kind = kindOf(node);
  if (!('elf' in kind)) return [];
  const path = shown(hop.path);
  const { elf } = kind;
  return [i386(path, elf, scene), level(path, elf, scene), arm(path, elf, scene)].flatMap(
    (complaint) =>
      complaint === undefined ? [] : [{ ...complaint, location: { path: hop.path } }],
  );
}

function i386(path: string, elf: Elf, { platform }: ProgramScene): VariantComplaint | undefined {
  if (platform.architecture !== 'amd64' || elf.architecture?.name !== '386') return undefined;
  return {
    id: 'entrypoint-architecture',
    status: 'warn',
    message: `${path} is a 32-bit 386 program in an image for ${formatPlatform(platform)}`,
    why: 'Most amd64 kernels run it, but not those without 32-bit emulation, and an emulator for amd64 does not.',
  };
}

function numberOf({ variant }: Platform, fallback: number): number {
  return Number(/\d+/.exec(variant ?? '')?.[0] ?? fallback);
}

function level(path: string, elf: Elf, { platform }: ProgramScene): VariantComplaint | undefined {
  const needed = elf.isaLevel ?? 1;
  const promised = numberOf(platform, 1);
  if (elf.architecture?.name !== 'amd64' || needed <= promised) return undefined;
  return {
    id,
    // Every amd64 CPU since 2009 has v2, and whole distributions are built for it.
    status: needed === 2 ? 'warn' : 'fail',
    message: `${path} says that it needs x86-64-v${needed}, and the image is for ${formatPlatform(platform)}`,
    why: `CPUs without x86-64-v${needed} take the image and then refuse the program.`,
    fix: {
      text: `Build it for an older level, or label the image for what it needs.`,
      commands: [`xbuild build --platform linux/amd64/v${needed} .`],
    },
  };
}

/** 32-bit ARM: `v7E-M`, `v6KZ`, `v5TE` are levels 7, 6 and 5. */
function arm(path: string, elf: Elf, { platform }: ProgramScene): VariantComplaint | undefined {
  if (platform.architecture !== 'arm' || elf.arm === undefined) return undefined;
  const promised = numberOf(platform, 7);
  const needed = Number(/\d+/.exec(elf.arm.cpuArch ?? '')?.[0] ?? 0);
  if (needed > promised) {
    return {
      id,
      status: 'fail',
      message: `${path} is built for ARM${elf.arm.cpuArch}, and the image is for ${formatPlatform(platform)}`,
      why: `On an ARMv${promised} CPU (a Raspberry Pi Zero is ARMv6) it ends in "illegal instruction". An emulator hides that.`,
      fix: {
        text: `Build it with -march=armv${promised} (Go: GOARM=${promised}), and take base images for ${formatPlatform(platform)}.`,
        commands: [],
      },
    };
  }
  if (promised > 5 || elf.arm.float !== 'hard') return undefined;
  return {
    id,
    status: 'fail',
    message: `${path} passes floating-point values in VFP registers, and the image is for ${formatPlatform(platform)}`,
    why: 'Most ARMv5 machines have no VFP: it ends in "illegal instruction" there.',
  };
}
