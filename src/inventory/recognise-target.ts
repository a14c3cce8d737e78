import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseVerifyTarget, type VerifyTarget } from '../model/verify-target.ts';
import { packingOf } from './packing.ts';

/**
 * Reads what to verify, and takes a word without a transport for what it is on this machine: a
 * folder with an OCI layout, an archive; else a local image. Throws XbuildError `bad-argument`.
 */
export async function recogniseTarget(word: string): Promise<VerifyTarget> {
  const target = parseVerifyTarget(word);
  if (target.kind !== 'image' || target.name !== word) return target;
  const stats = await stat(word).catch(() => undefined);
  if (stats?.isDirectory() === true) {
    const layout = await stat(join(word, 'oci-layout')).catch(() => undefined);
    return layout === undefined ? target : { kind: 'layout', path: word };
  }
  const isArchive = stats?.isFile() === true && (await looksLikeArchive(word));
  return isArchive ? { kind: 'archive', path: word } : target;
}

async function looksLikeArchive(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    const head = buffer.subarray(0, bytesRead);
    return packingOf(head) !== 'none' || head.toString('latin1', 257, 262) === 'ustar';
  } finally {
    await file.close();
  }
}
