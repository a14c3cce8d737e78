import type { FileFacts } from './facts.ts';

/** What an ELF file asks of its loader and offers to others. Strings are byte strings. */
export interface ElfLinks {
  /** DT_NEEDED, in order. */
  needed: string[];
  soname?: string;
  rpath?: string;
  runpath?: string;
  /** DT_VERNEED, one a version: `libc.so.6 GLIBC_2.34` (file, blank, version); no weak ones. */
  requires: string[];
  /** DT_VERDEF, the versions that it defines: `GLIBC_2.34`; not its own name, which stands first. */
  provides: string[];
  /** The smallest p_align of its PT_LOAD entries. */
  loadAlignment?: number;
  /** Base64 of the PT_GNU_PROPERTY segment, at most 512 bytes. */
  properties?: string;
  /** Base64 of the section .ARM.attributes, at most 512 bytes. */
  armAttributes?: string;
  /** Why something above is missing, the first that was met; absent where all is read. */
  incomplete?: 'past-end' | 'too-large' | 'damaged';
}

/**
 * One file of an image. `head` is at most 256 bytes here. Scripts and ELF files have a head,
 * symbolic links a target; other regular files are listed only where they can be executed.
 */
export interface InventoryFile extends FileFacts {
  /** ELF files of the types EXEC and DYN. */
  links?: ElfLinks;
  /** The path, of all that are the same inode, under which the file's head stands; absent there. */
  hardLinkOf?: string;
  /** Diff id of the layer that the file comes from, where the way of reading tells. */
  layer?: string;
}

/** All that can be executed in one image of one platform, or could not be read. */
export interface Inventory {
  /** How it was read. */
  by: 'probe' | 'export' | 'save' | 'registry' | 'layout';
  /**
   * ELF files, scripts, files with an execute bit and symbolic links, in the order of their paths'
   * bytes. Paths are absolute byte strings without links, `.` and `..` before their last part.
   */
  files: InventoryFile[];
  /** What was walked over. */
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
