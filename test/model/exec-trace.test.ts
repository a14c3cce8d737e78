import { describe, expect, it } from 'vitest';
import { findArchitecture, headFor, magicAndMask } from '../../src/model/architecture.ts';
import type { MagicRule, Rule } from '../../src/model/binfmt-rule.ts';
import { base64OfBytes, bytesOfBase64, bytesOfString, hexOfBytes } from '../../src/model/bytes.ts';
import type { Trace } from '../../src/model/exec-result.ts';
import { traceExec, type ExecInput } from '../../src/model/exec-trace.ts';
import type { FileFacts } from '../../src/model/facts.ts';
import { viewOfFacts, type FileNode } from '../../src/model/file-view.ts';
import { readRecords } from './records.ts';
import { tinyElf } from './tiny-elf.ts';

function directory(path: string): FileFacts {
  return { path, errno: 'ok', kind: 'directory', mode: 0o755, uid: 0, gid: 0 };
}

function file(path: string, head: string, rest: Partial<FileFacts> = {}): FileFacts {
  const size = atob(head).length;
  return { path, errno: 'ok', kind: 'file', mode: 0o755, uid: 0, gid: 0, size, head, ...rest };
}

function script(path: string, text: string): FileFacts {
  return file(path, base64OfBytes(bytesOfString(text)));
}

const absent = (path: string): FileFacts => ({ path, errno: 'ENOENT' });

/** An arm64 program that wants a loader. */
function arm64(path: string, interpreter?: string): FileFacts {
  return file(
    path,
    tinyElf({ status: 0, machine: 183, ...(interpreter === undefined ? {} : { interpreter }) }),
  );
}

function ruleFor(name: string, flags: string, interpreter = '/usr/bin/qemu-aarch64'): MagicRule {
  const row = findArchitecture(name);
  if (row === undefined) throw new Error(`no architecture ${name}`);
  const { magic, mask } = magicAndMask(row);
  const pattern = { offset: 0, magic: hexOfBytes(magic), mask: hexOfBytes(mask) };
  return { name: `qemu-${name}`, enabled: true, interpreter, flags, type: 'magic', ...pattern };
}

const base = ['/', '/app', '/bin', '/usr', '/usr/bin', '/lib'].map(directory);
const native = file('/bin/native', tinyElf({ status: 0 }));
const qemu: FileNode = {
  kind: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  head: native.head ?? '',
  size: native.size ?? 0,
};

function trace(files: FileFacts[], rest: Partial<ExecInput> = {}): Trace {
  const view = viewOfFacts([...base, native, ...files]);
  const input = { path: '/app/run', argv: ['run', 'x'], view, rules: [], enabled: true };
  return traceExec({ ...input, native: ['amd64', '386'], ...rest });
}

