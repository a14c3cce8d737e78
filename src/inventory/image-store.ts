import type { Inventory } from '../model/inventory.ts';
import type { Platform } from '../model/platform.ts';
import type { LayerScan } from './scan-layer.ts';

/** Something that an image is made of, as an index or a manifest names it. */
export interface BlobRef {
  /** How the store knows it: a digest, or a path in an archive. */
  name: string;
  /** sha256:… of its bytes, where somebody says so. */
  digest?: string;
  size?: number;
  mediaType?: string;
  platform?: Platform;
  annotations?: Readonly<Record<string, string>>;
  /** Where else it may be had: foreign layers. */
  urls?: readonly string[];
}

/** Where images are kept. Throws XbuildError where the store as such cannot be read. */
export interface ImageStore {
  by: Inventory['by'];
  /** An engine's index may list platforms that were never pulled: that is no fault. */
  mayBePartial?: boolean;
  /** An index, a manifest or a configuration; undefined where it is not there. */
  readText(blob: BlobRef, kind: 'manifest' | 'config'): Promise<Buffer | undefined>;
  /** A layer's content; undefined where it is not there. */
  readLayer(blob: BlobRef): Promise<LayerScan | undefined>;
}

/** No manifest or configuration is larger; Docker's registry refuses manifests over 4 MB. */
export const mostText = 8 << 20;
