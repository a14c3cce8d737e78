import type { CauseMatch } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, type Family } from './entry.ts';
import { nativeLine } from './foreign.ts';
import { architectureIn, formatError, imageWords, reference } from './image-words.ts';
import { type Scene, signsOf } from './scene.ts';

export const order = 50;

/** What was asked for, and what the image has instead. */
interface Refusal {
  asked: string | undefined;
  has: string[];
  line?: string;
}

function refusalOf(scene: Scene): Refusal | undefined {
  const { image } = scene.facts;
  const signs = signsOf(scene, 'platform-missing');
  const sign = signs.find(({ asked }) => asked !== undefined) ?? signs[0];
  const text = /manifest|platform|does not match|not provide/i;
  if (sign === undefined && (image?.refusal === undefined || !text.test(image.refusal)))
    return undefined;
  const entries =
    image?.entries?.filter(({ kind }) => kind === 'image').map(({ platform }) => platform) ?? [];
  const own = [sign?.actual ?? image?.configPlatform].filter((one) => one !== undefined);
  const line = sign?.line ?? image?.refusal;
  return {
    asked: sign?.asked ?? image?.askedPlatform,
    has: entries.length > 0 ? entries : own,
    ...(line === undefined ? {} : { line }),
  };
}

/** `linux/arm/v7` and `linux/arm/v6` differ in their variant only. */
function sameButVariant(one: string, other: string): boolean {
  return (
    one !== other && one.split('/').slice(0, 2).join('/') === other.split('/').slice(0, 2).join('/')
  );
}

function variant(scene: Scene): CauseMatch | undefined {
  const refusal = refusalOf(scene);
  const { asked, has = [], line = '' } = refusal ?? {};
  if (asked === undefined) return undefined;
  const near = has.find((one) => sameButVariant(one, asked));
  const hasExactly = has.includes(asked);
  if (near !== undefined && !hasExactly) {
    return {
      confidence: scene.facts.image === undefined ? 'possible' : 'certain',
      message: `${asked} was asked for, and ${imageWords(scene)} has ${near}: the same architecture in another variant`,
      evidence: [line, `it has ${has.join(', ')}`],
      fix: advice('Ask for the variant that it has, or build the one that is wanted.', [
        `docker run --platform ${shellQuote(near)} ${shellQuote(reference(scene))}`,
      ]),
    };
  }
  if (has.length > 0 || !/^linux\/arm(?:\/|$)/.test(asked)) return undefined;
  // Only 32-bit Arm comes in variants that are told apart in practice.
  return {
    confidence: 'possible',
    message: `${asked} was asked for, and the image may have another variant of it`,
    evidence: [line],
    fix: advice('Look at what it has, and ask for that.', [
      `docker buildx imagetools inspect ${shellQuote(reference(scene))}`,
    ]),
  };
}

function notInImage(scene: Scene): CauseMatch | undefined {
  const refusal = refusalOf(scene);
  if (refusal === undefined) return undefined;
  const { asked, has, line = '' } = refusal;
  if (asked !== undefined && has.includes(asked)) return undefined;
  const what = asked === undefined ? 'nothing for the platform that is wanted' : `no ${asked}`;
  const there = has.length === 0 ? '' : `: it has ${has.join(', ')}`;
  return {
    confidence:
      scene.facts.target.kind === 'log' ? 'possible' : has.length === 0 ? 'likely' : 'certain',
    message: `${imageWords(scene)} has ${what}${there}`,
    evidence: [line],
    fix: advice(
      'Build the image for the platform as well, or run one that it has under emulation.',
      [
        `xbuild build --platform ${shellQuote(asked ?? 'linux/amd64,linux/arm64')} -t ${shellQuote(reference(scene))} .`,
        ...has
          .slice(0, 1)
          .map((one) => `docker run --platform ${shellQuote(one)} ${shellQuote(reference(scene))}`),
      ],
    ),
  };
}

function attestation(scene: Scene): CauseMatch | undefined {
  const { image, platform, target } = scene.facts;
  const isUnknown = [platform, image?.configPlatform, image?.indexPlatform].some(
    (one) => one?.startsWith('unknown/') === true,
  );
  const [sign] = signsOf(scene, 'no-command');
  const byDigest = /@sha256:/.test(target.name) || /@sha256:/.test(image?.reference ?? '');
  if (!isUnknown && (sign === undefined || (target.kind !== 'log' && !byDigest))) return undefined;
  return {
    confidence: isUnknown ? 'certain' : 'possible',
    message: `${imageWords(scene)} is an attestation (provenance or SBOM) beside an image, not an image`,
    evidence: [
      ...(sign === undefined ? [] : [sign.line]),
      ...(isUnknown ? ['its platform is unknown/unknown'] : []),
    ],
    fix: advice('Use the tag, or the digest of the entry for your platform.', [
      `docker buildx imagetools inspect ${shellQuote(reference(scene).replace(/@.*$/, ''))}`,
    ]),
  };
}

