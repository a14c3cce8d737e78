import { addSubcommand } from './add.ts';
import { diffSubcommand } from './diff.ts';
import { disableSubcommand } from './disable.ts';
import { enableSubcommand } from './enable.ts';
import { mountSubcommand } from './mount.ts';
import { offSubcommand } from './off.ts';
import { onSubcommand } from './on.ts';
import { persistSubcommand } from './persist.ts';
import { removeSubcommand } from './remove.ts';
import { restoreSubcommand } from './restore.ts';
import { snapshotSubcommand } from './snapshot.ts';
import type { Subcommand } from './subcommand.ts';

/** What changes rules, in the order of help; loaded only when one of them is asked for. */
export const changingSubcommands: readonly Subcommand[] = [
  addSubcommand,
  removeSubcommand,
  enableSubcommand,
  disableSubcommand,
  onSubcommand,
  offSubcommand,
  mountSubcommand,
  persistSubcommand,
  snapshotSubcommand,
  restoreSubcommand,
  diffSubcommand,
];
