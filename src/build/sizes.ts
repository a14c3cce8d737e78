import type { Engine } from '../io/engine.ts';
import type { BuiltPlatform } from '../model/build.ts';
import { formatPlatform } from '../model/platform.ts';
import {
  imagesOf,
  inspectImage,
  platformOfEntry,
  type InspectedImage,
  type InspectedManifest,
} from '../verify/inspect-image.ts';

/** Fills in the sizes and digests that the engine tells by platform. */
export async function readSizes(built: readonly BuiltPlatform[], engine: Engine): Promise<void> {
  const ids = new Set(built.map((one) => one.imageId).filter((id) => id !== undefined));
  const images = new Map(
    await Promise.all([...ids].map(async (id) => [id, await askForSize(engine, id)] as const)),
  );
  const entries = new Map(
    built.flatMap(({ imageId, result }) => {
      const image = imageId === undefined ? undefined : images.get(imageId);
      const entry = image && imagesOf(image).find((one) => isFor(one, result.platform));
      return entry === undefined ? [] : [[result, entry] as const];
    }),
  );
  const sizeOf = [...entries.values()].every(unpackedSize) ? unpackedSize : packedSize;
  for (const { imageId, result } of built) {
    const image = imageId === undefined ? undefined : images.get(imageId);
    if (image === undefined || !result.ok) continue;
    const entry = entries.get(result);
    if (entry !== undefined) result.digest = entry.ID;
    // An image of one platform has one size; of an index only its parts' sizes mean something.
    const size = entry === undefined ? wholeSize(image, ids, built) : sizeOf(entry);
    if (size !== undefined) result.size = size;
  }
}

function isFor(entry: InspectedManifest, platform: string): boolean {
  const own = platformOfEntry(entry);
  return own !== undefined && formatPlatform(own) === platform;
}

/** What it takes on disk once unpacked, which is also what classic stores count; 0 where it is not. */
function unpackedSize({ ImageData }: InspectedManifest): number {
  return ImageData?.Size?.Unpacked ?? 0;
}

/** What a registry holds of it: the measure for all where one platform is not unpacked. */
function packedSize({ Size }: InspectedManifest): number | undefined {
  return Size?.Content;
}

function wholeSize(
  image: InspectedImage,
  ids: ReadonlySet<string>,
  built: readonly BuiltPlatform[],
): number | undefined {
  return ids.size === built.length ? image.Size : undefined;
}

async function askForSize(engine: Engine, id: string): Promise<InspectedImage | undefined> {
  try {
    return await inspectImage(engine.docker, id, { manifests: true });
  } catch {
    return undefined;
  }
}
