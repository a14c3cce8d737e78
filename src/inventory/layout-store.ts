import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asRead } from './read-archive.ts';
import type { Cache } from './cache.ts';
import { mostText, type BlobRef, type ImageStore } from './image-store.ts';
import { isDigest } from './read-manifests.ts';
import { recallLayer, rememberLayer } from './remember.ts';
import { scanLayer, type LayerScan } from './scan-layer.ts';

/** An OCI image layout in a folder. Source: OCI image-spec, image-layout.md. */
export function openLayout(
  folder: string,
  { cache, signal }: { cache: Cache; signal?: AbortSignal | undefined },
): ImageStore {
  const pathOf = ({ name }: BlobRef) => {
    if (!isDigest(name)) return undefined;
    return join(folder, 'blobs', ...name.split(':'));
  };
  return {
    by: 'layout',
    readText: async (blob) => {
      const path = pathOf(blob);
      const size = path === undefined ? undefined : await sizeOf(path);
      if (path === undefined || size === undefined || size > mostText) return undefined;
      return readFile(path, { signal });
    },
    readLayer: async (blob): Promise<LayerScan | undefined> => {
      const path = pathOf(blob);
      if (path === undefined || (await sizeOf(path)) === undefined) return undefined;
      const content = createReadStream(path, { highWaterMark: 1 << 20, signal });
      const known = await recallLayer(cache, blob.name);
      if (known !== undefined) return asRead(known, content);
      const scan = await scanLayer(content, { named: blob.name });
      if (scan.digest === blob.name) await rememberLayer(cache, scan);
      return scan;
    },
  };
}

/** Bytes of a regular file; undefined where there is none. */
async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true ? stats.size : undefined;
}
