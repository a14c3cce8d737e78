import type { FileFacts, Known } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Inventory, LayerOrigin } from './inventory.ts';
import type { Platform } from './platform.ts';

/** How an image is started, as its configuration says it. Text as in its JSON; untrusted. */
export interface ImageStart {
  entrypoint: string[];
  cmd: string[];
  /** `NAME=value`. */
  env: string[];
  /** `user`, `uid`, `user:group`; empty for root. */
  user: string;
  /** Empty for the root directory. */
  workingDir: string;
  /** HEALTHCHECK's words, the first of them `CMD` or `CMD-SHELL`; absent where there is none. */
  healthcheck?: string[];
  /** SHELL, which CMD-SHELL goes through; absent where it is `/bin/sh -c`. */
  shell?: string[];
  labels: Record<string, string>;
}

/** One image of one platform: what it says of itself, and what is in it. */
export interface ImageContent {
  /** What it is for: its configuration counts, then the index. */
  platform?: Platform;
  /** Who says for which platform it is. */
  declared: { index?: Platform; config?: Platform };
  start: Known<ImageStart>;
  /** `created_by` of each entry of the history, the base's first; untrusted. */
  history: { createdBy: string; isEmpty: boolean }[];
  layers: LayerOrigin[];
  inventory: Inventory;
  /** Of paths that were asked for: directories and files that stand in no inventory. */
  looked: FileFacts[];
  /** Small files that judgements go by (passwd, group, what loaders read); null where there is none. */
  texts: Readonly<Record<string, string | null>>;
  /** Of paths that were asked for: the programs that a shell script executes, by its path. */
  commands: Readonly<Record<string, readonly string[]>>;
  /** sha256:… of its manifest, where it has one. */
  manifestDigest?: string;
  /** Of a container: what the engine calls its image. */
  image?: string;
  /** What the archive or layout calls it; untrusted. */
  name?: string;
  /** What is wrong with the image as it is stored: digests, sizes, layers that cannot be read. */
  findings: Finding[];
}

/** All images that were found under one name. */
export interface ImageSet {
  /** For people; untrusted. */
  reference: string;
  by: Inventory['by'];
  images: ImageContent[];
  /** Platforms that the index lists and that were not read, for they were not asked for. */
  others: Platform[];
  /** What is wrong with the name or its index as a whole. */
  findings: Finding[];
}
