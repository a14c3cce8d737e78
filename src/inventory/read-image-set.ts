import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import type { ImageContent, ImageSet, ImageStart } from '../model/image-content.ts';
import { isKnown } from '../model/facts.ts';
import type { Inventory, LayerOrigin } from '../model/inventory.ts';
import { foreignLayer, judgeLayer, missingBlob, nameOf } from './findings.ts';
import { diffIdsIn, historyIn, originsOf, platformIn, startIn } from './image-config.ts';
import type { BlobRef, ImageStore } from './image-store.ts';
import { Directory } from './layer-tree.ts';
import { listFiles } from './list-files.ts';
import { lookUp } from './look-up.ts';
import { mergeLayers } from './merge-layers.ts';
import { readDocument, type FoundParts, type ImageParts } from './read-manifests.ts';
import type { LayerScan } from './scan-layer.ts';
import type { Finding } from '../model/finding.ts';

/** What readers of images are told. */
export interface ReadOptions {
  signal?: AbortSignal | undefined;
  /** Told now and then how far it is: for people. */
  onProgress?: ((text: string) => void) | undefined;
  /** Which paths of an image are looked at, by how it is started: also those that are not programs. */
  lookAt?: ((start: ImageStart) => readonly string[]) | undefined;
}

/** Reads the images that a store's manifests lead to, side by side; each layer once. */
export async function readImageSet(
  store: ImageStore,
  { images, others, findings }: FoundParts,
  { reference, ...options }: ReadOptions & { reference: string },
): Promise<ImageSet> {
  const layers = new LayerReader(store, options);
  const read = await pMap(
    images,
    (parts) => readImage(store, parts, { layers, lookAt: options.lookAt }),
    {
      concurrency: 4,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  );
  return { reference, by: store.by, images: read, others, findings };
}

/** So many streams at once as there are cores, but not more than a registry likes. */
const mostStreams = Math.min(4, availableParallelism());

class LayerReader {
  private readonly store: ImageStore;
  private readonly options: ReadOptions;
  private readonly reading = new Map<string, Promise<LayerScan | undefined>>();
  private readonly waiting: (() => void)[] = [];
  private free = mostStreams;
  private done = 0;

  constructor(store: ImageStore, options: ReadOptions) {
    this.store = store;
    this.options = options;
  }

  read(blob: BlobRef): Promise<LayerScan | undefined> {
    const before = this.reading.get(blob.name);
    if (before !== undefined) return before;
    const reading = this.readInTurn(blob);
    this.reading.set(blob.name, reading);
    return reading;
  }

  private async readInTurn(blob: BlobRef): Promise<LayerScan | undefined> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => void this.waiting.push(resolve));
    try {
      this.options.signal?.throwIfAborted();
      return await this.store.readLayer(blob);
    } finally {
      this.options.onProgress?.(`${++this.done} of ${this.reading.size} layers read`);
      const next = this.waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}

async function readImage(
  store: ImageStore,
  parts: ImageParts,
  { layers, lookAt }: Pick<ReadOptions, 'lookAt'> & { layers: LayerReader },
): Promise<ImageContent> {
  const { document = {}, findings } = await readDocument(store, parts.config, 'config');
  const config = platformIn(document);
  const history = historyIn(document);
  const diffIds = diffIdsIn(document);
  const origins = originsOf(
    parts.layers.map((_, index) => diffIds[index] ?? ''),
    history,
  );
  const scans = await Promise.all(parts.layers.map((blob) => layers.read(blob)));
  const read = joinLayers(
    scans.map((scan, index) => ({
      scan,
      blob: parts.layers[index] ?? { name: '' },
      origin: origins[index] ?? { diffId: '', index },
    })),
  );
  const platform = config ?? parts.index;
  const start: ImageContent['start'] =
    document['config'] === undefined && findings.length > 0
      ? { unknown: 'its configuration cannot be read' }
      : startIn(document['config']);
  const { manifestDigest, name } = parts;
  return {
    ...(platform === undefined ? {} : { platform }),
    declared: {
      ...(parts.index === undefined ? {} : { index: parts.index }),
      ...(config === undefined ? {} : { config }),
    },
    start,
    history,
    layers: read.origins,
    inventory: { by: store.by, ...read.inventory },
    ...lookUp(read.root, isKnown(start) ? (lookAt?.(start) ?? []) : [], {
      isWhole: read.inventory.incomplete === undefined,
    }),
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
    ...(name === undefined ? {} : { name }),
    findings: [...parts.findings, ...findings, ...judgeCount(parts, diffIds), ...read.findings],
  };
}

/** A configuration that speaks of other layers than the manifest. */
function judgeCount({ layers }: ImageParts, diffIds: readonly string[]): Finding[] {
  if (layers.length === diffIds.length || diffIds.length === 0) return [];
  return [
    {
      id: 'image-diff-id',
      status: 'fail',
      message: 'the configuration and the manifest do not agree how many layers there are',
      why: 'Engines refuse such an image.',
      evidence: [`the manifest has ${layers.length}, the configuration ${diffIds.length}`],
    },
  ];
}

interface ReadLayer {
  scan: LayerScan | undefined;
  blob: BlobRef;
  origin: LayerOrigin;
}

function joinLayers(layers: readonly ReadLayer[]) {
  const findings: Finding[] = [];
  const missing: string[] = [];
  const trees: Directory[] = [];
  const origins: LayerOrigin[] = [];
  for (const { scan, blob, origin } of layers) {
    // Of what is not compared with anything the layer's own digest is as good.
    const diffId = origin.diffId || scan?.diffId || '';
    origins.push({ ...origin, diffId });
    if (scan === undefined) {
      const isForeign = (blob.urls ?? []).length > 0;
      findings.push(isForeign ? foreignLayer(origin, blob) : missingLayer(origin, blob));
      missing.push(`${nameOf(origin)} is not there`);
      continue;
    }
    findings.push(...judgeLayer(origin, blob, scan));
    if (scan.fault !== undefined) missing.push(`${nameOf(origin)}: ${scan.fault.message}`);
    tag(scan.root, diffId);
    trees.push(scan.root);
  }
  const root = mergeLayers(trees);
  const inventory: Omit<Inventory, 'by'> = {
    ...listFiles(root),
    unreadable: { count: 0, examples: [] },
    ...(missing.length === 0 ? {} : { incomplete: missing.join('; ') }),
  };
  return { findings, inventory, origins, root };
}

function missingLayer(origin: LayerOrigin, blob: BlobRef): Finding {
  return { ...missingBlob(nameOf(origin), blob), location: { layer: origin } };
}

/** Says of each file which layer it is of. */
function tag({ entries }: Directory, diffId: string): void {
  for (const node of entries.values()) {
    if (node instanceof Directory) tag(node, diffId);
    else if (typeof node === 'object' && 'errno' in node) node.layer = diffId;
  }
}
