import { describe, expect, it } from 'vitest';
import { readElfLinks } from '../../src/model/elf-links.ts';
import type { FileFacts } from '../../src/model/facts.ts';
import { viewOfFacts } from '../../src/model/file-view.ts';
import { walkLibraries, type LibraryWalk } from '../../src/model/library-walk.ts';
import { linkedElf } from './linked-elf.ts';

interface LinkedParts {
  needed?: readonly string[];
  soname?: string;
  rpath?: string;
  runpath?: string;
  /** File, version, and whether the reference is weak. */
  requires?: readonly (readonly [file: string, version: string, weak?: boolean])[];
  provides?: readonly string[];
  machine?: number;
}

function one(tag: number, text: string | undefined): [number, string][] {
  return text === undefined ? [] : [[tag, text]];
}

function linkedFile({
  needed = [],
  soname,
  rpath,
  runpath,
  requires,
  provides,
  machine = 62,
}: LinkedParts) {
  return Buffer.from(
    linkedElf({
      type: 3,
      machine,
      strings: [
        ...needed.map((name): [number, string] => [1, name]),
        ...one(14, soname),
        ...one(15, rpath),
        ...one(29, runpath),
      ],
      ...(requires === undefined
        ? {}
        : {
            requires: requires.map(([file, version, weak = false]) => ({
              file,
              versions: [version],
              flags: weak ? 2 : 0,
            })),
          }),
      ...(provides === undefined ? {} : { provides: ['libself.so', ...provides] }),
    }),
  );
}

function linksOf(bytes: Buffer | undefined) {
  const part = (at: number, length: number) => bytes?.subarray(at, at + length);
  return (bytes && readElfLinks(part, bytes.length)) ?? { needed: [], requires: [], provides: [] };
}

type Content = LinkedParts | { text: string } | { to: string } | { cut: LinkedParts };

function factsOf(path: string, content: Content): { facts: FileFacts; bytes?: Buffer } {
  const base = { path, errno: 'ok', mode: 0o755, uid: 0, gid: 0 };
  if ('to' in content) return { facts: { ...base, kind: 'symlink', target: content.to } };
  const bytes =
    'text' in content
      ? Buffer.from(content.text)
      : linkedFile('cut' in content ? content.cut : content);
  const size = 'cut' in content ? bytes.length - 9 : bytes.length;
  return { facts: { ...base, kind: 'file', size, head: bytes.toString('base64') }, bytes };
}

const libc: LinkedParts = { soname: 'libc.so.6', provides: ['GLIBC_2.31'] };
const arm64 = 183;

interface Image {
  program?: LinkedParts;
  files?: Readonly<Record<string, Content>>;
  loader?: string;
  cached?: string[];
  libraryPath?: string;
}

/** Walks an image that has these files, and no others. */
function walk({
  program = {},
  files: own = {},
  loader = '/lib/ld-linux.so',
  ...rest
}: Image): LibraryWalk {
  const all = { '/bin/app': program, [loader]: {}, ...own };
  const files = Object.entries(all).map(([path, content]) => factsOf(path, content));
  const folders = new Set(
    Object.keys(all).flatMap((path) => {
      const parts = path.split('/').slice(1, -1);
      return ['/', ...parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)];
    }),
  );
  const base = { errno: 'ok', kind: 'directory', mode: 0o755, uid: 0, gid: 0 } as const;
  const known = viewOfFacts([
    ...[...folders].map((path): FileFacts => ({ path, ...base })),
    ...files.map(({ facts }) => facts),
  ]);
  return walkLibraries({
    program: '/bin/app',
    loader,
    view: { lstat: (path) => known.lstat(path) ?? 'ENOENT' },
    links: new Map(files.map(({ facts, bytes }) => [facts.path, linksOf(bytes)])),
    ...rest,
  });
}

const needsPq = { needed: ['libpq.so.5'] };

