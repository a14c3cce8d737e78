import type { FileFacts } from './facts.ts';

export type { ElfLinks } from './facts.ts';

/**
 * One file of an image. `head` is at most 256 bytes here. Scripts and ELF files have a head,
 * symbolic links a target; other regular files are listed only where they can be executed.
 */
export interface InventoryFile extends FileFacts {
  /** The path, of all that are the same inode, under which the file's head stands; absent there. */
  hardLinkOf?: string;
  /** Diff id of the layer that the file comes from, where the way of reading tells. */
  layer?: string;
}

/**
 * All that can be executed in one image of one platform, or could not be read. What engines lay
 * over an image is left out: /dev, /proc and /sys with all below, /.dockerenv, /run/.containerenv,
 * /etc/hosts, /etc/hostname, /etc/resolv.conf, and /etc/mtab where it leads to /proc/mounts.
 */
export interface Inventory {
  /** How it was read. */
  by: 'probe' | 'export' | 'save' | 'registry' | 'layout';
  /**
   * ELF files, scripts, files with an execute bit and symbolic links, in the order of their paths'
   * bytes. Paths are absolute byte strings without links, `.` and `..` before their last part.
   */
  files: InventoryFile[];
  /** What was walked over; the root itself does not count. */
  counts: { files: number; directories: number; symlinks: number; elf: number; scripts: number };
  /** Files and directories that could not be read: how many, and at most 20 of them. */
  unreadable: { count: number; examples: { path: string; errno: string }[] };
  /** Why it is not all there; absent where it is. */
  incomplete?: string;
}

/** One layer of an image: whose instruction made it. */
export interface LayerOrigin {
  diffId: string;
  /** From 0, the base's first. */
  index: number;
  /** The history entry's `created_by`, as it stands there; untrusted. */
  createdBy?: string;
}
