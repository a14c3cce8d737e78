import type { CiSystem } from '../ci/system.ts';
import type { Flag } from '../model/flags.ts';

/** What a command gets from the outside world. */
export interface CommandContext {
  env: Readonly<Record<string, string | undefined>>;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
  /** Set in a job of a CI system that reads commands from what is printed. */
  ci?: CiSystem;
  /** The same streams, where what is written may be a command of the CI system. */
  commandStreams: { stdout: NodeJS.WriteStream; stderr: NodeJS.WriteStream };
  /** Aborted by Ctrl-C and SIGTERM. */
  signal: AbortSignal;
}

/** One command of xbuild. `run` resolves to the exit status; XbuildErrors are printed by the caller. */
export interface Command {
  name: string;
  /** After `xbuild NAME`: `[flags] CONTEXT`. */
  usage: string;
  /** One sentence. */
  summary: string;
  /** Lines of help between usage and examples, where a command needs them. */
  details?: string;
  examples: readonly string[];
  flags: readonly Flag[];
  /** What completion offers as its words; absent for none. */
  completes?: 'files' | 'folders' | readonly string[];
  run(argv: readonly string[], context: CommandContext): Promise<number>;
  /** For a command whose words are mostly somebody else's; else --help and -h anywhere ask. */
  asksForHelp?(this: void, argv: readonly string[]): boolean;
}
