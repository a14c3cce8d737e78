import type { Inventory, InventoryFile } from '../model/inventory.ts';
import {
  Directory,
  FarLink,
  isSymlink,
  OTHER,
  PLAIN,
  TextFile,
  type Listed,
  type Node,
} from './layer-tree.ts';

/**
 * What engines lay over an image's files in every container: nobody sees the image's own. The
 * probe leaves out the same (native/mounts.h).
 */
const laidOver: ReadonlySet<string> = new Set([
  '/dev',
  '/proc',
  '/sys',
  '/.xbuild',
  '/.dockerenv',
  '/run/.containerenv',
  '/etc/hosts',
  '/etc/hostname',
  '/etc/resolv.conf',
]);

function isLaidOver(path: string, node: Node): boolean {
  if (laidOver.has(path)) return true;
  // Engines make this link where an image has none.
  return path === '/etc/mtab' && isSymlink(node) && node.target === '/proc/mounts';
}

/** What a file's head says. */
function kindOf({ head = '' }: Listed): 'elf' | 'script' | undefined {
  // Base64 of 7f 'E' 'L' 'F' and of '#!': the last digit of each holds bits of the next byte.
  if (/^f0VMR[g-v]/.test(head)) return 'elf';
  return head.startsWith('IyE') ? 'script' : undefined;
}

/** The inventory of a tree: its files by path, each inode's head once. */
export function listFiles(root: Directory): Pick<Inventory, 'files' | 'counts'> {
  const counts = { files: 0, directories: 0, symlinks: 0, elf: 0, scripts: 0 };
  const found: { path: string; node: Listed }[] = [];
  const walk = (directory: Directory, path: string) => {
    for (const [name, node] of directory.entries) {
      const below = `${path}/${name}`;
      if (isLaidOver(below, node)) continue;
      if (node instanceof Directory) {
        counts.directories++;
        walk(node, below);
      } else if (node === PLAIN || node instanceof TextFile) counts.files++;
      else if (node !== OTHER && !(node instanceof FarLink)) {
        found.push({ path: below, node });
        count(counts, node);
      }
    }
  };
  walk(root, '');
  found.sort((one, other) => (one.path < other.path ? -1 : 1));
  return { files: withLinks(found), counts };
}

function count(counts: Inventory['counts'], node: Listed): void {
  counts[node.kind === 'symlink' ? 'symlinks' : 'files']++;
  const kind = kindOf(node);
  if (kind === 'elf') counts.elf++;
  if (kind === 'script') counts.scripts++;
}

/** Names the first path where others are the same inode. */
function withLinks(found: readonly { path: string; node: Listed }[]): InventoryFile[] {
  const first = new Map<Listed, string>();
  return found.map(({ path, node }) => {
    const before = first.get(node);
    const { commands: _commands, ...own } = node;
    if (before === undefined || node.kind !== 'file') {
      first.set(node, path);
      return { path, ...own };
    }
    const { head: _head, links: _links, interpreter: _interpreter, ...rest } = own;
    return { path, ...rest, hardLinkOf: before };
  });
}
