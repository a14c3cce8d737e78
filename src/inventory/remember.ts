import { createHash } from 'node:crypto';
import type { Inventory } from '../model/inventory.ts';
import type { Cache } from './cache.ts';
import type { LayerScan } from './scan-layer.ts';
import { decodeTree, encodeTree, type TreeCode } from './tree-code.ts';

/** Changes whenever what is kept means something else, or is found out in another way. */
const format = 3;

interface KeptLayer extends Omit<LayerScan, 'root'> {
  root: TreeCode;
}

/** A layer that was read before, by the digest of its bytes: of an unpacked one that is its diff id. */
export async function recallLayer(cache: Cache, digest: string): Promise<LayerScan | undefined> {
  const kept = await recall<KeptLayer>(cache, `layer ${digest}`);
  return kept === undefined ? undefined : { ...kept, root: decodeTree(kept.root) };
}

/** Keeps a layer that was read whole. */
export async function rememberLayer(cache: Cache, scan: LayerScan): Promise<void> {
  if (scan.fault !== undefined) return;
  const kept: KeptLayer = { ...scan, root: encodeTree(scan.root) };
  await cache.put(keyOf(`layer ${scan.digest}`), JSON.stringify(kept));
}

/** The inventory of an image that was read as a whole, by its layers' diff ids. */
export async function recallInventory(
  cache: Cache,
  diffIds: readonly string[],
): Promise<Inventory | undefined> {
  return recall<Inventory>(cache, wholeKey(diffIds));
}

/** Keeps the inventory of an image that was read as a whole; one that is not complete is not kept. */
export async function rememberInventory(
  cache: Cache,
  diffIds: readonly string[],
  inventory: Inventory,
): Promise<void> {
  if (inventory.incomplete !== undefined || inventory.unreadable.count > 0) return;
  await cache.put(keyOf(wholeKey(diffIds)), JSON.stringify(inventory));
}

function wholeKey(diffIds: readonly string[]): string {
  return `image ${createHash('sha256').update(diffIds.join('\n')).digest('hex')}`;
}

function keyOf(name: string): string {
  return `${format} ${name}`;
}

async function recall<T>(cache: Cache, name: string): Promise<T | undefined> {
  const text = await cache.get(keyOf(name));
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
