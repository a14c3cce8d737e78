import type { Allowance } from '../faults/allow.ts';
import { cacheFolder, noCache, openCache, type Cache } from '../inventory/cache.ts';
import type { ImageVerification } from '../model/verification.ts';
import type { FilesJudgement } from './judge-files.ts';

/** One image that was verified, with what is compared between its platforms. */
export interface VerifiedImage {
  verification: ImageVerification;
  files?: FilesJudgement;
}

/** How all images of one run are verified. */
export interface VerifyOptions {
  /** What was found out before, by content. */
  cache: Cache;
  /** Faults that the user lets pass. */
  allow: readonly Allowance[];
  signal: AbortSignal;
  /** Told now and then how far it is: for people. */
  onProgress?: (text: string) => void;
}

/** The user's own cache, or none where the user wants none. */
export function cacheOf(env: Readonly<Record<string, string | undefined>>, isWanted = true): Cache {
  return isWanted ? openCache(cacheFolder(env)) : noCache;
}
