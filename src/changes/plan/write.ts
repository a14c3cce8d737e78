import { shellQuote } from '../../model/escape.ts';
import { bytesOfString } from '../../model/bytes.ts';
import {
  commandRule,
  commandStatus,
  registerRule,
  type BinfmtTable,
  type TableWrite,
} from '../../model/binfmt-table.ts';
import { parseRegisterString } from '../../model/binfmt-register.ts';

/** Which file of the binfmt_misc directory a string goes to. */
export type Target = 'register' | 'status' | { rule: string };

/** One write(2): the kernel takes the whole string or refuses it. `text` is a byte string. */
export interface Write {
  to: Target;
  text: string;
}

/** The write that registers a rule. */
export function registering(text: string): Write {
  return { to: 'register', text };
}

/** The write of a command (`1`, `0`, `-1`) to a rule's file. */
export function commanding(rule: string, text: '1' | '0' | '-1'): Write {
  return { to: { rule }, text };
}

/** The path that a write goes to, a byte string. */
export function pathOf({ to }: Write, directory: string): string {
  return `${directory}/${typeof to === 'string' ? to : to.rule}`;
}

/** What the kernel makes of a write, as far as the table tells: interpreters open. */
export function applyWrite(table: BinfmtTable, write: Write): TableWrite {
  if (write.to === 'status') return commandStatus(table, write.text);
  if (write.to !== 'register') return commandRule(table, write.to.rule, write.text);
  return registerRule(table, bytesOfString(write.text), () => 'ok');
}

/** The table after writes; the first that is refused throws, for no plan may hold such a one. */
export function applyWrites(table: BinfmtTable, writes: readonly Write[]): BinfmtTable {
  let current = table;
  for (const write of writes) {
    const { errno, table: next } = applyWrite(current, write);
    if (errno !== 'ok') throw new Error(`a planned write is refused: ${errno}`);
    current = next;
  }
  return current;
}

/**
 * The single write that takes the danger out of another one: a rule that no longer lets native
 * programs start has come by being registered or switched on. Undefined for all other writes.
 */
export function inverseOf({ to, text }: Write): Write | undefined {
  if (to === 'register') {
    const reading = parseRegisterString(bytesOfString(text));
    return 'rule' in reading ? commanding(reading.rule.name, '-1') : undefined;
  }
  return text === '1' ? { to, text: '0' } : undefined;
}

/** A write as a shell would make it: `echo 0 > …`, `printf %s '…' > …/register`. */
export function shellLine(write: Write, directory: string): string {
  const path = quoteBytes(pathOf(write, directory));
  if (write.to !== 'register') return `echo ${write.text} > ${path}`;
  return `printf %s ${quoteBytes(write.text)} > ${path}`;
}

/**
 * Quotes a byte string for a shell. Bytes that do not print are written in the form `$'\012'`
 * (POSIX 2024, bash, zsh, busybox), so that no byte of a hostile rule reaches the terminal.
 */
export function quoteBytes(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return shellQuote(text);
  const escaped = text.replaceAll(/[^\x20-\x7e]|['\\]/g, (character) =>
    character === "'" || character === '\\'
      ? `\\${character}`
      : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `$'${escaped}'`;
}
