import { shown } from '../model/bytes-text.ts';
import type { Finding, FindingLocation } from '../model/finding.ts';
import { parsePlatform } from '../model/platform.ts';
import type { VerifiedImage } from './verified-image.ts';

/** What tells a file from another, as far as an inventory has it: its size and its first bytes. */
function programsOf({ files }: VerifiedImage): ReadonlyMap<string, string> {
  const programs = new Map<string, string>();
  for (const { path, size, head = '' } of files?.scene?.elves ?? []) {
    if (files?.scene?.reach.has(path) === true) programs.set(path, `${size} ${head}`);
  }
  return programs;
}

function architectureOf({ verification }: VerifiedImage): string {
  return parsePlatform(verification.platform).architecture;
}

/** Whether two are platforms of one image, so that they are to differ. */
export type SameImage = (image: VerifiedImage, other: VerifiedImage) => boolean;

/** An archive may hold several images, each with its name. */
const haveOneName: SameImage = (image, other) =>
  image.verification.reference === other.verification.reference;

/** The programs of an image that are those of another platform, and not for its own. */
function shared(image: VerifiedImage, other: VerifiedImage): string[] {
  if (architectureOf(image) === architectureOf(other)) return [];
  const theirs = programsOf(other);
  const scene = image.files?.scene;
  return [...programsOf(image)].flatMap(([path, bytes]) => {
    const elf = scene?.files.find(path)?.elf;
    const isForeign = elf !== undefined && scene?.runs(elf) === 'no';
    return isForeign && theirs.get(path) === bytes ? [path] : [];
  });
}

/** Where a file is from, as another finding about it tells. */
function layerOf({ verification }: VerifiedImage, path: string): FindingLocation['layer'] {
  return verification.findings.find(({ location }) => location?.path === path)?.location?.layer;
}

function findingOf(image: VerifiedImage, other: VerifiedImage, paths: readonly string[]): Finding {
  const [first = ''] = paths;
  const layer = layerOf(image, first);
  const [own, theirs] = [image.verification.platform, other.verification.platform];
  const many = paths.length === 1 ? '1 program' : `${paths.length} programs`;
  return {
    id: 'same-bytes',
    status: 'fail',
    platform: own,
    message: `the image for ${own} has ${many} of the image for ${theirs}, byte for byte as far as they were looked at`,
    why: `What machines of ${own} get was made for ${theirs}: most likely the Dockerfile does not use TARGETARCH, or COPY --from takes the stage of the machine that builds.`,
    evidence: paths.slice(0, 5).map(shown),
    location: { path: first, ...(layer && { layer }) },
  };
}

/**
 * Compares the platforms of one image with each other: findings for each of them, in its order.
 * Pure.
 */
export function comparePlatforms(
  images: readonly VerifiedImage[],
  areOne: SameImage = haveOneName,
): Finding[][] {
  return images.map((image) => {
    for (const other of images) {
      const paths = other === image || !areOne(image, other) ? [] : shared(image, other);
      if (paths.length > 0) return [findingOf(image, other, paths)];
    }
    return [];
  });
}
