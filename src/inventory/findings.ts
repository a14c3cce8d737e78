import type { Finding } from '../model/finding.ts';
import type { LayerOrigin } from '../model/inventory.ts';
import type { BlobRef } from './image-store.ts';
import type { LayerScan } from './scan-layer.ts';

const rebuild = 'Build or copy the image again; what is stored here cannot be used as it is.';

function fail(id: string, message: string, why: string, evidence: string[]): Finding {
  return { id, status: 'fail', message, why, evidence, fix: { text: rebuild, commands: [] } };
}

/** `digest` and `size` as somebody says they are. */
function saidOf({ name, digest, size }: BlobRef): string[] {
  return [
    `it is named ${digest ?? name}`,
    ...(size === undefined ? [] : [`its size is said to be ${size} bytes`]),
  ];
}

/** A part of an image that is not there. */
export function missingBlob(what: string, blob: BlobRef): Finding {
  return fail(
    'image-blob',
    `${what} is missing`,
    'Engines cannot load the image without it.',
    saidOf(blob),
  );
}

/** Bytes that are not what their name says; undefined where they are. */
export function judgeBytes(
  what: string,
  blob: BlobRef,
  actual: { digest: string; size: number },
): Finding | undefined {
  const why = 'Engines refuse content whose digest or size is not the one in its descriptor.';
  const read = `${actual.size} bytes were read, ${actual.digest}`;
  if (blob.digest !== undefined && blob.digest !== actual.digest) {
    const message = `${what} is not what its digest says`;
    return fail('image-digest', message, why, [...saidOf(blob), read]);
  }
  if (blob.size === undefined || blob.size === actual.size) return undefined;
  return fail('image-size', `${what} has not the size that its descriptor says`, why, [
    ...saidOf(blob),
    read,
  ]);
}

/** A manifest, an index or a configuration that cannot be understood. */
export function unreadableText(what: string, blob: BlobRef, problem: string): Finding {
  const why = 'Engines cannot load the image with it.';
  return fail('image-manifest', `${what} ${problem}`, why, saidOf(blob));
}

/** A layer that is kept at an address that the image names; xbuild does not go there. */
export function foreignLayer(layer: LayerOrigin, blob: BlobRef): Finding {
  return {
    id: 'image-layer',
    status: 'unknown',
    message: `${nameOf(layer)} is kept elsewhere, and was not looked at`,
    evidence: [...saidOf(blob), ...(blob.urls ?? []).map((url) => `it is at ${url}`)],
    location: { layer },
  };
}

/** Counted from 0, the base's, as every report does. */
export function nameOf({ index }: LayerOrigin): string {
  return `layer ${index}`;
}

/** What is wrong with a layer that was read. */
export function judgeLayer(layer: LayerOrigin, blob: BlobRef, scan: LayerScan): Finding[] {
  const findings = [
    judgeBytes(nameOf(layer), blob, scan),
    judgeFault(layer, scan),
    judgeDiffId(layer, scan),
    judgePaths(layer, scan),
  ];
  return findings
    .filter((finding) => finding !== undefined)
    .map((finding) => ({ ...finding, location: { layer } }));
}

function judgeFault(layer: LayerOrigin, { fault }: LayerScan): Finding | undefined {
  if (fault === undefined) return undefined;
  const id = 'image-layer';
  const evidence = [fault.message];
  const name = nameOf(layer);
  if (fault.reason === 'too-large') {
    const message = `${name} was not read to its end: it is larger than xbuild reads`;
    return { id, status: 'unknown', message, evidence };
  }
  const message = `${name} cannot be unpacked: ${fault.message}`;
  return fail(id, message, 'Engines cannot load the image.', evidence);
}

function judgeDiffId(layer: LayerOrigin, { diffId }: LayerScan): Finding | undefined {
  if (diffId === undefined || layer.diffId === '' || layer.diffId === diffId) return undefined;
  return fail(
    'image-diff-id',
    `${nameOf(layer)} unpacks to something else than the configuration says`,
    'Engines refuse a layer whose unpacked digest is not the one in the configuration.',
    [`the configuration says ${layer.diffId}`, `it is ${diffId}`],
  );
}

function judgePaths(layer: LayerOrigin, { refused }: LayerScan): Finding | undefined {
  if (refused.count === 0) return undefined;
  return {
    id: 'layer-paths',
    status: 'warn',
    message: `${nameOf(layer)} has ${refused.count} ${refused.count === 1 ? 'entry' : 'entries'} that no engine can put into the image`,
    why: 'Their paths lead out of the image, through files, or are longer than Linux takes; they were left out.',
    evidence: refused.examples,
  };
}
