import { addSubcommand } from './add.ts';
import { mountSubcommand } from './mount.ts';
import type { Subcommand } from './subcommand.ts';
import {
  disableSubcommand,
  enableSubcommand,
  offSubcommand,
  onSubcommand,
  removeSubcommand,
} from './switching.ts';

/** What changes rules, in the order of help; loaded only when one of them is asked for. */
export const changingSubcommands: readonly Subcommand[] = [
  addSubcommand,
  removeSubcommand,
  enableSubcommand,
  disableSubcommand,
  onSubcommand,
  offSubcommand,
  mountSubcommand,
];
