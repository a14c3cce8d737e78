import { isKnown } from '../model/facts.ts';
import { viewOfFacts, type FileNode, type FileView } from '../model/file-view.ts';
import type { Inventory, InventoryFile } from '../model/inventory.ts';
import type { ImageFacts } from './image-facts.ts';

const directory: FileNode = { kind: 'directory', mode: 0o755, uid: 0, gid: 0 };
/** Files that are no programs, and so in no inventory; whether they are there, it cannot tell. */
const texts = new Set(['/etc/passwd', '/etc/group']);

/** PT_INTERP as the inventory tells it; undefined where the file's headers were not read. */
function interpreterOf({ interpreter, links }: InventoryFile): string | null | undefined {
  return interpreter ?? (links === undefined || links.incomplete !== undefined ? undefined : null);
}

function nodesOf(inventory: Inventory): ReadonlyMap<string, FileNode> {
  const byPath = new Map(inventory.files.map((file) => [file.path, file]));
  const nodes = new Map<string, FileNode>();
  for (const file of inventory.files) {
    const { path, kind, mode = 0, uid = 0, gid = 0, size, target, hardLinkOf } = file;
    if (kind === undefined) continue;
    const content = (hardLinkOf === undefined ? undefined : byPath.get(hardLinkOf)) ?? file;
    const interpreter = interpreterOf(content);
    // Of an empty file everything is known.
    const head = content.head ?? (size === 0 ? '' : undefined);
    nodes.set(path, {
      kind,
      mode,
      uid,
      gid,
      ...(size === undefined ? {} : { size }),
      ...(target === undefined ? {} : { target }),
      ...(head === undefined ? {} : { head }),
      ...(interpreter === undefined ? {} : { interpreter }),
    });
  }
  return nodes;
}

function directoriesOf(inventory: Inventory): ReadonlySet<string> {
  // What stands in /etc is text, mostly.
  const directories = new Set(['/', '/etc']);
  for (const { path } of inventory.files) {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at);
      if (directories.has(parent)) break;
      directories.add(parent);
    }
  }
  return directories;
}

function viewOfInventory(inventory: Inventory): FileView {
  const listed = nodesOf(inventory);
  const directories = directoriesOf(inventory);
  const isWhole = inventory.incomplete === undefined && inventory.unreadable.count === 0;
  return {
    lstat: (path) => {
      const node = listed.get(path);
      if (node !== undefined) return node;
      if (directories.has(path)) return directory;
      return isWhole && !texts.has(path) ? 'ENOENT' : undefined;
    },
  };
}

/**
 * The image's files, as far as they are known: those that were looked at one by one, then the
 * inventory, to which a file that cannot be executed does not exist.
 */
export function viewOfImage({ files, inventory }: ImageFacts): FileView {
  const seen = viewOfFacts(files);
  if (inventory === undefined || !isKnown(inventory)) return seen;
  const rest = viewOfInventory(inventory);
  return { lstat: (path) => seen.lstat(path) ?? rest.lstat(path) };
}
