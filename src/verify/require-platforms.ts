import { listed } from '../model/sentence.ts';
import type { ImageVerification } from '../model/verification.ts';
import { formatPlatform, type Platform } from '../model/platform.ts';
import type { VerifiedImage } from './verified-image.ts';

function missing(reference: string, platform: string, has: readonly string[]): ImageVerification {
  const offer = has.length === 0 ? 'it has none' : `it has ${listed(has)}`;
  return {
    reference,
    platform,
    ok: false,
    declared: has.length === 0 ? 'unknown' : listed(has),
    uname: { expected: [], actual: null, by: 'none' },
    entrypoint: [],
    findings: [
      {
        id: 'platform-missing',
        status: 'fail',
        platform,
        message: `${reference} has no image for ${platform}; ${offer}`,
        why: `Machines of ${platform} cannot use it.`,
        fix: {
          text: `Build it for all of its platforms at once, and push that.`,
          commands: [`xbuild build --platform ${[...has, platform].join(',')} .`],
        },
      },
    ],
  };
}

/** A row for every platform that an image must have and has not. `has`: what it has, formatted. */
export function requirePlatforms(
  reference: string,
  has: readonly string[],
  required: readonly Platform[],
): VerifiedImage[] {
  return required
    .map(formatPlatform)
    .filter((platform) => !has.includes(platform))
    .map((platform) => ({ verification: missing(reference, platform, has) }));
}
