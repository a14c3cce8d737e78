import { explainSubcommand } from './explain.ts';
import { listSubcommand } from './list.ts';
import { matchSubcommand } from './match.ts';
import { showSubcommand } from './show.ts';
import type { ReadingSubcommand } from './subcommand.ts';

/** What changes nothing, in the order of help. The first is meant where none is named. */
export const readingSubcommands: readonly ReadingSubcommand[] = [
  listSubcommand,
  showSubcommand,
  matchSubcommand,
  explainSubcommand,
];
