import type { FileFacts } from '../model/facts.ts';

/** Where files are read: one lstat(2), and a head. */
export interface FileSource {
  /** `path`: a byte string, absolute, without links before its last part. Never throws. */
  read(path: string): Promise<FileFacts>;
  /**
   * The beginning of a regular file: `endOf` says up to where, from its head. Undefined where it
   * says nothing, and where the file cannot be read. Absent where only heads are to be had.
   */
  readBeginning?: (
    path: string,
    endOf: (head: Uint8Array) => number | undefined,
  ) => Promise<Uint8Array | undefined>;
}

/** Every folder on the way to a path, and the path. */
function withParents(path: string): string[] {
  const parts = path.split('/').filter(Boolean);
  return ['/', ...parts.map((_part, index) => `/${parts.slice(0, index + 1).join('/')}`)];
}

/**
 * The files of one container, image or machine that were read so far. Reads what is asked for with
 * the folders on its way, all at once, since each question takes its time.
 */
export class FileReader {
  readonly #source: FileSource;
  readonly #known = new Map<string, FileFacts>();
  readonly #asked = new Set<string>();

  constructor(source: FileSource) {
    this.#source = source;
  }

  /** Reads what was not asked for yet; tells whether there was any. */
  async read(paths: readonly string[]): Promise<boolean> {
    const wanted = [...new Set(paths.flatMap(withParents))].filter(
      (path) => !this.#asked.has(path),
    );
    for (const path of wanted) this.#asked.add(path);
    const read = await Promise.all(wanted.map((path) => this.#source.read(path)));
    for (const facts of read) this.#known.set(facts.path, facts);
    return wanted.length > 0;
  }

  /** What is known; a path behind a link is left out, since it is another file's. */
  get files(): FileFacts[] {
    return [...this.#known.values()].filter(({ path }) =>
      withParents(path)
        .slice(0, -1)
        .every((parent) => this.#known.get(parent)?.kind !== 'symlink'),
    );
  }
}
