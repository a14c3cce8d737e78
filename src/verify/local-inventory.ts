import { recallInventory, rememberInventory } from '../inventory/remember.ts';
import { XbuildError } from '../model/errors.ts';
import { isKnown, type Known } from '../model/facts.ts';
import type { Inventory } from '../model/inventory.ts';
import type { Platform } from '../model/platform.ts';
import type { VerifySession } from './verify-image.ts';

/** An image of an engine's, and what its layers are called. */
export interface LocalImage {
  /** Name or id, for the engine. */
  image: string;
  platform: Platform;
  diffIds?: readonly string[];
}

/** What the same layers held when they were last looked at. */
export async function recallFiles(
  { diffIds }: LocalImage,
  { options }: VerifySession,
): Promise<Inventory | undefined> {
  return diffIds === undefined ? undefined : recallInventory(options.cache, diffIds);
}

export async function rememberFiles(
  { diffIds }: LocalImage,
  inventory: Known<Inventory>,
  { options }: VerifySession,
): Promise<void> {
  if (diffIds === undefined || !isKnown(inventory)) return;
  await rememberInventory(options.cache, diffIds, inventory);
}

/** Where nothing can be run in the image: through a container that is never started. */
export async function exportFiles(
  { image, platform }: LocalImage,
  { engine, options }: VerifySession,
): Promise<Known<Inventory>> {
  try {
    const { readInventorySource } = await import('../inventory/read-source.ts');
    const { images } = await readInventorySource(
      { kind: 'image', name: image },
      { ...options, engine, platforms: [platform], way: 'export' },
    );
    return images[0]?.inventory ?? { unknown: 'the engine gave nothing out' };
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code !== 'engine-refused') throw error;
    return { unknown: error.message };
  }
}
