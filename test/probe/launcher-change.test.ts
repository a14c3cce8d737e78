// The launcher's writes, in a table of rules of its own: a user namespace with its own binfmt_misc.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { wordsOf, type ProbeCommand } from '../../src/probe/command.ts';
import { decodeStream, readBinfmtAnswer, readWriteAnswer } from '../../src/probe/decode.ts';
import { isKnown } from '../../src/model/facts.ts';
import { installProgram, makeFolder, native, whyNoLauncher } from './launcher.ts';

const IN_A_TABLE_OF_ITS_OWN = ['--user', '--map-root-user', '--mount', '--fork', 'sh', '-c'];

function whyNoTable(): string | undefined {
  const script = 'mount -t tmpfs none /mnt && mkdir /mnt/b && mount -t binfmt_misc none /mnt/b';
  const { status } = spawnSync('unshare', [...IN_A_TABLE_OF_ITS_OWN, script]);
  return status === 0 ? undefined : 'no binfmt_misc in a user namespace (Linux 6.7)';
}

const reason = whyNoLauncher ?? whyNoTable();

/** Carries out commands where `TABLE` stands for an empty table's directory. */
function change(make: (table: string, guest: string) => ProbeCommand[]) {
  const folder = makeFolder();
  const launcher = installProgram(`launcher-${native}`, folder);
  const guest = installProgram(`guest-${native}`, folder);
  const table = join(folder, 'table');
  mkdirSync(table);
  const script = `mount -t binfmt_misc none ${table} && exec "$@"`;
  const words = [...make(table, guest), { do: 'binfmt', directory: table } as const];
  const { stdout } = spawnSync('unshare', [
    ...IN_A_TABLE_OF_ITS_OWN,
    script,
    'sh',
    launcher,
    ...wordsOf(words),
  ]);
  const stream = decodeStream(stdout);
  const binfmt = readBinfmtAnswer(stream);
  if (!isKnown(binfmt)) throw new Error(binfmt.unknown);
  return { answer: readWriteAnswer(stream), names: binfmt.rules.map(({ name }) => name), binfmt };
}

const write = (file: string, text: string): ProbeCommand => ({ do: 'write', file, text });

describe.skipIf(reason)('the launcher, asked to write', () => {
  test('writes each string at once, and says what the kernel made of it', () => {
    const { answer, names } = change((table) => [
      write(`${table}/register`, ':one:M::\\x31\\x32::/nowhere:'),
      write(`${table}/register`, ':two words\nand a line:E::\xff::/no where:P'),
      write(`${table}/one`, '0'),
    ]);
    expect(answer).toEqual({ writes: ['ok', 'ok', 'ok'], broken: [], reverted: [] });
    expect(names).toEqual(['two words\nand a line', 'one']);
  });

  test('stops at the first write that is refused', () => {
    const { answer, names } = change((table) => [
      write(`${table}/register`, ':one:E::one::/nowhere:'),
      write(`${table}/register`, ':one:E::two::/nowhere:'),
      write(`${table}/one`, '-1'),
    ]);
    expect(answer.writes).toEqual(['ok', 'EEXIST', 'skipped']);
    expect(names).toEqual(['one']);
  });

  test('takes a rule back that stops native programs, though nothing can be started any more', () => {
    const { answer, names, binfmt } = change((table, guest) => [
      write(`${table}/register`, ':good:E::one::/nowhere:'),
      write(`${table}/register`, ':wide:M::\\x7fELF::/nowhere:'),
      { do: 'prove', program: guest },
      { do: 'revert', write: 1, file: `${table}/wide`, text: '-1' },
    ]);
    expect(answer).toMatchObject({
      writes: ['ok', 'ok'],
      broken: [{ errno: 'ENOENT' }],
      reverted: [{ write: 1, errno: 'ok' }],
    });
    expect(names).toEqual(['good']);
    expect(binfmt.status).toBe('enabled');
  });

  test('takes nothing back where native programs run', () => {
    const { answer, names } = change((table, guest) => [
      write(`${table}/register`, ':good:E::one::/nowhere:'),
      { do: 'prove', program: guest },
      { do: 'revert', write: 0, file: `${table}/good`, text: '-1' },
    ]);
    expect(answer).toEqual({ writes: ['ok'], broken: [], reverted: [] });
    expect(names).toEqual(['good']);
  });
});