const cases: [text: string, image: Image, states: Record<string, string>][] = [
  ['nothing is needed', {}, {}],
  [
    'it is there',
    { program: needsPq, files: { '/usr/lib/libpq.so.5': {} } },
    { 'libpq.so.5': 'found' },
  ],
  ['it is nowhere', { program: needsPq }, { 'libpq.so.5': 'missing' }],
  [
    "it is in Debian's folder",
    { program: needsPq, files: { '/usr/lib/x86_64-linux-gnu/libpq.so.5': {} } },
    { 'libpq.so.5': 'found' },
  ],
  [
    'it is behind a link',
    {
      program: needsPq,
      files: { '/lib64/libpq.so.5': { to: 'libpq.so.5.1' }, '/lib64/libpq.so.5.1': {} },
    },
    { 'libpq.so.5': 'found' },
  ],
  [
    'a link leads nowhere',
    { program: needsPq, files: { '/lib64/libpq.so.5': { to: 'libpq.so.5.1' } } },
    { 'libpq.so.5': 'missing' },
  ],
  [
    'only one for another machine is there',
    { program: needsPq, files: { '/lib/libpq.so.5': { machine: arm64 } } },
    { 'libpq.so.5': 'foreign' },
  ],
  [
    'one for another machine is passed over',
    { program: needsPq, files: { '/lib64/libpq.so.5': { machine: arm64 }, '/lib/libpq.so.5': {} } },
    { 'libpq.so.5': 'found' },
  ],
  [
    'a text is there',
    { program: needsPq, files: { '/lib/libpq.so.5': { text: 'version https' } } },
    { 'libpq.so.5': 'damaged' },
  ],
  [
    'an empty file is there',
    { program: needsPq, files: { '/lib/libpq.so.5': { text: '' } } },
    { 'libpq.so.5': 'damaged' },
  ],
  [
    'half of it is there',
    { program: needsPq, files: { '/lib/libpq.so.5': { cut: {} } } },
    { 'libpq.so.5': 'damaged' },
  ],
  [
    'what it needs in turn is nowhere',
    { program: needsPq, files: { '/lib/libpq.so.5': { needed: ['libssl.so.3'] } } },
    { 'libpq.so.5': 'found', 'libssl.so.3': 'missing' },
  ],
  [
    'the program says where (DT_RUNPATH)',
    { program: { ...needsPq, runpath: '$ORIGIN/../opt' }, files: { '/opt/libpq.so.5': {} } },
    { 'libpq.so.5': 'found' },
  ],
  [
    'DT_RPATH counts for what is needed in turn',
    {
      program: { ...needsPq, rpath: '/opt' },
      files: { '/opt/libpq.so.5': { needed: ['libssl.so.3'] }, '/opt/libssl.so.3': {} },
    },
    { 'libpq.so.5': 'found', 'libssl.so.3': 'found' },
  ],
  [
    'DT_RUNPATH does not',
    {
      program: { ...needsPq, runpath: '/opt' },
      files: { '/opt/libpq.so.5': { needed: ['libssl.so.3'] }, '/opt/libssl.so.3': {} },
    },
    { 'libpq.so.5': 'found', 'libssl.so.3': 'missing' },
  ],
  [
    'a path says what only the loader knows',
    { program: { ...needsPq, runpath: '/opt/$PLATFORM' } },
    { 'libpq.so.5': 'unknown' },
  ],
  [
    'LD_LIBRARY_PATH says where',
    { program: needsPq, libraryPath: '/a:/opt/', files: { '/opt/libpq.so.5': {} } },
    { 'libpq.so.5': 'found' },
  ],
  [
    'ld.so.cache says where',
    { program: needsPq, cached: ['/opt/libpq.so.5'], files: { '/opt/libpq.so.5': {} } },
    { 'libpq.so.5': 'found' },
  ],
  [
    'musl is its own C library',
    { program: { needed: ['libc.so', 'libm.so.6'] }, loader: '/lib/ld-musl-x86_64.so.1' },
    {},
  ],
  [
    'musl does not look in the folders of Debian',
    {
      program: needsPq,
      loader: '/lib/ld-musl-x86_64.so.1',
      files: { '/usr/lib/x86_64-linux-gnu/libpq.so.5': {} },
    },
    { 'libpq.so.5': 'missing' },
  ],
];

describe('the libraries of a program', () => {
  it.each(cases)('%s', (_, image, states) => {
    const { libraries, needs, wantsLinks } = walk(image);
    expect(Object.fromEntries(libraries.map(({ name, state }) => [name, state]))).toEqual(states);
    expect([needs, wantsLinks]).toEqual([[], []]);
  });

  it('name what must be read to go on', () => {
    const unknown = walkLibraries({
      program: '/bin/app',
      loader: '/lib/ld-linux.so',
      view: { lstat: () => undefined },
      links: new Map(),
    });
    expect(unknown.needs).toEqual(['/']);
  });

  it('a loader for another machine comes to none', () => {
    const files = { '/lib/ld-linux.so': { machine: arm64 } };
    expect(walk({ program: needsPq, files }).libraries).toEqual([]);
  });

  it('a loader of an unknown name says nothing', () => {
    expect(walk({ program: needsPq, loader: '/opt/loader' }).libraries).toEqual([]);
  });
});

const wants = (version: string, weak = false): LinkedParts => ({
  needed: ['libc.so.6'],
  requires: [['libc.so.6', version, weak]],
});

describe('the versions that a program asks for', () => {
  it.each<[text: string, image: Image, versions: string[]]>([
    ['the library has it', { program: wants('GLIBC_2.31'), files: { '/lib/libc.so.6': libc } }, []],
    [
      'it has not',
      { program: wants('GLIBC_2.38'), files: { '/lib/libc.so.6': libc } },
      ['GLIBC_2.38'],
    ],
    [
      'it has not, and may not',
      { program: wants('GLIBC_2.38', true), files: { '/lib/libc.so.6': libc } },
      [],
    ],
    [
      'it has no versions at all',
      { program: wants('GLIBC_2.38'), files: { '/lib/libc.so.6': {} } },
      [],
    ],
    [
      'a library asks for it',
      {
        program: { needed: ['libpq.so.5', 'libc.so.6'] },
        files: { '/lib/libc.so.6': libc, '/lib/libpq.so.5': wants('GLIBC_2.38') },
      },
      ['GLIBC_2.38'],
    ],
    ['musl has none', { program: wants('GLIBC_2.38'), loader: '/lib/ld-musl-x86_64.so.1' }, []],
  ])('%s', (_, image, versions) => {
    expect(walk(image).versions.map(({ version }) => version)).toEqual(versions);
  });
});
