import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseRegisterString } from '../../src/model/binfmt-register.ts';
import { formatRuleFile, parseRuleFile, type Rule } from '../../src/model/binfmt-rule.ts';
import {
  commandRule,
  commandStatus,
  emptyTable,
  parseCommand,
  registerRule,
  type BinfmtTable,
} from '../../src/model/binfmt-table.ts';
import { bytesOfBase64, bytesOfString, stringOfBytes } from '../../src/model/bytes.ts';
import { makeWorld } from './match-records.ts';
import { readRecords } from './records.ts';
import type { FileRecord } from './world.ts';

const text64 = (text: string): string => stringOfBytes(bytesOfBase64(text));

/** The files that the recorded register strings were written beside. */
const files: FileRecord[] = [
  ...['/i/I0', '/i/I1', '/i/I2', '/i/I3', '/i/sp ace', '/i/nl\nx', '/i/\u00ff\u00fe'].map(program),
  ...['/i/dir/sub/I9', `/i/${'n'.repeat(255)}`, '/noexec/I0', '/nosuid/I0', '/w/rel'].map(program),
  { ...program('/i/noexec'), mode: '0644' },
  { ...program('/i/unreadable'), mode: '0111' },
  { ...program('/i/nobits'), mode: '0000' },
  { path: '/i/script', kind: 'data', b64: btoa('#!/i/I0\n'), mode: '0755' },
  { path: '/i/empty', kind: 'data', b64: '', mode: '0755' },
  { path: '/i/data', kind: 'data', b64: btoa('text'), mode: '0755' },
  program('/i/dyn'),
  { path: '/i/fifo', kind: 'fifo', mode: '0755' },
  { path: '/i/link', kind: 'symlink', target: 'I0' },
  { path: '/i/dangling', kind: 'symlink', target: 'nothing' },
  { path: '/i/loop', kind: 'symlink', target: 'loop' },
  { path: '/i/dirlink', kind: 'symlink', target: '/i/dir' },
  { path: '/dev/null', kind: 'fifo', mode: '0666' },
];

function program(path: string): FileRecord {
  return { path, kind: 'probe', mode: '0755' };
}

interface RegisterRecord {
  id: string;
  b64: string;
  before?: { b64: string; errno: string }[];
  errno: string;
  name_b64?: string;
  entry_b64?: string;
}

/** Registers what a record did, in a world of our own: the errno and the newest rule. */
function replay(record: RegisterRecord): { errno: string; rule: Rule | undefined } {
  const world = makeWorld(files);
  for (const { b64, errno } of record.before ?? []) {
    expect(world.apply({ op: 'register', s: text64(b64), errno })).toBe(errno);
  }
  const errno = world.apply({ op: 'register', s: text64(record.b64), errno: record.errno });
  return { errno, rule: world.table.rules[0] };
}

describe('the recorded kernel', () => {
  const records = readRecords<RegisterRecord>('register');

  it('registers and refuses what this table does, and writes the same rule files', () => {
    const wrong = records.filter((record) => {
      const { errno, rule } = replay(record);
      if (errno !== 'ok' || rule === undefined) return errno !== record.errno;
      const same = rule.name === text64(record.name_b64 ?? '');
      return !same || formatRuleFile(rule) !== text64(record.entry_b64 ?? '');
    });
    expect(wrong).toEqual([]);
    expect(records.length).toBeGreaterThan(3800);
  });

  it('writes rule files that are read back as the rule they are of', () => {
    const wrong = records.filter((record) => {
      const reading = parseRegisterString(bytesOfBase64(record.b64));
      if (record.errno !== 'ok' || !('rule' in reading)) return false;
      const { rule } = reading;
      const read = parseRuleFile({ name: rule.name, text: text64(record.entry_b64 ?? '') });
      const candidates = 'rule' in read ? [read.rule] : 'ambiguous' in read ? read.ambiguous : [];
      return !candidates.some((candidate) => isDeepStrictEqual(candidate, rule));
    });
    expect(wrong).toEqual([]);
  });
});

interface EntryRecord {
  group: string;
  b64: string;
  ops: { write: string; s: string; errno: string }[];
  entry_b64: string;
}

interface CommandRecord {
  group: string;
  target: 'entry' | 'status';
  before: 'enabled' | 'disabled';
  write_b64: string;
  errno: string;
  after: { status: string; rules: string[]; [rule: string]: unknown };
}

describe('the recorded rule files', () => {
  const records = readRecords<EntryRecord>('entries').filter(({ group }) => group === 'entry');

  it('say what was registered and commanded', () => {
    for (const { b64, ops, entry_b64 } of records) {
      let { table } = registerRule(emptyTable, bytesOfBase64(b64), () => 'ok');
      for (const { write, s, errno } of ops) {
        const done = commandRule(table, write, s);
        expect(done.errno).toBe(errno);
        table = done.table;
      }
      const [rule] = table.rules;
      expect(rule && formatRuleFile(rule)).toBe(text64(entry_b64));
      expect(rule && parseRuleFile({ name: rule.name, text: text64(entry_b64) })).toEqual({ rule });
    }
    expect(records.length).toBeGreaterThan(300);
  });
});

describe('the recorded commands', () => {
  const records = readRecords<CommandRecord>('entries').filter(({ group }) => group === 'command');

  /** The table that every command was given to. */
  function tableBefore({ target, before }: CommandRecord): BinfmtTable {
    const strings = [':s:E::x::/i/I1:', ':r:M::AB::/i/I0:'];
    let table = strings.reduce(
      (all, text) => registerRule(all, bytesOfString(text), () => 'ok').table,
      emptyTable,
    );
    if (before === 'disabled' && target === 'entry') table = commandRule(table, 'r', '0').table;
    if (before === 'disabled' && target === 'status') table = commandStatus(table, '0').table;
    return table;
  }

  it('do what they did', () => {
    for (const record of records) {
      const text = text64(record.write_b64);
      const table = tableBefore(record);
      const done =
        record.target === 'entry' ? commandRule(table, 'r', text) : commandStatus(table, text);
      expect(done.errno).toBe(record.errno);
      const rules = done.table.rules.map((rule) => [rule.name, formatRuleFile(rule)]);
      const { status, rules: names, ...entries } = record.after;
      expect(`${done.table.enabled ? 'enabled' : 'disabled'}\n`).toBe(status);
      expect(new Set(rules.map(([name]) => name))).toEqual(new Set(names));
      expect({ r: null, s: null, ...Object.fromEntries(rules) }).toEqual({
        r: null,
        s: null,
        ...entries,
      });
    }
    expect(records.length).toBeGreaterThan(70);
  });
});

describe('one write holds one rule', () => {
  it.each([
    [':a:M::XY::/i/x:\n:b:M::XY::/i/x:\n', 'EINVAL'],
    [':a:M::XY::/i/x:\n', 'ok'],
    [':register:M::XY::/i/x:', 'EEXIST'],
    [`:${'n'.repeat(256)}:M::XY::/i/x:`, 'ENAMETOOLONG'],
    [':a:M::XY::/missing:F', 'ENOENT'],
    [':status:M::XY::/missing:F', 'ENOENT'],
  ])('%j: %s', (text, errno) => {
    expect(registerRule(emptyTable, bytesOfString(text), () => 'ENOENT').errno).toBe(errno);
  });
});

it.each([
  ['1', 'enable'],
  ['0\n', 'disable'],
  ['-1\n', 'remove'],
  ['', 'nothing'],
  ['\n', undefined],
  [' 1', undefined],
  ['-1\n\n', undefined],
])('the command %j means %s', (text, command) => {
  expect(parseCommand(text)).toBe(command);
});
