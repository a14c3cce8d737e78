import { describe, expect, test } from 'vitest';
import { matchFile, type MatchReport } from '../../src/binfmt/match.ts';
import type { Table } from '../../src/binfmt/table.ts';
import { headFor, findArchitecture } from '../../src/model/architecture.ts';
import { stringOfBytes } from '../../src/model/bytes.ts';
import { renderMatch } from '../../src/reporters/binfmt-match.ts';
import { qemuRule } from '../lab/rules.mjs';
import { file, link, lookIn, madeTable, program } from './made-table.ts';

const options = { width: 80, unicode: true, colour: (_style: unknown, text: string) => text };

const files = {
  '/tmp/test.txt': file('12345678 and more'),
  '/tmp/app.exe': file('MZ\u0090'),
  '/tmp/x.jar': file('PK\u0003\u0004'),
  '/tmp/plain': file('plain text'),
  '/tmp/not-x': file('12345678', 0o644),
  '/tmp/loop': file('LOOP'),
  '/tmp/arm64': file(stringOfBytes(headFor(findArchitecture('arm64') ?? never()))),
  '/tmp/crlf': file('#!/bin/sh\r\n'),
  '/usr/local/bin/fake-runner': program(),
  '/usr/bin/wine': file('#!/bin/sh -e\nexec wine64'),
  '/bin/sh': link('/usr/bin/dash'),
  '/usr/bin/dash': program(),
  '/usr/bin/qemu': program(),
};

function never(): never {
  throw new Error('the table has lost a row');
}

const RUNNER = ':binfmt-test:M::12345678::/usr/local/bin/fake-runner:P';
const WINE = ':DOSWin:M::MZ::/usr/bin/wine:';
const JAR = ':jar:E::jar::/usr/bin/none:';

function ask(table: Table, ...argv: [string, ...string[]]): Promise<MatchReport> {
  return matchFile({ path: argv[0], argv, cwd: '/tmp', lookHere: lookIn(files) }, table);
}

const tableOf = (...rules: string[]) => madeTable({ rules, files });

describe('fake-runner, wine and a foreign program', () => {
  test('fake-runner gets argv[0] twice under flag P', async () => {
    const report = await ask(tableOf(WINE, RUNNER), '/tmp/test.txt', 'hello');
    const runner = '/usr/local/bin/fake-runner';
    expect(report.end).toMatchObject({
      ok: true,
      argv: [runner, '/tmp/test.txt', '/tmp/test.txt', 'hello'],
    });
    expect(report.rules).toEqual([
      { rule: 'DOSWin', asked: true, answer: 'passes', reason: 'byte 0 is 31 ("1"), not 4d ("M")' },
      {
        rule: 'binfmt-test',
        asked: true,
        answer: 'takes',
        reason: 'bytes 0 to 7 are as it wants (files with "12345678")',
      },
    ]);
    expect(renderMatch(report, tableOf(WINE, RUNNER), options)).toContain(
      `argv: ${runner} /tmp/test.txt /tmp/test.txt hello\n`,
    );
  });

  test('wine is a script: the chain is named through it', async () => {
    const report = await ask(tableOf(WINE), '/tmp/app.exe', 'a');
    expect(report.steps.map(({ path, taker }) => [path, taker])).toEqual([
      ['/tmp/app.exe', 'rule DOSWin (no flags): /usr/bin/wine'],
      ['/usr/bin/wine', 'its #! line: /bin/sh with the argument "-e"'],
      ['/usr/bin/dash', 'the kernel runs it itself'],
    ]);
    expect(report.end).toMatchObject({
      argv: ['/bin/sh', '-e', '/usr/bin/wine', '/tmp/app.exe', 'a'],
    });
    expect(report.notes).toContain(
      '/usr/bin/wine is a script that /usr/bin/dash reads: what it starts in its turn is its own affair',
    );
  });

  test('a foreign program before and after its rule is there', async () => {
    const before = await ask(tableOf(), '/tmp/arm64');
    expect(before.outcome).toBe(
      'it fails with ENOEXEC (Exec format error): no rule takes /tmp/arm64, an ELF program for arm64, and this kernel itself runs amd64 and 386',
    );
    const rule = qemuRule('arm64', { interpreter: '/usr/bin/qemu', flags: 'F' });
    const after = await ask(tableOf(rule), '/tmp/arm64');
    expect(after.end).toMatchObject({ ok: true, argv: ['/usr/bin/qemu', '/tmp/arm64'] });
  });
});

