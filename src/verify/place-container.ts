import type { Engine } from '../io/engine.ts';
import type { ImageContent, ImageSet } from '../model/image-content.ts';
import type { InventoryFile } from '../model/inventory.ts';
import { readSaved } from './place-files.ts';
import type { VerifyOptions } from './verified-image.ts';
import { verifySet } from './verify-content.ts';

/** Whether something is wrong with a file whose layer is not known. */
function isAsked(set: ImageSet, options: VerifyOptions): boolean {
  const findings = verifySet(set, options).flatMap(({ verification }) => verification.findings);
  return findings.some(
    ({ status, location }) =>
      status !== 'pass' && location?.path !== undefined && location.layer === undefined,
  );
}

function isSame(one: InventoryFile, other: InventoryFile): boolean {
  const keys = ['kind', 'mode', 'size', 'head', 'target'] as const;
  return keys.every((key) => one[key] === other[key]);
}

/** The files of a container that are as its image has them are of the image's layers. */
function placed(content: ImageContent, saved: ImageContent): ImageContent {
  const known = new Map(saved.inventory.files.map((file) => [file.path, file]));
  const files = content.inventory.files.map((file) => {
    const own = known.get(file.path);
    const layer = own !== undefined && isSame(file, own) ? own.layer : undefined;
    return layer === undefined ? file : { ...file, layer };
  });
  const { layers, history } = saved;
  return { ...content, layers, history, inventory: { ...content.inventory, files } };
}

/**
 * Finds out which layers a container's files are from. Only its image tells, as `docker save` writes
 * it, so that is read only where something is wrong.
 */
export async function placeContainer(
  set: ImageSet,
  engine: Engine,
  options: VerifyOptions,
): Promise<ImageSet> {
  const [content] = set.images;
  if (content?.image === undefined || content.platform === undefined) return set;
  if (!isAsked(set, options)) return set;
  const saved = await readSaved(content.image, content.platform, { engine, options });
  return saved === undefined ? set : { ...set, images: [placed(content, saved)] };
}
