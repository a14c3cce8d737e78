import type { FileFacts, KernelFacts } from '../model/facts.ts';
import type { Source } from './plan/plan.ts';
import type { Write } from './plan/write.ts';

/** What came of a row of writes. */
export interface Written {
  /** One a write: `ok`, `skipped`, or the errno's name. */
  results: string[];
  /** Native programs stopped starting: the errno. What had caused it was taken back at once. */
  broken?: string;
}

/** A rule table that can be changed: an engine's or this machine's. */
export interface Place {
  kind: 'engine' | 'machine';
  /** For sentences: `the engine at unix:///… (default)`, `this machine`. */
  name: string;
  /** The binfmt_misc directory as it is called there. */
  directory: string;
  /** Its own architecture, in Docker's words. */
  architecture: string;
  /** Whether files of this machine are files of that one, by the same path. */
  sharesFiles: boolean;
  /** Reads the table and runs the probe's programs; all of them where none are named. */
  read(programs?: readonly string[]): Promise<KernelFacts>;
  /** Looks at files there; a path that nothing can be said of is left out. */
  look(paths: readonly string[]): Promise<FileFacts[]>;
  /** Writes, each string at once, up to the first that is refused. */
  write(writes: readonly Write[], sources: Readonly<Record<string, Source>>): Promise<Written>;
  /** Mounts binfmt_misc; returns an errno's name, or what was done. */
  mount(): Promise<{ errno: string; how: 'mounted' | 'was mounted' }>;
}