function defaultPlatform(scene: Scene): CauseMatch | undefined {
  const { client, platform, image, surface } = scene.facts;
  const chosen = client?.defaultPlatform;
  if (chosen === undefined || chosen === '') return undefined;
  const wanted = architectureIn(chosen.includes('/') ? chosen : `linux/${chosen}`);
  const foreign =
    scene.facts.native.length > 0 && wanted !== undefined && !scene.facts.native.includes(wanted);
  const hits =
    architectureIn(platform) === wanted || surface.stage === 'pull' || image?.refusal !== undefined;
  const fails =
    scene.failures.length > 0 ||
    signsOf(scene, 'platform-missing').length > 0 ||
    image?.refusal !== undefined;
  if (!foreign || !hits || !fails) return undefined;
  return {
    confidence: 'likely',
    message: `DOCKER_DEFAULT_PLATFORM=${chosen} asks for images that are not this machine's (${nativeLine(scene)})`,
    evidence: [`DOCKER_DEFAULT_PLATFORM=${chosen}`],
    fix: advice('Take the variable out of the environment, or name the platform in the command.', [
      'unset DOCKER_DEFAULT_PLATFORM',
    ]),
  };
}

/** The platform that was asked for. */
export const family: Family = {
  id: 'platforms',
  title: 'Platforms: what was asked for, and what the image has',
  causes: [
    {
      id: 'attestation-not-image',
      title: 'an attestation was taken for an image',
      why: 'BuildKit puts provenance beside the images of an index, as entries for unknown/unknown. Their digest can be pulled, and there is nothing in it to run.',
      seen: ['no command specified', 'mismatched image rootfs and manifest layers'],
      proof: 'The platform is unknown/unknown, and the index annotates it as attestation-manifest.',
      remedy: 'Use the tag, or the digest of an entry with a real platform.',
      prevent: 'Read digests from xbuild build --metadata-file, or build with --provenance=false.',
      find: attestation,
    },
    {
      id: 'variant-mismatch',
      title: 'the architecture is right, the variant is not',
      why: 'linux/arm/v6 and linux/arm/v7 are two platforms. Engine 28 with the containerd store wants the very one that was asked for, though a v7 CPU runs v6 programs.',
      seen: [
        'image with reference X was found but does not provide the specified platform (linux/arm/v7)',
      ],
      proof: 'The image has the same architecture in another variant.',
      remedy: 'Ask for the variant that the image has, or build the one that is wanted.',
      prevent: 'Name the variants in --platform when building: linux/arm/v6,linux/arm/v7.',
      before: ['platform-not-in-image'],
      find: variant,
    },
    {
      id: 'default-platform-set',
      title: 'DOCKER_DEFAULT_PLATFORM asks for another platform',
      why: 'The variable works like --platform in every command, and silently: no warning is printed, since the platform was asked for.',
      seen: [formatError, 'no matching manifest for linux/arm64 in the manifest list entries'],
      proof: 'The variable is set, and names another architecture than the machine has.',
      remedy: 'Unset DOCKER_DEFAULT_PLATFORM.',
      prevent: 'Put platform: into the compose file of the one project that needs it.',
      before: ['no-rule', 'platform-not-in-image', 'platform-pinned'],
      find: defaultPlatform,
    },
    {
      id: 'platform-not-in-image',
      title: 'the image has no such platform',
      why: 'A tag may be an index of some platforms. Where the one that is wanted is not among them, pulling or running it is refused.',
      seen: [
        'no matching manifest for linux/amd64 in the manifest list entries',
        'its platform (linux/arm64) does not match the specified platform (linux/amd64)',
      ],
      proof: 'docker buildx imagetools inspect lists other platforms.',
      remedy: 'Build the image for that platform as well, or run one that it has under emulation.',
      prevent:
        'Build all platforms in one command: xbuild build --platform linux/amd64,linux/arm64.',
      find: notInImage,
    },
  ],
};
