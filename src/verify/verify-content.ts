import { base64OfBytes, bytesOfString } from '../model/bytes.ts';
import { isKnown, type FileFacts } from '../model/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { ImageContent, ImageSet } from '../model/image-content.ts';
import { formatPlatform, normalizePlatform } from '../model/platform.ts';
import type { ImageFacts } from './image-facts.ts';
import { judgeImage } from './judge-image.ts';
import { placesIn } from './place-files.ts';
import type { VerifiedImage, VerifyOptions } from './verified-image.ts';

const wayWords = {
  probe: 'the engine',
  export: 'the container',
  save: 'the archive',
  registry: 'the registry',
  layout: 'the image layout',
} as const;

/** The files that say who users are, as files that were looked at. */
function usersIn(texts: ImageContent['texts']): FileFacts[] {
  return ['/etc/passwd', '/etc/group'].flatMap((path): FileFacts[] => {
    const text = texts[path];
    if (text === undefined) return [];
    if (text === null) return [{ path, errno: 'ENOENT' }];
    const head = base64OfBytes(bytesOfString(text));
    const owner = { kind: 'file', mode: 0o644, uid: 0, gid: 0 } as const;
    return [{ path, errno: 'ok', ...owner, size: text.length, head }];
  });
}

function factsOf(
  reference: string,
  content: ImageContent,
  { allow }: Pick<VerifyOptions, 'allow'>,
): ImageFacts {
  const { start, inventory, layers, declared, looked, texts, commands } = content;
  return {
    reference,
    platform: normalizePlatform(content.platform ?? { os: 'linux', architecture: 'unknown' }),
    native: '',
    elsewhere: true,
    declared,
    config: isKnown(start) ? start : { unknown: start.unknown },
    inside: { unknown: `it was only read from ${wayWords[inventory.by]}` },
    files: [...looked, ...usersIn(texts)],
    texts,
    commands,
    inventory,
    layers: placesIn(inventory, layers),
    allow,
  };
}

/** Judges one image that was read and not run. */
function verifyContent(
  reference: string,
  content: ImageContent,
  options: Pick<VerifyOptions, 'allow'>,
): VerifiedImage {
  const judged = judgeImage(factsOf(reference, content, options));
  const { verification, files } = judged;
  const own = content.findings.map((finding): Finding => ({
    ...finding,
    platform: verification.platform,
  }));
  const findings = [...verification.findings, ...own];
  const ok = verification.ok && own.every(({ status }) => status !== 'fail');
  return {
    verification: { ...verification, ok, findings },
    ...(files === undefined ? {} : { files }),
  };
}

/** Of a name with which something is wrong, and no image: so that it is told all the same. */
function nothingRead({ reference, findings }: ImageSet): VerifiedImage {
  return {
    verification: {
      reference,
      platform: 'unknown',
      ok: findings.every(({ status }) => status !== 'fail') && findings.length > 0,
      declared: 'unknown',
      uname: { expected: [], actual: null, by: 'none' },
      entrypoint: [],
      findings,
    },
  };
}

/** Of an archive with several images each is called as it can be named alone: `FILE:NAME`. */
function referencesIn({ reference, images }: ImageSet): string[] {
  const names = images.map(({ name }) => name);
  const several = new Set(names).size > 1;
  return names.map((name) => (several && name !== undefined ? `${reference}:${name}` : reference));
}

/** Judges all images of a set; what is wrong with the set as a whole stands with the first one. */
export function verifySet(set: ImageSet, options: Pick<VerifyOptions, 'allow'>): VerifiedImage[] {
  const references = referencesIn(set);
  const [first, ...rest] = set.images.map((content, index) =>
    verifyContent(references[index] ?? set.reference, content, options),
  );
  if (first === undefined) return [nothingRead(set)];
  const { verification } = first;
  const ok = verification.ok && set.findings.every(({ status }) => status !== 'fail');
  const findings = [...set.findings, ...verification.findings];
  return [{ ...first, verification: { ...verification, ok, findings } }, ...rest];
}

/** The platforms of a set, formatted: those read, and those that its index names besides. */
export function platformsOfSet({ images, others }: ImageSet): string[] {
  const read = images.flatMap(({ platform }) => platform ?? []);
  return [...read, ...others].map(formatPlatform);
}
