import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { architectures, headFor } from '../../src/model/architecture.ts';
import { formatRuleFile } from '../../src/model/binfmt-rule.ts';
import { base64OfBytes } from '../../src/model/bytes.ts';
import { traceExec } from '../../src/model/exec-trace.ts';
import { makeWorld } from './match-records.ts';
import { tinyElf } from './tiny-elf.ts';
import type { FileRecord, World } from './world.ts';

/** Writes to files of binfmt_misc, and then perhaps an execve(2) as root in /w. */
interface Case {
  files: FileRecord[];
  writes: { file: string; text: string }[];
  exec?: { path: string; argv: string[] };
}

interface Answer {
  errnos: string[];
  names: string[];
  rules: string[];
  result?: { errno: string; status?: number; signal?: number; output?: string };
}

const harness = fileURLToPath(new URL('kernel.pl', import.meta.url));
/** After the harness is read: the mount is private to the namespace and goes away with it. */
const script =
  'mount -t tmpfs none "$1" && mkdir "$1/bm" && mount -t binfmt_misc none "$1/bm" && exec perl "$2" "$1"';

function askKernel(cases: readonly Case[]): Answer[] {
  const directory = mkdtempSync(`${tmpdir()}/xbuild-oracle-`);
  try {
    const namespace = ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
    const child = spawnSync('unshare', [...namespace, directory, harness], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    if (child.status !== 0) throw new Error(child.error?.message ?? child.stderr.trim());
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own harness
    return JSON.parse(child.stdout) as Answer[];
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Why this machine's kernel cannot be asked; undefined where it can. */
function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'not Linux on x86-64';
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major < 6 || (major === 6 && minor < 7))
    return `Linux ${release()} has one rule table for all`;
  try {
    askKernel([]);
    return undefined;
  } catch (error) {
    return `no private binfmt_misc here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

const reason = whyNot();

/** What the model says of a case, in the kernel's form. */
function decide({ files, writes, exec }: Case): unknown {
  const world = makeWorld(files);
  const errnos = writes.map(({ file, text }) => write(world, file, text));
  const { rules } = world.table;
  const table = { errnos, names: rules.map(({ name }) => name), rules: rules.map(formatRuleFile) };
  return exec === undefined ? table : { ...table, result: run(world, exec) };
}

function write(world: World, file: string, text: string): string {
  if (file === 'register') return world.apply({ op: 'register', s: text, errno: '' });
  if (file === 'status') return world.apply({ op: 'status', s: text, errno: '' });
  return world.apply({ op: 'entry', name: file, s: text, errno: '' });
}

function run(world: World, exec: { path: string; argv: string[] }): unknown {
  const { end } = traceExec({
    ...exec,
    view: world.view,
    rules: world.table.rules,
    enabled: world.table.enabled,
    native: ['amd64', '386'],
    cwd: '/w',
    credentials: { uid: 0, gid: 0, mapped: [0] },
    held: world.held,
  });
  // The kernel kills where the old program is gone already.
  if (end.ok === false && end.errno === 'SIGSEGV') {
    return { errno: 'ok', status: 0, signal: 11, output: '' };
  }
  if (end.ok !== true) return end.ok === false ? { errno: end.errno } : end;
  // The loader is a program of ours that does not load anything.
  const started = end.loader ?? end.program;
  const output = end.argv.map((argument) => `${argument}\0`).join('');
  return { errno: 'ok', status: Number(world.idOf(started)), signal: 0, output };
}

/** The cases of which the kernel and the model say different things; none, it is hoped. */
function disagreements(cases: fc.Arbitrary<Case>, count: number): unknown[] {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const sample = fc.sample(cases, { numRuns: count, seed });
  const answers = askKernel(sample);
  return sample
    .map((given, index) => ({ seed, given, kernel: answers[index], model: decide(given) }))
    .filter(({ kernel, model }) => !isDeepStrictEqual(kernel, model))
    .map(({ given, ...rest }) => ({ ...rest, ...given, files: given.files.slice(-3) }))
    .slice(0, 3);
}

/** Mostly what is right at that place, sometimes what is not. */
function mostly<T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 12, arbitrary: right }, { weight: 1, arbitrary: wrong });
}

const noise = fc.string({
  unit: fc.constantFrom(
    ':',
    '\\',
    'x',
    '4',
    'f',
    '/',
    '.',
    '\n',
    '\0',
    ' ',
    'M',
    'E',
    '-',
    '\u00ff',
  ),
  maxLength: 8,
});
// Not the flags: kernels before 6.18 accept them as delimiters.
const delimiters = mostly(
  fc.constant(':'),
  fc.constantFrom(',', '\n', '\\', 'x', '4', 'a', '\0', '\u00e9'),
);
const escapedBytes = fc
  .array(
    fc.constantFrom('A', String.raw`\x41`, String.raw`\xfF`, String.raw`\x00`, '\\', 'z', '\0'),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const patterns = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((pairs) =>
    [0, 1].map((side) =>
      pairs
        .map((pair) => String.raw`\x` + (pair[side] ?? 0).toString(16).padStart(2, '0'))
        .join(''),
    ),
  );

const registerStrings = fc
  .record({
    d: delimiters,
    name: mostly(fc.constantFrom('r', 'rule', 'q.x', 'é'), noise),
    type: mostly(fc.constantFrom('M', 'E'), fc.constantFrom('m', '', 'ME')),
    offset: mostly(
      fc.constantFrom('', '0', '3', '251'),
      fc.oneof(
        noise,
        fc.constantFrom('+5', '-0', '007', '255', '256', '0x1', ' 1', '1\n', '-1', '4294967296'),
      ),
    ),
    pair: fc.oneof(patterns, fc.tuple(escapedBytes, escapedBytes), fc.tuple(noise, noise)),
    masked: fc.boolean(),
    interpreter: mostly(fc.constantFrom('/i/1', '/i/none', 'i 1'), noise),
    flags: mostly(fc.constantFrom('', 'P', 'OC', 'C', 'F', 'POCF', 'FF', 'P\n'), noise),
    end: mostly(fc.constant(''), fc.constantFrom('\n', ':', '\n\n', ' ')),
  })
  .map(({ d, name, type, offset, pair, masked, interpreter, flags, end }) =>
    [
      `${d}${name}`,
      type,
      offset,
      pair[0] ?? '',
      masked ? (pair[1] ?? '') : '',
      interpreter,
      `${flags}${end}`,
    ].join(d),
  );

const program = (path: string, status: number): FileRecord => ({
  path,
  kind: 'data',
  mode: '0755',
  id: String(status),
  b64: tinyElf({ status }),
});

const registerCases: fc.Arbitrary<Case> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: registerStrings.map((text) => ({ file: 'register', text })) },
      {
        weight: 1,
        arbitrary: fc.record({
          file: fc.constantFrom('rule', 'status'),
          text: fc.constantFrom('0', '1', '-1', '-1\n', '2', '1\n\n', 'enabled', ' 1'),
        }),
      },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((writes) => ({ files: [program('/i/1', 1)], writes }));

const interpreters = fc.constantFrom(
  '/i/1',
  '/i/2',
  '/i/s.foo',
  '/i/l',
  '/i/loop',
  'rel',
  './rel',
  '/i/none',
  '/i/dir',
  '/i/1/',
  '/i/dir/../2',
  '/i/noexec',
  '/w/f.foo',
  '/i/x.bar',
  '',
);
const blanks = fc.constantFrom('', '', ' ', '\t ', ' \t');
const words = fc.constantFrom('', '', 'x', '-a b ', 'x\0y', '\r', 'z'.repeat(300));
const scripts = fc
  .tuple(
    blanks,
    interpreters,
    blanks,
    words,
    fc.constantFrom('\n', '\n', '\nrest\n', '', '\0', '\0\n'),
  )
  .map((parts) => `#!${parts.join('')}`);
const shortData = fc.string({
  unit: fc.constantFrom('A', 'B', '\0', '#', '!', '\n', '/'),
  maxLength: 5,
});
// A made-up program of the machine's own architecture would start, and have no code.
const foreign = architectures.filter(({ name }) => name !== 'amd64' && name !== '386');
const odd = fc.oneof(
  fc.constantFrom(...foreign).map((row) => base64OfBytes(headFor(row))),
  fc
    .constantFrom(
      { type: 1 },
      { type: 4 },
      { machine: 183 },
      { headerSize: 55 },
      { headerCount: 0 },
      { headerCount: 1171 },
      { headerCount: 9 },
    )
    .map((change) => tinyElf({ status: 9, ...change })),
  fc
    .constantFrom(
      '/i/ld\0',
      '/i/none\0',
      '/i/dir\0',
      '/i/s.foo\0',
      '/i/noexec\0',
      '/i/ld',
      '\0',
      '/i/short\0',
      '/i/foreign\0',
      '/i/object\0',
      '/i/ld\0more\0',
      'ld\0',
    )
    .map((interpreter) => tinyElf({ status: 9, interpreter })),
);
const contents = fc.oneof(
  { weight: 4, arbitrary: scripts.map((text) => btoa(text)) },
  { weight: 2, arbitrary: shortData.map((text) => btoa(text)) },
  { weight: 2, arbitrary: odd },
  { weight: 1, arbitrary: fc.constant(tinyElf({ status: 9 })) },
);
const modes = mostly(fc.constant('0755'), fc.constantFrom('0644', '0111', '0000', '4711'));

const fixedFiles: readonly FileRecord[] = [
  program('/i/1', 1),
  program('/i/2', 2),
  program('/w/rel', 3),
  {
    path: '/i/ld',
    kind: 'data',
    mode: '0755',
    id: '4',
    b64: tinyElf({ status: 4, dynamic: true }),
  },
  { path: '/i/short', kind: 'data', mode: '0755', b64: tinyElf({ status: 5 }).slice(0, 48) },
  { path: '/i/foreign', kind: 'data', mode: '0755', b64: tinyElf({ status: 6, machine: 183 }) },
  { path: '/i/object', kind: 'data', mode: '0755', b64: tinyElf({ status: 8, type: 1 }) },
  { path: '/i/noexec', kind: 'data', mode: '0644', b64: tinyElf({ status: 7 }) },
  { path: '/i/dir', kind: 'dir', mode: '0755' },
  { path: '/i/l', kind: 'symlink', target: '../i/2' },
  { path: '/i/loop', kind: 'symlink', target: 'loop' },
  { path: '/w/link', kind: 'symlink', target: '/w/f.foo' },
];

const execRules = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c'),
    match: fc.oneof(
      fc.constantFrom(
        'E::foo:',
        'E::bar:',
        'E::foo/:',
        'M::A:',
        'M:1:B:',
        'M::#!:',
        'M:3:\\x00\\x00:',
        String.raw`M::\x7fELF:`,
        String.raw`M::\x7fELF:\xff\xff\xff\x00`,
        String.raw`M::AB:\xff\xfe`,
        String.raw`M:2:\x00:\x00`,
        String.raw`M:16:\x02\x00\xb7:`,
      ),
    ),
    interpreter: interpreters,
    flags: fc.constantFrom('', '', 'P', 'O', 'C', 'F', 'PO', 'CF', 'POCF', 'PF'),
  })
  .map(({ name, match, interpreter, flags }) => ({
    file: 'register',
    // A mask is given with its colon, or is left empty.
    text:
      `:${name}:${match.split(':').length === 4 ? match : `${match}:`}`.replace(/::$/, '::') +
      `:${interpreter}:${flags}`,
  }));

function made(path: string, mode: string, b64: string): FileRecord {
  return { path, kind: 'data', mode, id: '9', b64 };
}

const execCases: fc.Arbitrary<Case> = fc
  .record({
    contents: fc.tuple(contents, modes, contents, contents),
    rules: fc.array(execRules, { maxLength: 4 }),
    switches: fc.array(
      fc.record({ file: fc.constantFrom('a', 'b', 'status'), text: fc.constantFrom('0', '1') }),
      { maxLength: 1 },
    ),
    path: fc.constantFrom(
      '/w/f.foo',
      '/w/f.foo',
      'f.foo',
      './f.foo',
      '/w/link',
      'link',
      '/i/s.foo',
      '/w/none',
      '/w',
      '',
      '/w/f.foo/',
      '/i/../w/f.foo',
      'link/x',
    ),
    argv: fc.constantFrom<string[]>(['f'], ['zero', 'one', 'two'], [''], ['', 'x']),
  })
  .map(({ contents: [file, mode, scriptFile, other], rules, switches, path, argv }) => ({
    files: [
      ...fixedFiles,
      made('/w/f.foo', mode, file),
      made('/i/s.foo', '0755', scriptFile),
      made('/i/x.bar', '0755', other),
    ],
    writes: [...rules, ...switches],
    exec: { path, argv },
  }));

// Thousands of cases, on a machine that may be busy.
const LIMIT = { timeout: 240_000 };

it('the running kernel registers what the model registers', LIMIT, ({ skip }) => {
  skip(reason !== undefined, reason);
  expect(disagreements(registerCases, 2000)).toEqual([]);
});

it('the running kernel executes as the model traces', LIMIT, ({ skip }) => {
  skip(reason !== undefined, reason);
  expect(disagreements(execCases, 700)).toEqual([]);
});
