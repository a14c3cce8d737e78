import type { Flag, ParsedArguments } from '../../model/flags.ts';
import { isOn } from '../../model/flags.ts';
import type { Output } from '../../io/standard-output.ts';
import { textOptionsOf } from '../text-options.ts';
import type { TextOptions } from '../../reporters/text-options.ts';
import { endpointFlags, outputFlags } from '../../io/shared-flags.ts';
import type { CommandContext } from '../command.ts';

/** One subcommand of `xbuild binfmt`; `run` gets the words without its name. */
export interface Subcommand {
  name: string;
  /** After `xbuild binfmt`: `show NAME`. */
  usage: string;
  /** A few words for the list of subcommands. */
  summary: string;
  flags: readonly Flag[];
  /** What completion offers as its words; absent for none. */
  completes?: 'files' | 'folders' | readonly string[];
  /** Whole command lines; without them, those of the command that begin with its name. */
  examples?: readonly string[];
  run(argv: readonly string[], context: CommandContext): Promise<number>;
}

/** What a subcommand gets that only reads; src/quick.ts has no streams of Node to give. */
export interface ReadingContext extends Omit<
  CommandContext,
  'stdout' | 'stderr' | 'commandStreams'
> {
  stdout: Output;
}

/** A subcommand that changes nothing. */
export interface ReadingSubcommand extends Subcommand {
  run(argv: readonly string[], context: ReadingContext): Promise<number>;
}

/** Flags that choose whose rules are read. */
export const tableFlags: readonly Flag[] = [
  {
    name: 'local',
    kind: 'bool',
    help: "this machine's rules (default: those of the engine's kernel)",
  },
  {
    name: 'mount',
    kind: 'value',
    value: 'DIR',
    help: 'where binfmt_misc is mounted on this machine; means --local',
  },
];

/** The flags of every subcommand that reads rules. */
export const readingFlags: readonly Flag[] = [...tableFlags, ...endpointFlags, ...outputFlags];

/** Writes a result for people or, with --json, as one document. */
export function print(
  { stdout, env }: ReadingContext,
  parsed: ParsedArguments,
  document: () => object,
  text: (options: TextOptions) => string,
): void {
  if (isOn(parsed, 'json')) {
    stdout.write(`${JSON.stringify(document(), null, 2)}\n`);
    return;
  }
  stdout.write(text(textOptionsOf(stdout, env)));
}
