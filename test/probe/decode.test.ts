import { assert, nat, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeStream,
  judgeGuest,
  readBinfmtAnswer,
  readFileAnswers,
  readKernelAnswer,
  readRunAnswers,
  type ProbeStream,
} from '../../src/probe/decode.ts';

function record(tag: string, ...payload: (string | Uint8Array)[]): Buffer {
  const parts = payload.map((part) =>
    typeof part === 'string' ? Buffer.from(`${part}\0`, 'latin1') : part,
  );
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(8);
  header.write(tag, 'latin1');
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

const bytes = (text: string) => Buffer.from(text, 'latin1');
const kernel = record('KERN', '6.1', '#1 SMP', 'x86_64', '4096', 'listed');
const stream = (...records: Buffer[]) =>
  decodeStream(Buffer.concat([record('XBP1'), ...records, record('END ')]));

/** Asks every question; returns the stream. */
function readAll(output: Uint8Array): ProbeStream {
  const decoded = decodeStream(output);
  readKernelAnswer(decoded);
  readBinfmtAnswer(decoded);
  readFileAnswers(decoded);
  readRunAnswers(decoded);
  return decoded;
}

describe('decodeStream()', () => {
  test('passes over records that it does not know', () => {
    expect(stream(record('NEW!', 'x', bytes('\xff')), kernel)).toMatchObject({
      records: [{ tag: 'XBP1' }, { tag: 'KERN' }, { tag: 'END ' }],
    });
  });

  test('says where output ends early', () => {
    const whole = Buffer.concat([record('XBP1'), kernel]);
    expect(decodeStream(whole).problem).toBe("the probe's output ends after record KERN");
    expect(decodeStream(whole.subarray(0, -1)).problem).toBe(
      "the probe's output ends after record XBP1",
    );
    expect(decodeStream(bytes('exec format error'))).toEqual({
      records: [],
      problem: 'the probe wrote nothing',
    });
  });

  test('never throws, wherever the output is cut off and whatever is in it', () => {
    const whole = Buffer.concat([
      record('XBP1'),
      kernel,
      record('BDIR', 'ok', '1112100429'),
      record('BFIL', 'status', 'ok', bytes('enabled\n')),
      record('BEND', 'ok'),
      record('EMUL', '0', '/qemu', 'ok', 'file', '493', '0', '0', '9', '', '', bytes('\x7fELF')),
      record('RUN ', '0', '/p', 'exit', '0', bytes('x')),
      record('VERS', '0', '/p', 'exit', '0', bytes('qemu 1\nmore')),
      record('FILE', '/bin', 'ok', 'symlink', '511', '0', '0', '7', 'usr/bin', ''),
      record('END '),
    ]);
    for (let length = 0; length <= whole.length; length++) readAll(whole.subarray(0, length));
    assert(
      property(uint8Array({ maxLength: 60 }), nat(whole.length), (noise, at) => {
        readAll(Buffer.concat([whole.subarray(0, at), noise, whole.subarray(at)]));
      }),
    );
    expect(readAll(whole).problem).toBeUndefined();
  });
});

describe('the answers', () => {
  test('a fact that is missing is unknown, and says why', () => {
    const cut = decodeStream(record('XBP1'));
    expect(readKernelAnswer(cut)).toEqual({
      unknown: "the kernel's names: the probe's output ends after record XBP1",
    });
    expect(readBinfmtAnswer(stream(kernel))).toEqual({
      unknown: 'the rules of binfmt_misc: the probe was not asked',
    });
    const open = stream(record('BDIR', 'ok', '391'));
    expect(readBinfmtAnswer(open)).toHaveProperty('unknown');
  });

  test('rules keep their order and their bytes', () => {
    const answer = readBinfmtAnswer(
      stream(
        record('BDIR', 'ok', String(0x42494e4d)),
        record('BFIL', 'b\xff', 'ok', bytes('enabled\ninterpreter /\xe9\n')),
        record('BFIL', 'a', 'ok', bytes('disabled\n')),
        record('BFIL', 'status', 'ok', bytes('disabled\n')),
        record('BEND', 'ok'),
      ),
    );
    expect(answer).toEqual({
      mount: 'binfmt_misc',
      status: 'disabled',
      rules: [
        { name: 'b\xff', text: 'enabled\ninterpreter /\xe9\n' },
        { name: 'a', text: 'disabled\n' },
      ],
    });
  });

  test('runs stand in the order of their commands, with holes where one is missing', () => {
    const answers = readRunAnswers(
      stream(
        record('RUN ', '2', '/c', 'errno', 'ENOEXEC'),
        record('RUN ', '0', '/a', 'signal', '4'),
      ),
    );
    expect(answers).toEqual([
      { path: '/a', outcome: 'signal', signal: 4, output: '' },
      undefined,
      { path: '/c', outcome: 'errno', errno: 'ENOEXEC', output: '' },
    ]);
  });

  test('an emulator’s version is the first line it wrote, and only where it succeeded', () => {
    const run = [
      record('EMUL', '0', '/q', 'ok', 'file', '493', '0', '0', '9', '', ''),
      record('RUN ', '0', '/p', 'exit', '1'),
    ];
    const version = (status: string) =>
      readRunAnswers(
        stream(...run, record('VERS', '0', '/p', 'exit', status, bytes('qemu 9\nx'))),
      )[0]?.emulator?.version;
    expect(version('0')).toBe('qemu 9');
    expect(version('1')).toBeUndefined();
  });
});

describe('judgeGuest()', () => {
  const head = Uint8Array.of(0x7f);
  const answer = { path: '/p', outcome: 'exit', exitStatus: 0 } as const;

  test('takes the program’s own record as proof, whatever came afterwards', () => {
    const output = 'xbuild-guest amd64\nx86_64\n6.1\n3\nend\n';
    expect(judgeGuest('amd64', head, { ...answer, output, outcome: 'signal' })).toEqual({
      program: 'amd64',
      head: 'fw==',
      outcome: 'ran',
      machine: 'x86_64',
      level: 3,
    });
  });

  test('takes nothing else as proof', () => {
    for (const output of [
      '',
      'xbuild-guest arm64\nx\ny\n\nend\n',
      'xbuild-guest amd64\nx86_64\n',
      'ok',
    ])
      expect(judgeGuest('amd64', head, { ...answer, output }).outcome).toBe('exit');
  });
});
