/** A file that is to be as told; `text` undefined means that it is to go. Paths are absolute. */
export interface FileChange {
  path: string;
  /** What is in it now; undefined where there is no such file. */
  before: string | undefined;
  text: string | undefined;
  mode?: number;
}

/** Reads a file's text, or undefined where there is none. */
export type ReadText = (path: string) => string | undefined;