describe('why a rule does not take a file', () => {
  test.each([
    ['/tmp/test.txt', qemuRule('arm64'), 'it is no ELF file'],
    ['/tmp/arm64', qemuRule('riscv64'), 'byte 18, e_machine, is b7, not f3 (arm64, not riscv64)'],
    [
      '/tmp/arm64',
      qemuRule('s390x'),
      'byte 5, EI_DATA, is 01, not 02 (little-endian, not big-endian)',
    ],
    ['/tmp/arm64', qemuRule('arm'), 'byte 4, EI_CLASS, is 02, not 01 (64-bit, not 32-bit)'],
    ['/tmp/test.txt', JAR, 'its name ends in ".txt", not in ".jar"'],
    ['/tmp/plain', JAR, 'its name has no dot, and so does not end in ".jar"'],
    ['./plain', JAR, 'its name does not end in ".jar"'],
    ['/tmp/plain', ':a:M:1:x:\u000f:/x/y:', 'byte 1 is 6c ("l"), not 78 ("x") in the bits 0f'],
  ])('%s, %s: %s', async (path, rule, reason) => {
    const report = await ask(tableOf(rule), path);
    expect(report.rules).toMatchObject([{ answer: 'passes', reason }]);
  });
});

describe('how it ends', () => {
  test.each([
    ['/tmp/none', [], 'it fails with ENOENT (No such file or directory): /tmp/none is not there'],
    ['/tmp', [], 'it fails with EACCES (Permission denied): /tmp is a directory'],
    [
      '/tmp/not-x',
      [RUNNER],
      'it fails with EACCES (Permission denied): /tmp/not-x is not executable for this user',
    ],
    [
      '/tmp/x.jar',
      [JAR],
      'it fails with ENOENT (No such file or directory): the interpreter of rule jar, /usr/bin/none, is not there',
    ],
    [
      '/tmp/app.exe',
      [':wine:M::MZ::/usr/bin/wine:O'],
      'it fails with ENOEXEC (Exec format error): rule wine has flag O (open binary) or C, so its interpreter must be a program that the kernel runs itself, and /usr/bin/wine is a script for /bin/sh',
    ],
    [
      '/tmp/loop',
      [':loop:M::LOOP::/tmp/loop:'],
      'it fails with ELOOP (Too many levels of symbolic links): it takes more than five interpreters in a row: rule loop takes its own interpreter too',
    ],
    [
      '/tmp/crlf',
      [],
      String.raw`it fails with ENOENT (No such file or directory): the interpreter that the #! line of /tmp/crlf names, /bin/sh\r, is not there: the #! line ends in a carriage return, as on Windows`,
    ],
    [
      '/tmp/plain',
      [],
      'it fails with ENOEXEC (Exec format error): no rule takes /tmp/plain, text without a #! line, and the kernel runs only ELF programs and scripts itself',
    ],
    ['test.txt', [RUNNER], '/usr/local/bin/fake-runner runs'],
  ])('%s with %j: %s', async (path, rules, outcome) => {
    expect((await ask(tableOf(...rules), path)).outcome).toBe(outcome);
  });

  test('a rule that is off does not count, and is said to', async () => {
    const off = madeTable({ rules: [RUNNER], files, status: 'disabled' });
    const report = await ask(off, '/tmp/test.txt');
    expect(report.rules).toMatchObject([
      {
        answer: 'would',
        asked: false,
        reason: 'binfmt_misc as a whole is switched off; it would take it',
      },
    ]);
    expect(report.end).toMatchObject({ ok: false, errno: 'ENOEXEC' });
  });

  test('the first of two counts', async () => {
    const other = ':other:M::1234::/usr/bin/qemu:';
    const report = await ask(tableOf(other, RUNNER), '/tmp/test.txt');
    expect(report.rules[1]).toMatchObject({
      answer: 'would',
      reason: 'other comes first; it would take it',
    });
  });

  test('of a kind that newer kernels have, nothing is claimed', async () => {
    const bpf = { name: 'bpf', text: 'enabled\ninterpreter /x\nflags: \nbpf 17\n' };
    const report = await ask(madeTable({ rules: [bpf, RUNNER], files }), '/tmp/test.txt');
    expect(report.outcome).toContain('what happens is not known');
    expect(report.rules.map(({ answer, asked }) => [answer, asked])).toEqual([
      ['unknown', true],
      ['would', false],
    ]);
  });

  test('a rule that can be read in two ways blocks only what it may take', async () => {
    const text = 'enabled\ninterpreter /x\nflags: \nextension .zz\nflags: \noffset 0\nmagic 4748\n';
    const table = madeTable({ rules: [{ name: 'forged', text }, RUNNER], files });
    expect(table.entries[0]?.problem).toContain('2 different rules');
    expect((await ask(table, '/tmp/test.txt')).outcome).toBe('/usr/local/bin/fake-runner runs');
    const taken = await matchFile(
      { path: '/tmp/a', argv: ['/tmp/a'], cwd: '/', lookHere: lookIn({ '/tmp/a': file('GH') }) },
      table,
    );
    expect(taken.outcome).toContain('what happens is not known');
  });
});
