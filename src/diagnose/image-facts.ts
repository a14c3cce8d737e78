import type { Engine } from '../io/engine.ts';
import type { ImageDiagnosisFacts } from '../model/diagnosis.ts';
import { formatPlatform, samePlatform, type Platform } from '../model/platform.ts';
import { withoutArguments } from '../model/secrets.ts';
import { refusalOf } from '../probe/refusal.ts';
import {
  imagesOf,
  inspectImage,
  platformOf,
  platformOfEntry,
  type InspectedImage,
  type InspectedManifest,
} from '../verify/inspect-image.ts';
import { startConfigOf, type InspectedStart } from './start-config.ts';

const mostHistory = 60;

/** What the engine says of an image, and by which platform its files can be had. */
export interface ReadImageFacts {
  facts: ImageDiagnosisFacts;
  /** Undefined where the engine has nothing for it. */
  platform?: Platform;
}

/** Chooses of an index what is asked for, else what the engine itself would start. */
function chooseEntry(
  entries: readonly InspectedManifest[],
  wanted: readonly (Platform | undefined)[],
): InspectedManifest | undefined {
  for (const platform of wanted) {
    const found = entries.find((entry) => {
      const own = platformOfEntry(entry);
      return platform !== undefined && own !== undefined && samePlatform(own, platform);
    });
    if (found !== undefined) return found;
  }
  return wanted[0] === undefined ? entries[0] : undefined;
}

function listEntries(image: InspectedImage): Pick<ImageDiagnosisFacts, 'entries'> {
  if (!Array.isArray(image.Manifests)) return {};
  return {
    entries: image.Manifests.map((entry) => {
      const platform = entry.Descriptor?.platform ?? platformOfEntry(entry);
      const kind = entry.Kind === 'image' || entry.Kind === 'attestation' ? entry.Kind : 'unknown';
      return {
        platform: platform === undefined ? 'unknown' : formatPlatform(platform),
        kind,
        available: entry.Available === true,
      };
    }),
  };
}

/**
 * Reads an image: its index, its configuration, its history. `asked`: the platform of --platform, or
 * of a container; `native`: what the engine starts where nothing is said.
 *
 * Returns undefined where the engine has no image of that name.
 */
export async function readImageFacts(
  engine: Engine,
  name: string,
  { asked, native }: { asked?: Platform; native: Platform },
): Promise<ReadImageFacts | undefined> {
  const history = readHistory(engine, name);
  const image = await inspectImage(engine.docker, name, { manifests: true }).catch(
    (error: unknown) => {
      // 400: not even a name of an image, such as IMAGE:PATH.
      if ([400, 404].includes(refusalOf(error)?.statusCode ?? 0)) return undefined;
      throw engine.failure(error);
    },
  );
  if (image === undefined) return undefined;
  const entry =
    chooseEntry(imagesOf(image), [asked, ...(asked === undefined ? [native] : [])]) ??
    (asked === undefined ? imagesOf(image)[0] : undefined);
  const chosen = entry === undefined ? undefined : platformOfEntry(entry);
  const own = chosen === undefined ? image : await childOf(engine, name, image, chosen);
  const config = platformOf(own);
  const platform = chosen ?? config;
  const index = entry?.Descriptor?.platform;
  const fits = asked === undefined || platform === undefined || samePlatform(asked, platform);
  const start: InspectedStart | null | undefined = own.Config;
  return {
    facts: {
      reference: name,
      id: image.Id,
      ...(config === undefined ? {} : { configPlatform: formatPlatform(config) }),
      ...(index === undefined ? {} : { indexPlatform: formatPlatform(index) }),
      ...listEntries(image),
      ...(asked === undefined ? {} : { askedPlatform: formatPlatform(asked) }),
      ...(start === null || start === undefined ? {} : { config: startConfigOf(start) }),
      history: await history,
    },
    ...(platform === undefined || (!fits && imagesOf(image).length > 0) ? {} : { platform }),
  };
}

/** One image of an index. Older engines answer for another one; then the answer is kept as it is. */
async function childOf(
  engine: Engine,
  name: string,
  image: InspectedImage,
  platform: Platform,
): Promise<InspectedImage> {
  const own = platformOf(image);
  if (own !== undefined && samePlatform(own, platform)) return image;
  try {
    return await inspectImage(engine.docker, name, { platform: JSON.stringify(platform) });
  } catch (error) {
    if (refusalOf(error) === undefined) throw engine.failure(error);
    return image;
  }
}

async function readHistory(engine: Engine, name: string): Promise<string[]> {
  try {
    const rows = (await engine.docker.getImage(name).history()) as { CreatedBy?: string }[];
    const lines = rows.map(({ CreatedBy: line = '' }) => withoutArguments(line.slice(0, 500)));
    return lines.slice(0, mostHistory).toReversed();
  } catch {
    // An engine without the image's own platform has no history to give; nothing depends on it.
    return [];
  }
}
