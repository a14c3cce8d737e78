import type { Allowance } from '../faults/allow.ts';
import type { FileFacts, Known, RunFacts } from '../model/facts.ts';
import type { Inventory, LayerOrigin } from '../model/inventory.ts';
import type { Platform } from '../model/platform.ts';
import type { RunAnswer } from '../probe/decode.ts';

/** The part of an image's configuration that says how it is started. Text as in its JSON. */
export interface ImageConfig {
  entrypoint: string[];
  cmd: string[];
  /** `NAME=value`. */
  env: string[];
  /** `user`, `uid`, `user:group`; empty for root. */
  user: string;
  /** Empty for the root directory. */
  workingDir: string;
  /** `CMD`, `CMD-SHELL` or `NONE`, and words; absent where the image has none. */
  healthcheck?: string[];
  /** What starts commands in shell form; absent for `/bin/sh -c`. */
  shell?: string[];
}

/** Who says for which platform an image is; absent where the engine does not tell. */
export interface DeclaredPlatforms {
  /** The descriptor in the image index. */
  index?: Platform;
  /** The image's own configuration. */
  config?: Platform;
  /** The engine found an image for the platform that was asked for; older engines tell no more. */
  chosen?: Platform;
  /** Set where the image has nothing for the platform that was asked for: what it has instead. */
  offered?: Platform[];
}

/** What programs saw that were run inside the image. */
export interface InsideFacts {
  /** `uname -m` by the image's own program; its path is `uname` where the image has none. */
  uname: Known<RunAnswer>;
  /** The probe's program for the platform; null where the probe has none for it. */
  guest: Known<RunFacts> | null;
}

/** All that is judged of one image for one platform: plain JSON. */
export interface ImageFacts {
  /** For people. */
  reference: string;
  /** The platform that was asked for. */
  platform: Platform;
  /** The engine's architecture, in Docker's words. */
  native: string;
  /** Why the platform does not run on the engine, as preflight found it; absent where it does. */
  noSupport?: string;
  /** Set where the image is not in an engine's store, and so cannot be run. */
  elsewhere?: true;
  declared: DeclaredPlatforms;
  config: Known<ImageConfig>;
  inside: Known<InsideFacts>;
  /** What is known of the image's files; paths are byte strings. */
  files: FileFacts[];
  /** All that can be executed; absent where it was not asked for. */
  inventory?: Known<Inventory>;
  /** Small files that a judgement asked for, byte strings by path; null where there is no such file. */
  texts?: Readonly<Record<string, string | null>>;
  /** The programs that shell scripts execute, by the script's path, where the files do not tell. */
  commands?: Readonly<Record<string, readonly string[]>>;
  /** Which layer files are from, as far as it was found out. */
  layers?: ReadonlyMap<string, LayerOrigin>;
  /** The engine's rule for the platform's programs, where it is known. */
  rule?: { name: string; flags: string };
  /** Faults that the user lets pass. */
  allow?: readonly Allowance[];
}
