import { parseRegisterString } from './binfmt-register.ts';
import type { Rule } from './binfmt-rule.ts';

/** binfmt_misc's state in one user namespace: the switch of `status`, and the rules. */
export interface BinfmtTable {
  enabled: boolean;
  /** In match order: the newest first. */
  rules: readonly Rule[];
}

/** What a write gives: an errno's name or `ok`, and the table after it. */
export interface TableWrite {
  errno: string;
  table: BinfmtTable;
  /** Why it was refused, where that is more than the errno says. */
  reason?: string;
}

/** A freshly mounted binfmt_misc. */
export const emptyTable: BinfmtTable = { enabled: true, rules: [] };

export type Command = 'enable' | 'disable' | 'remove' | 'nothing';

const commands: ReadonlyMap<string, Command> = new Map([
  ['', 'nothing'],
  ['1', 'enable'],
  ['0', 'disable'],
  ['-1', 'remove'],
]);

/**
 * What a write to a rule's file or to `status` means; undefined is EINVAL.
 *
 * `text` is a byte string. Source: parse_command in fs/binfmt_misc.c.
 */
export function parseCommand(text: string): Command | undefined {
  if (text.length > 3) return undefined;
  if (text === '\n') return undefined;
  return commands.get(text.endsWith('\n') ? text.slice(0, -1) : text);
}

function longerThanAName(name: string): boolean {
  return name.length > 255;
}

function nameErrno(table: BinfmtTable, name: string): string {
  if (longerThanAName(name)) return 'ENAMETOOLONG';
  const taken = ['register', 'status', ...table.rules.map((rule) => rule.name)];
  return taken.includes(name) ? 'EEXIST' : 'ok';
}

/**
 * Writes a string to `register`. `openInterpreter` is asked for rules with flag F: `ok`, or the
 * errno of opening that path for execution. A new rule comes first and is enabled.
 */
export function registerRule(
  table: BinfmtTable,
  text: Uint8Array,
  openInterpreter: (path: string) => string,
): TableWrite {
  const reading = parseRegisterString(text);
  if (!('rule' in reading)) return { errno: reading.errno, table, reason: reading.reason };
  const { rule } = reading;
  const opened = rule.flags.includes('F') ? openInterpreter(rule.interpreter) : 'ok';
  const errno = opened === 'ok' ? nameErrno(table, rule.name) : opened;
  if (errno !== 'ok') return { errno, table };
  return { errno, table: { ...table, rules: [rule, ...table.rules] } };
}

/** Writes a command to the file of a rule. */
export function commandRule(table: BinfmtTable, name: string, text: string): TableWrite {
  if (longerThanAName(name)) return { errno: 'ENAMETOOLONG', table };
  if (!table.rules.some((rule) => rule.name === name)) return { errno: 'ENOENT', table };
  const command = parseCommand(text);
  if (command === undefined) return { errno: 'EINVAL', table };
  if (command === 'nothing') return { errno: 'ok', table };
  if (command === 'remove') {
    const rules = table.rules.filter((rule) => rule.name !== name);
    return { errno: 'ok', table: { ...table, rules } };
  }
  const enabled = command === 'enable';
  const rules = table.rules.map((rule) => (rule.name === name ? { ...rule, enabled } : rule));
  return { errno: 'ok', table: { ...table, rules } };
}

/** Writes a command to `status`: the switch leaves the rules' own states alone. */
export function commandStatus(table: BinfmtTable, text: string): TableWrite {
  const command = parseCommand(text);
  if (command === undefined) return { errno: 'EINVAL', table };
  if (command === 'nothing') return { errno: 'ok', table };
  if (command === 'remove') return { errno: 'ok', table: { ...table, rules: [] } };
  return { errno: 'ok', table: { ...table, enabled: command === 'enable' } };
}
