import type { Finding } from '../model/finding.ts';
import { formatPlatform, normalizePlatform } from '../model/platform.ts';
import type { BlobRef } from './image-store.ts';

/** podman lists an image once for each compression on purpose, and marks the further ones. */
const compression = 'io.github.containers.compression.';

function isOtherPacking({ annotations = {} }: BlobRef): boolean {
  return Object.keys(annotations).some((name) => name.startsWith(compression));
}

/** Platforms that an index lists more than once, with different images. */
export function judgeIndex(manifests: readonly BlobRef[]): Finding[] {
  const digests = new Map<string, Set<string>>();
  for (const blob of manifests) {
    // Of Windows there is one for each version of it.
    if (blob.platform?.os !== 'linux' || isOtherPacking(blob)) continue;
    const platform = formatPlatform(normalizePlatform(blob.platform));
    digests.set(platform, (digests.get(platform) ?? new Set()).add(blob.digest ?? blob.name));
  }
  return [...digests]
    .filter(([, all]) => all.size > 1)
    .map(([platform, all]) => ({
      id: 'platform-twice',
      status: 'warn',
      platform,
      message: `the index lists ${all.size} images for ${platform}`,
      why: 'Engines take the first one that fits, and nobody sees the others; other tools may choose differently.',
      evidence: [...all],
      fix: {
        text: 'Make the index anew from one image for each platform: docker buildx imagetools create does that, and only adds with --append.',
        commands: [],
      },
    }));
}