describe('where the walk stops, it says why', () => {
  const rules: Rule[] = [ruleFor('arm64', '')];
  it.each<[string, FileFacts[], Rule[], object]>([
    [
      'the program is not there',
      [absent('/app/run')],
      [],
      { errno: 'ENOENT', reason: 'missing', opening: 'program' },
    ],
    ['it is a directory', [directory('/app/run')], [], { errno: 'EACCES', reason: 'is-directory' }],
    [
      'it has no x bit',
      [file('/app/run', '', { mode: 0o644 })],
      [],
      { errno: 'EACCES', reason: 'not-executable' },
    ],
    ['it is empty', [file('/app/run', '')], [], { errno: 'ENOEXEC', reason: 'no-rule-no-format' }],
    [
      'it is text',
      [script('/app/run', 'echo\n')],
      [],
      { errno: 'ENOEXEC', reason: 'no-rule-no-format' },
    ],
    [
      'it is for arm64',
      [arm64('/app/run')],
      [],
      { errno: 'ENOEXEC', reason: 'foreign-architecture' },
    ],
    [
      'it is an object file',
      [file('/app/run', tinyElf({ status: 0, type: 1 }))],
      [],
      { errno: 'ENOEXEC', reason: 'elf-not-executable' },
    ],
    [
      'it is damaged',
      [file('/app/run', tinyElf({ status: 0, headerCount: 0 }))],
      [],
      { errno: 'ENOEXEC', reason: 'elf-damaged' },
    ],
    [
      'its #! line names nothing',
      [script('/app/run', '#!\n')],
      [],
      { errno: 'ENOEXEC', reason: 'script-without-interpreter' },
    ],
    [
      'its #! line is cut off',
      [script('/app/run', `#!/${'a'.repeat(300)}`)],
      [],
      { errno: 'ENOEXEC', reason: 'script-too-long' },
    ],
    [
      'its #! interpreter is not there',
      [script('/app/run', '#!/bin/bash\n'), absent('/bin/bash')],
      [],
      {
        errno: 'ENOENT',
        reason: 'missing',
        opening: 'script-interpreter',
        name: '/bin/bash',
        at: '/bin/bash',
      },
    ],
    [
      'its #! line ends in a carriage return',
      [script('/app/run', '#!/bin/native\r\n'), absent('/bin/native\r')],
      [],
      { errno: 'ENOENT', opening: 'script-interpreter', name: '/bin/native\r' },
    ],
    [
      'its loader is not there',
      [file('/app/run', tinyElf({ status: 0, interpreter: '/lib/ld.so\0' })), absent('/lib/ld.so')],
      [],
      { errno: 'ENOENT', reason: 'missing', opening: 'loader', name: '/lib/ld.so' },
    ],
    [
      'its loader is for another architecture',
      [file('/app/run', tinyElf({ status: 0, interpreter: '/lib/ld.so\0' })), arm64('/lib/ld.so')],
      [],
      { errno: 'ELIBBAD', reason: 'loader-wrong-architecture', opening: 'loader' },
    ],
    [
      'its loader is an object file, which shows too late for an errno',
      [
        file('/app/run', tinyElf({ status: 0, interpreter: '/lib/ld.so\0' })),
        file('/lib/ld.so', tinyElf({ status: 0, type: 1 })),
      ],
      [],
      { errno: 'SIGSEGV', reason: 'loader-not-mappable', opening: 'loader' },
    ],
    [
      'its emulator is not in the container, and the rule has no flag F',
      [arm64('/app/run'), absent('/usr/bin/qemu-aarch64')],
      rules,
      {
        errno: 'ENOENT',
        reason: 'missing',
        opening: 'rule-interpreter',
        at: '/usr/bin/qemu-aarch64',
      },
    ],
    [
      'a rule takes its own interpreter',
      [arm64('/app/run'), arm64('/usr/bin/qemu-aarch64')],
      rules,
      { errno: 'ELOOP', reason: 'too-many-interpreters' },
    ],
    [
      'a rule with flag O takes its own interpreter',
      [arm64('/app/run'), arm64('/usr/bin/qemu-aarch64')],
      [ruleFor('arm64', 'O')],
      { errno: 'ENOEXEC', reason: 'interpreter-needs-interpreter' },
    ],
  ])('%s', (_sentence, files, table, end) => {
    expect(trace(files, { rules: table }).end).toMatchObject({ ok: false, ...end });
  });
});

describe('an emulated program', () => {
  const rules = [ruleFor('arm64', 'POCF')];
  const held = { 'qemu-arm64': { path: '/usr/bin/qemu-aarch64', node: qemu } };

  it('starts its emulator, which is held open', () => {
    const { hops, end } = trace([arm64('/app/run')], { rules, held });
    expect(end).toMatchObject({
      ok: true,
      program: '/usr/bin/qemu-aarch64',
      argv: ['/usr/bin/qemu-aarch64', '/app/run', 'run', 'x'],
      execfd: { path: '/app/run' },
      atFlags: 1,
    });
    expect(hops.map(({ path, architecture, taken }) => [path, architecture, taken.by])).toEqual([
      ['/app/run', 'arm64', 'rule'],
      ['/usr/bin/qemu-aarch64', 'amd64', 'native'],
    ]);
  });

  it.each([
    [
      'present',
      { guestLoader: { path: '/lib/ld.so', state: 'present' } },
      [script('/lib/ld.so', 'x')],
    ],
    [
      'absent',
      { guestLoader: { path: '/lib/ld.so', state: 'absent', errno: 'ENOENT' } },
      [absent('/lib/ld.so')],
    ],
    [
      'not known',
      { guestLoader: { path: '/lib/ld.so', state: 'unknown', needs: '/lib/ld.so' } },
      [],
    ],
  ])('says that the loader it will look for is %s', (_state, end, files) => {
    expect(trace([arm64('/app/run', '/lib/ld.so\0'), ...files], { rules, held }).end).toMatchObject(
      end,
    );
  });

  it('is foreign when the table is switched off', () => {
    const { end } = trace([arm64('/app/run')], { rules, held, enabled: false });
    expect(end).toMatchObject({ reason: 'foreign-architecture' });
  });

  it('is not decided where nobody knows what the rule holds open', () => {
    const { end } = trace([arm64('/app/run')], { rules });
    expect(end).toEqual({ ok: 'unknown', needs: '/usr/bin/qemu-aarch64', what: 'held' });
  });
});

/** A script for a script for … a program: so many interpreters. */
function chain(count: number): FileFacts[] {
  return Array.from({ length: count }, (_, at) => {
    const next = at === count - 1 ? '/bin/native' : `/app/${at + 1}`;
    return script(at === 0 ? '/app/run' : `/app/${at}`, `#!${next}\n`);
  });
}

