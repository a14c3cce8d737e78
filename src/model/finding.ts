/** How a check ended. `unknown` means that a fact is missing; the message says which. */
export type Status = 'pass' | 'warn' | 'fail' | 'unknown';

/** What puts a finding right: a sentence in the imperative, and commands that can be pasted. */
export interface Fix {
  text: string;
  commands: string[];
  /** Commands that do the same without xbuild, instead of all of those above. */
  instead?: string[];
}

/** Where a finding is: in the image, and in the sources that made the image. */
export interface FindingLocation {
  /** A path in the image, a byte string. */
  path?: string;
  /** The layer that the file comes from. */
  layer?: { diffId: string; index: number; createdBy?: string };
  /** A file of the build context or of this machine, usually a Dockerfile; lines count from 1. */
  source?: { file: string; line: number; endLine?: number };
}

/**
 * One thing that is so, on the user's machine or in the user's image.
 *
 * `message` is what is so; `why` is why it matters to the user; `evidence` are the facts that
 * prove it, one a line. `platform` is set when the finding is about one platform (formatted,
 * `linux/arm/v7`).
 */
export interface Finding {
  id: string;
  status: Status;
  message: string;
  why?: string;
  evidence?: string[];
  platform?: string;
  fix?: Fix;
  location?: FindingLocation;
}
