import { counted } from '../model/sentence.ts';
import type { Place, Table } from './table.ts';
import { isOn } from './table.ts';
import { lineOf } from './text.ts';

/** Whose rules they are, as a subject: `this machine`, `the engine at unix:///… (default)`. */
export function placeWords(place: Place): string {
  return place.kind === 'machine'
    ? 'this machine'
    : `the engine at ${lineOf(place.url)} (${lineOf(place.source)})`;
}

/** Why there are no rules to be seen, and what to do about it. */
export interface NoRules {
  reason: string;
  hint: string;
}

const USUAL = '/proc/sys/fs/binfmt_misc';
const MODULE = 'load the module (sudo modprobe binfmt_misc), or use a kernel that has it';

function whereOf({ place }: Table): string {
  return place.kind === 'machine' ? lineOf(place.directory) : USUAL;
}

function notMounted(table: Table): NoRules {
  const where = whereOf(table);
  if (!table.binfmt.knownToKernel) {
    return {
      reason: `the kernel of ${placeWords(table.place)} does not know binfmt_misc`,
      hint: MODULE,
    };
  }
  const here = table.place.kind === 'machine';
  const engine = here
    ? '; in a container, ask the kernel through the engine: leave --local out'
    : '';
  const mount = `sudo mount -t binfmt_misc binfmt_misc ${where}`;
  return {
    reason: `binfmt_misc is not mounted at ${where} of ${placeWords(table.place)}, so no rules are to be seen`,
    hint: here ? `mount it (${mount})${engine}` : `on its machine: ${mount}`,
  };
}

/** Says why no rules are to be seen; undefined where they are, were there any. */
export function whyNoRules(table: Table): NoRules | undefined {
  const where = whereOf(table);
  if (table.problem !== undefined) {
    return {
      reason: `the rules at ${where} could not be read: ${table.problem}`,
      hint: 'any user may read them; look at what keeps this one away (ls -ld, mount)',
    };
  }
  switch (table.binfmt.mount) {
    case 'binfmt_misc':
      return undefined;
    case 'autofs':
      return {
        reason: `systemd is to mount binfmt_misc at ${where} of ${placeWords(table.place)} when it is first used, and that has not happened`,
        hint: `use it there: ls ${where}; if it stays so: systemctl status proc-sys-fs-binfmt_misc.automount`,
      };
    case 'absent':
      return table.binfmt.knownToKernel
        ? { reason: `there is no directory ${where}`, hint: 'is /proc mounted?' }
        : notMounted(table);
    default:
      return notMounted(table);
  }
}

/** The table in one sentence: whose, on or off, how many. */
export function tableWords(table: Table): string {
  const { place, entries } = table;
  const unusual = place.kind === 'machine' && place.directory !== USUAL;
  const at = unusual ? ` (${lineOf(place.directory)})` : '';
  const rules = counted(entries.length, 'rule');
  const order = entries.length > 1 ? ', the first match counts' : '';
  const state = isOn(table)
    ? `on, ${rules}${order}`
    : `OFF as a whole: none of its ${rules} counts`;
  return `binfmt_misc of ${placeWords(place)}${at}: ${state}`;
}