describe('a script', () => {
  it('puts its interpreter, one argument and itself before the arguments', () => {
    const { end } = trace([script('/app/run', '#!/bin/native -a b\n')]);
    expect(end).toMatchObject({
      program: '/bin/native',
      argv: ['/bin/native', '-a b', '/app/run', 'x'],
      execfn: '/app/run',
    });
  });

  it('may go through five interpreters, not six', () => {
    expect(trace(chain(5)).end).toMatchObject({ ok: true });
    expect(trace(chain(6)).end).toMatchObject({ errno: 'ELOOP', reason: 'too-many-interpreters' });
  });
});

describe('what the view does not know', () => {
  it('is asked for, path by path, until the trace ends', () => {
    const all = [...base, native, script('/app/run', '#!/bin/native\n')];
    const known: FileFacts[] = [];
    const asked: string[] = [];
    let { end } = trace([], { view: viewOfFacts(known) });
    while (end.ok === 'unknown') {
      const { needs } = end;
      asked.push(needs);
      known.push(all.find(({ path }) => path === needs) ?? absent(needs));
      ({ end } = trace([], { view: viewOfFacts(known) }));
    }
    expect(end.ok).toBe(true);
    expect(asked).toEqual(['/', '/app', '/app/run', '/bin', '/bin/native']);
  });

  it('is never taken for missing: a file without its head', () => {
    const { head: _head, ...headless } = file('/app/run', '');
    expect(trace([headless]).end).toEqual({ ok: 'unknown', needs: '/app/run', what: 'file' });
  });

  it('may be a rule of a kind that only a newer kernel has', () => {
    const rules: Rule[] = [
      { type: 'opaque', name: 'b', enabled: true, interpreter: '/i', flags: '' },
    ];
    expect(trace([arm64('/app/run')], { rules }).end).toMatchObject({
      ok: 'unknown',
      what: 'rule',
    });
  });
});

describe('preflight asks with made-up heads', () => {
  it.each(['exec', 'dyn'] as const)(
    'and finds the rule that takes an arm64 program of type %s',
    (type) => {
      const row = findArchitecture('arm64');
      const head = base64OfBytes(row === undefined ? new Uint8Array() : headFor(row, { type }));
      const { hops } = trace([file('/app/run', head)], {
        rules: [ruleFor('s390x', 'F'), ruleFor('arm64', 'F')],
      });
      expect(hops[0]?.taken).toMatchObject({ by: 'rule', rule: 'qemu-arm64' });
    },
  );
});

interface ElfRecord {
  id: string;
  arch: string;
  size: number;
  interp: string | null;
  pieces?: [offset: number, b64: string][];
  kernel?: Record<'no_rules' | 'qemu_rules', { result: string; errno?: string; id?: string }>;
}

describe('real programs of other architectures', () => {
  const records = readRecords<ElfRecord>('elf').filter(({ pieces, kernel }) => pieces && kernel);
  const names = 'arm64 arm riscv64 ppc64le s390x mips64le loong64 386 mipsle'.split(' ');
  // As on the recording machine: every rule but that for x86-64.
  const rules = names.map((name) => ruleFor(name, '', `/usr/bin/${name}`));
  const emulators = names.map((name) => file(`/usr/bin/${name}`, tinyElf({ status: 0 })));

  function fileOf(record: ElfRecord): FileFacts {
    const bytes = new Uint8Array(record.size);
    for (const [offset, b64] of record.pieces ?? []) bytes.set(bytesOfBase64(b64), offset);
    const interpreter = record.interp === null ? {} : { interpreter: record.interp };
    const head = base64OfBytes(bytes.subarray(0, 4096));
    return file('/app/run', head, { size: record.size, ...interpreter });
  }

  function resultOf(record: ElfRecord, table: Rule[]): string {
    const missing = ['/lib64', '/libx32', ...loaders].map(absent);
    const { end } = trace([fileOf(record), ...emulators, ...missing], { rules: table });
    if (end.ok === 'unknown') return `needs ${end.needs}`;
    if (!end.ok) return end.errno;
    return end.program === '/app/run' ? 'started' : end.program.replace('/usr/bin/', '');
  }

  const loaders = readRecords<ElfRecord>('elf').flatMap(({ interp }) => interp ?? []);
  const words: Readonly<Record<string, string>> = {
    'qemu-aarch64': 'arm64',
    'qemu-mips64el': 'mips64le',
    'qemu-mipsel': 'mipsle',
    'qemu-loongarch64': 'loong64',
    'qemu-i386': '386',
  };

  it.each(['no_rules', 'qemu_rules'] as const)('end as they did on a kernel with %s', (which) => {
    const wrong = records
      .map((record) => {
        const { errno, id, result = '' } = record.kernel?.[which] ?? {};
        const recorded =
          errno ?? (id === undefined ? result : (words[id] ?? id.replace('qemu-', '')));
        return [record.id, resultOf(record, which === 'no_rules' ? [] : rules), recorded];
      })
      .filter(([, traced, recorded]) => traced !== recorded);
    expect(wrong).toEqual([]);
    expect(records.length).toBeGreaterThan(100);
  });
});
