import { createHash } from 'node:crypto';
import { XbuildError } from '../model/errors.ts';
import type { Finding } from '../model/finding.ts';
import type { Platform } from '../model/platform.ts';
import { judgeBytes, missingBlob, unreadableText } from './findings.ts';
import { objectOf, platformIn } from './image-config.ts';
import type { BlobRef, ImageStore } from './image-store.ts';
import { judgeIndex } from './judge-index.ts';

/** What one image is made of. */
export interface ImageParts {
  config: BlobRef;
  layers: BlobRef[];
  manifestDigest?: string;
  /** What the archive or layout calls it; untrusted. */
  name?: string;
  /** What the index says that it is for. */
  index?: Platform;
  /** What was wrong on the way here. */
  findings: Finding[];
}

/** What indexes and manifests lead to. */
export interface FoundParts {
  images: ImageParts[];
  /** Platforms that indexes list and that were not asked for. */
  others: Platform[];
  /** What is wrong with them. */
  findings: Finding[];
}

/** Images that indexes list are read where this says so. */
export type Wanted = (platform: Platform) => boolean;

const mostDepth = 4;
const mostManifests = 500;

/**
 * Follows indexes to manifests. Attestations and other things that are no images are passed over.
 * Sources: OCI image-spec, image-index.md and manifest.md; Docker's image manifest version 2,
 * schema 2. Throws XbuildError `image-unsupported` for schema 1.
 */
export async function readManifests(
  store: ImageStore,
  roots: readonly BlobRef[],
  wanted: Wanted,
): Promise<FoundParts> {
  const reading = new Reading(store, wanted);
  for (const root of roots) {
    const before = reading.found.images.length;
    await reading.follow(root, 0, roots.length === 1);
    const name = nameOfRoot(root);
    if (name === undefined) continue;
    for (const image of reading.found.images.slice(before)) image.name = name;
  }
  return reading.found;
}

/** Engines write the whole name; others the tag, or what they please. */
function nameOfRoot({ annotations = {} }: BlobRef): string | undefined {
  return (
    annotations['io.containerd.image.name'] ?? annotations['org.opencontainers.image.ref.name']
  );
}

class Reading {
  readonly found: FoundParts = { images: [], others: [], findings: [] };
  private readonly store: ImageStore;
  private readonly wanted: Wanted;
  private count = 0;

  constructor(store: ImageStore, wanted: Wanted) {
    this.store = store;
    this.wanted = wanted;
  }

  async follow(blob: BlobRef, depth: number, isNamed: boolean): Promise<void> {
    if (isAttestation(blob)) return;
    const { platform } = blob;
    if (platform !== undefined && !this.wanted(platform)) {
      this.found.others.push(platform);
      return;
    }
    if (depth > mostDepth || ++this.count > mostManifests) {
      this.found.findings.push(unreadableText('the index', blob, 'lists more than xbuild follows'));
      return;
    }
    const { document, findings } = await readDocument(this.store, blob, 'manifest');
    if (document === undefined) this.leaveOut(blob, findings);
    else await this.take(blob, document, { findings, depth, isNamed });
  }

  private leaveOut({ platform }: BlobRef, findings: Finding[]): void {
    const isPartial = this.store.mayBePartial === true && platform !== undefined;
    if (isPartial && findings.every(({ id }) => id === 'image-blob')) {
      this.found.others.push(platform);
    } else this.found.findings.push(...findings);
  }

  private async take(
    blob: BlobRef,
    document: Record<string, unknown>,
    { findings, depth, isNamed }: { findings: Finding[]; depth: number; isNamed: boolean },
  ): Promise<void> {
    if (Array.isArray(document['manifests'])) {
      const children = document['manifests'].flatMap((child) => blobIn(child) ?? []);
      const images = children.filter((child) => !isAttestation(child));
      this.found.findings.push(...findings, ...judgeIndex(images));
      for (const child of images) await this.follow(child, depth + 1, false);
      return;
    }
    if (document['schemaVersion'] === 1) throw schema1();
    const parts = partsIn(document);
    if (parts === undefined) {
      if (isNamed || findings.length > 0) {
        const problem = 'is that of something else than an image';
        this.found.findings.push(...findings, unreadableText('the manifest', blob, problem));
      }
      return;
    }
    const { digest, platform } = blob;
    this.found.images.push({
      ...parts,
      findings,
      ...(digest === undefined ? {} : { manifestDigest: digest }),
      ...(platform === undefined ? {} : { index: platform }),
    });
  }
}

/** Reads JSON that something refers to, and compares it with what is said of it. */
export async function readDocument(
  store: ImageStore,
  blob: BlobRef,
  kind: 'manifest' | 'config',
): Promise<{ document?: Record<string, unknown>; findings: Finding[] }> {
  const what = `the ${kind === 'config' ? 'configuration' : kind} of the image`;
  const bytes = await store.readText(blob, kind);
  if (bytes === undefined) return { findings: [missingBlob(what, blob)] };
  const wrong = judgeBytes(what, blob, { digest: digestOf(bytes, blob), size: bytes.length });
  const findings = wrong === undefined ? [] : [wrong];
  const document = parse(bytes);
  if (document !== undefined) return { document, findings };
  return { findings: [...findings, unreadableText(what, blob, 'is no JSON object')] };
}

function parse(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? objectOf(value) : undefined;
  } catch {
    return undefined;
  }
}

/** By the algorithm that the blob is named with. */
function digestOf(bytes: Buffer, { digest = '' }: BlobRef): string {
  const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** BuildKit marks them by an annotation, and gives them a platform that nothing has. */
function isAttestation({ annotations = {}, platform }: BlobRef): boolean {
  return (
    annotations['vnd.docker.reference.type'] !== undefined ||
    (platform?.os === 'unknown' && platform.architecture === 'unknown')
  );
}

/** A descriptor; undefined where it has no digest. Source: OCI image-spec, descriptor.md. */
export function blobIn(value: unknown): BlobRef | undefined {
  const { digest, size, mediaType, platform, annotations, urls } = objectOf(value);
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  const said = platformIn(objectOf(platform));
  return {
    name: digest,
    digest,
    ...(typeof size === 'number' ? { size } : {}),
    ...(typeof mediaType === 'string' ? { mediaType } : {}),
    ...(said === undefined ? {} : { platform: said }),
    annotations: Object.fromEntries(
      Object.entries(objectOf(annotations)).filter(([, text]) => typeof text === 'string'),
    ) as Record<string, string>,
    ...(Array.isArray(urls) ? { urls: urls.filter((url) => typeof url === 'string') } : {}),
  };
}

/** Nothing else becomes part of a path or an address. */
export function isDigest(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/.test(text);
}

const configTypes = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** Config and layers of a manifest; undefined where it is not an image's. */
function partsIn(document: Record<string, unknown>) {
  const config = blobIn(document['config']);
  if (config === undefined || !Array.isArray(document['layers'])) return undefined;
  if (config.mediaType !== undefined && !configTypes.has(config.mediaType)) return undefined;
  const layers = document['layers'].map(blobIn);
  const whole = layers.filter((layer) => layer !== undefined);
  return whole.length === layers.length ? { config, layers: whole } : undefined;
}

function schema1(): XbuildError {
  return new XbuildError(
    'image-unsupported',
    'the image is in the format that Docker left in 2016 (manifest version 2, schema 1)',
    'Push it again with a present-day docker, which writes schema 2.',
  );
}
