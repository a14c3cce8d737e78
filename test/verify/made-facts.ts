import type { FileFacts, RunFacts } from '../../src/model/facts.ts';
import { parsePlatform } from '../../src/model/platform.ts';
import type { RunAnswer } from '../../src/probe/decode.ts';
import type { ImageConfig, ImageFacts, InsideFacts } from '../../src/verify/image-facts.ts';
import { madeElf, type ElfParts } from './made-elf.ts';

/** A file of a made-up image: its content, a program, or a link. */
export type MadeFile =
  | string
  | { elf: ElfParts; mode?: number; uid?: number }
  | { link: string }
  | { text: string; mode: number; uid?: number };

function factsOf(path: string, file: MadeFile): FileFacts {
  const owner = { uid: 0, gid: 0 };
  if (typeof file === 'object' && 'link' in file) {
    return { path, errno: 'ok', kind: 'symlink', mode: 0o777, ...owner, target: file.link };
  }
  const bytes =
    typeof file === 'string'
      ? Buffer.from(file, 'latin1')
      : 'elf' in file
        ? madeElf(file.elf)
        : Buffer.from(file.text, 'latin1');
  const mode = typeof file === 'object' ? (file.mode ?? 0o755) : 0o755;
  const uid = typeof file === 'object' ? (file.uid ?? 0) : 0;
  const head = bytes.subarray(0, 4096).toString('base64');
  return { path, errno: 'ok', kind: 'file', mode, uid, gid: 0, size: bytes.length, head };
}

/** Every file, every folder on its way, and for each path in `absent` that it is not there. */
export function madeFiles(
  files: Readonly<Record<string, MadeFile>>,
  absent: readonly string[] = [],
): FileFacts[] {
  const root = { path: '/', errno: 'ok', kind: 'directory' as const, mode: 0o755, uid: 0, gid: 0 };
  const made = new Map<string, FileFacts>([['/', root]]);
  for (const path of [...Object.keys(files), ...absent]) {
    const parts = path.split('/').filter((part) => part !== '');
    for (let depth = 0; depth < parts.length; depth++) {
      const folder = `/${parts.slice(0, depth).join('/')}`;
      const facts = { path: folder, errno: 'ok', kind: 'directory' as const };
      if (!made.has(folder)) made.set(folder, { ...facts, mode: 0o755, uid: 0, gid: 0 });
    }
  }
  for (const [path, file] of Object.entries(files)) made.set(path, factsOf(path, file));
  for (const path of absent) made.set(path, { path, errno: 'ENOENT' });
  return [...made.values()];
}

/** `uname -m` by the image's own program. */
export function ownUname(output: string, more: Partial<RunAnswer> = {}): RunAnswer {
  return { path: '/bin/uname', outcome: 'exit', exitStatus: 0, output: `${output}\n`, ...more };
}

/** The image has no uname. */
export const noUname: RunAnswer = { path: 'uname', outcome: 'errno', errno: 'ENOENT', output: '' };

/** The probe's program ran, under an emulator unless it says otherwise. */
export function guestRan(machine: string, emulated = true): RunFacts {
  const emulator = { path: '/usr/bin/qemu-aarch64-static' };
  return {
    program: 'arm64',
    head: '',
    outcome: 'ran',
    machine,
    ...(emulated ? { emulator } : {}),
  };
}

export interface Made {
  platform?: string;
  config?: Partial<ImageConfig>;
  files?: Readonly<Record<string, MadeFile>>;
  absent?: readonly string[];
  inside?: ImageFacts['inside'];
  declared?: ImageFacts['declared'];
  native?: string;
  noSupport?: string;
}

const answers: InsideFacts = { uname: ownUname('aarch64'), guest: guestRan('aarch64') };

/** Facts of an image `app:1`; for linux/arm64 and with a good uname unless something else is said. */
export function madeFacts(made: Made): ImageFacts {
  const platform = parsePlatform(made.platform ?? 'linux/arm64');
  const plain = { entrypoint: [], cmd: [], env: ['PATH=/usr/bin:/bin'], user: '', workingDir: '' };
  return {
    reference: 'app:1',
    platform,
    native: made.native ?? 'amd64',
    ...(made.noSupport === undefined ? {} : { noSupport: made.noSupport }),
    declared: made.declared ?? { config: platform },
    config: { ...plain, ...made.config },
    inside: made.inside ?? answers,
    files: madeFiles(made.files ?? {}, made.absent),
  };
}
