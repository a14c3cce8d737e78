import { createHash } from 'node:crypto';
import type { Cache } from '../inventory/cache.ts';
import { rememberInventory } from '../inventory/remember.ts';
import { XbuildError } from '../model/errors.ts';
import type { ImageContent } from '../model/image-content.ts';
import type { Inventory, LayerOrigin } from '../model/inventory.ts';
import { samePlatform } from '../model/platform.ts';
import type { LocalImage } from './local-inventory.ts';
import type { VerifySession } from './verify-image.ts';

/** Which layer each file is from. */
export type Places = ReadonlyMap<string, LayerOrigin>;

/** The layers of an inventory that tells them. */
export function placesIn(inventory: Inventory, layers: readonly LayerOrigin[]): Places {
  const byDiffId = new Map(layers.map((layer) => [layer.diffId, layer]));
  return new Map(
    inventory.files.flatMap(({ path, layer }) => {
      const origin = layer === undefined ? undefined : byDiffId.get(layer);
      return origin === undefined ? [] : [[path, origin]];
    }),
  );
}

function keyOf(diffIds: readonly string[]): string {
  return `origins ${createHash('sha256').update(diffIds.join('\n')).digest('hex')}`;
}

async function recallOrigins(cache: Cache, diffIds: readonly string[]): Promise<LayerOrigin[]> {
  const text = await cache.get(keyOf(diffIds));
  return text === undefined ? [] : (JSON.parse(text) as LayerOrigin[]);
}

/**
 * Which layer the files of a local image are from. Only what `docker save` writes tells, so it is
 * asked only where something is wrong; empty where the engine does not let it.
 */
export async function placeFiles(
  local: LocalImage,
  inventory: Inventory,
  { engine, options }: VerifySession,
): Promise<Places> {
  const { cache } = options;
  const { diffIds = [], image, platform } = local;
  if (inventory.files.some(({ layer }) => layer !== undefined)) {
    const origins = await recallOrigins(cache, diffIds);
    if (origins.length > 0) return placesIn(inventory, origins);
  }
  const content = await readSaved(image, platform, { engine, options });
  if (content === undefined) return new Map();
  if (diffIds.length > 0) {
    await rememberInventory(cache, diffIds, content.inventory);
    await cache.put(keyOf(diffIds), JSON.stringify(content.layers));
  }
  return placesIn(content.inventory, content.layers);
}

/** An image as `docker save` writes it; undefined where the engine does not let it. */
export async function readSaved(
  name: string,
  platform: LocalImage['platform'],
  { engine, options }: Pick<VerifySession, 'engine' | 'options'>,
): Promise<ImageContent | undefined> {
  try {
    const { readInventorySource } = await import('../inventory/read-source.ts');
    const { images } = await readInventorySource(
      { kind: 'image', name },
      { ...options, engine, platforms: [platform], way: 'save' },
    );
    const own = images.find((one) => one.platform && samePlatform(one.platform, platform));
    return own ?? (images.length === 1 ? images[0] : undefined);
  } catch (error) {
    if (!(error instanceof XbuildError) || error.code !== 'engine-refused') throw error;
    return undefined;
  }
}
