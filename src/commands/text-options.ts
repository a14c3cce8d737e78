import { describeTerminal } from '../io/terminal.ts';
import type { TextOptions } from '../reporters/text-options.ts';

/** What a text for people may use where it is written to a stream. */
export function textOptionsOf(...terminal: Parameters<typeof describeTerminal>): TextOptions {
  const { columns: width, unicode, paint: colour } = describeTerminal(...terminal);
  return { width, unicode, colour };
}
