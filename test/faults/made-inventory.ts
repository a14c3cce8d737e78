import type { ElfLinks, Inventory, InventoryFile } from '../../src/model/inventory.ts';
import type { Finding } from '../../src/model/finding.ts';
import { formatPlatform, parsePlatform } from '../../src/model/platform.ts';
import { findFaults, type Faults } from '../../src/faults/find-faults.ts';
import { groupSpots } from '../../src/faults/group-spots.ts';
import { madeElf, type ElfParts } from '../verify/made-elf.ts';

/** An ELF file of a made-up image. */
export interface MadeProgram extends ElfParts {
  mode?: number;
  links?: Partial<ElfLinks>;
}

/** A program or library, a script's text, or a link. */
export type MadeEntry = MadeProgram | string | { link: string } | { script: string; mode: number };

const owner = { uid: 0, gid: 0, errno: 'ok' };

function headOf(bytes: Buffer): Pick<InventoryFile, 'head' | 'size'> {
  return { head: bytes.subarray(0, 256).toString('base64'), size: bytes.length };
}

function entryOf(path: string, entry: MadeEntry): InventoryFile {
  if (typeof entry === 'string') return entryOf(path, { script: entry, mode: 0o755 });
  if ('link' in entry) {
    return { path, kind: 'symlink', mode: 0o777, ...owner, target: entry.link };
  }
  if ('script' in entry) {
    const head = headOf(Buffer.from(entry.script, 'latin1'));
    return { path, kind: 'file', mode: entry.mode, ...owner, ...head };
  }
  const { mode = 0o755, links, loader } = entry;
  const interpreter = loader === undefined ? {} : { interpreter: loader };
  const whole = { needed: [], requires: [], provides: [], ...links };
  return {
    path,
    kind: 'file',
    mode,
    ...owner,
    ...headOf(madeElf(entry)),
    ...interpreter,
    links: whole,
  };
}

/** The inventory of a made-up image. */
export function madeInventory(entries: Readonly<Record<string, MadeEntry>>): Inventory {
  const files = Object.keys(entries)
    .toSorted()
    .flatMap((path) => {
      const entry = entries[path];
      return entry === undefined ? [] : [entryOf(path, entry)];
    });
  return {
    by: 'probe',
    files,
    counts: { files: files.length, directories: 0, symlinks: 0, elf: 0, scripts: 0 },
    unreadable: { count: 0, examples: [] },
  };
}

export interface MadeImage {
  platform?: string;
  files: Readonly<Record<string, MadeEntry>>;
  env?: readonly string[];
  path?: readonly string[];
  /** Files that ENTRYPOINT executes. */
  starts?: readonly string[];
  /** The file that the engine starts itself. */
  first?: string;
  texts?: Readonly<Record<string, string | null>>;
  rule?: { name: string; flags: string };
  /** Changes of the inventory itself. */
  inventory?: Partial<Inventory>;
}

/** Looks for the faults of a made-up image for linux/arm64, with PATH=/usr/bin:/bin, unless it says otherwise. */
export function faultsOf(made: MadeImage): Faults {
  return findFaults({
    inventory: { ...madeInventory(made.files), ...made.inventory },
    platform: parsePlatform(made.platform ?? 'linux/arm64'),
    env: made.env ?? [],
    path: made.path ?? ['/usr/bin', '/bin'],
    starts: new Map((made.starts ?? []).map((path) => [path, "the image's ENTRYPOINT names it"])),
    ...(made.first === undefined ? {} : { first: made.first }),
    texts: new Map(Object.entries(made.texts ?? {})),
    ...(made.rule === undefined ? {} : { rule: made.rule }),
  });
}

/** What is wrong, one line a file: `fail wrong-architecture /app`. */
export function told(made: MadeImage): string[] {
  return faultsOf(made).spots.map(({ status, fault, path }) => `${status} ${fault} ${path}`);
}

export function findingsOf(made: MadeImage): Finding[] {
  const platform = formatPlatform(parsePlatform(made.platform ?? 'linux/arm64'));
  return groupSpots(faultsOf(made).spots, platform);
}

/** A glibc and its loader for an architecture. */
export function glibc(
  architecture: string,
  loader: string,
  versions: readonly string[] = ['GLIBC_2.36'],
): Record<string, MadeEntry> {
  return {
    [loader]: { architecture, links: { soname: loader.slice(loader.lastIndexOf('/') + 1) } },
    '/lib/libc.so.6': { architecture, links: { soname: 'libc.so.6', provides: [...versions] } },
  };
}

export const ARM64_LOADER = '/lib/ld-linux-aarch64.so.1';
export const AMD64_LOADER = '/lib64/ld-linux-x86-64.so.2';

/** A dynamically linked arm64 program. */
export function program(
  needed: readonly string[] = ['libc.so.6'],
  links: Partial<ElfLinks> = {},
): MadeProgram {
  return { architecture: 'arm64', loader: ARM64_LOADER, links: { needed: [...needed], ...links } };
}

export function library(soname: string, links: Partial<ElfLinks> = {}): MadeProgram {
  return { architecture: 'arm64', mode: 0o644, links: { soname, ...links } };
}
