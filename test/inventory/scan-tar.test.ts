import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourceOf } from '../../src/inventory/byte-source.ts';
import { listFiles } from '../../src/inventory/list-files.ts';
import { scanTar } from '../../src/inventory/scan-tar.ts';
import { elfHead, inPieces, makeTar, paxText, type Made } from './made-tar.ts';

async function scan(bytes: Buffer, pieces = 1000) {
  const { root, refused, fault } = await scanTar(sourceOf(inPieces(bytes, pieces)), {
    whiteouts: true,
  });
  return { ...listFiles(root), refused, fault: fault?.reason };
}

const paths = async (...files: Made[]) =>
  (await scan(makeTar(files))).files.map(({ path }) => path);
const script = '#!/bin/sh\n';

describe('a tar is read as Linux would unpack it', () => {
  it.each<[string, Made[], string[]]>([
    ['a program', [{ name: 'bin/app' }], ['/bin/app']],
    ['a name with a leading ./', [{ name: './bin//app' }], ['/bin/app']],
    ['an absolute name stays below the root', [{ name: '/bin/app' }], ['/bin/app']],
    ['.. within the root', [{ name: 'usr/../bin/app' }], ['/bin/app']],
    ['.. out of the root is refused', [{ name: '../../etc/cron.d/x' }], []],
    ['a name without an end in its field', [{ name: 'x'.repeat(100) }], [`/${'x'.repeat(100)}`]],
    [
      'a prefix (ustar)',
      [{ name: 'app', edit: (header) => header.write('opt/long', 345) }],
      ['/opt/long/app'],
    ],
    [
      'no prefix in a header of GNU’s, which has times there',
      [
        {
          name: 'app',
          edit: (header) => {
            header.write('ustar  \0', 257);
            header.write('14000000000', 345);
          },
        },
      ],
      ['/app'],
    ],
    [
      'a long name of GNU’s',
      [{ name: 'cut', longName: `${'d/'.repeat(200)}app` }],
      [`/${'d/'.repeat(200)}app`],
    ],
    [
      'a long name of pax',
      [{ name: 'cut', pax: { path: `${'d/'.repeat(200)}app` } }],
      [`/${'d/'.repeat(200)}app`],
    ],
    [
      'bytes that are no UTF-8, in every format',
      [
        { name: 'a\u00ff\u00fe' },
        { name: 'x', longName: 'b\u00ff\u00fe' },
        { name: 'x', pax: { path: 'c\u00ff\u00fe' } },
      ],
      ['/a\u00ff\u00fe', '/b\u00ff\u00fe', '/c\u00ff\u00fe'],
    ],
    [
      'a name of 255 bytes of terminal escapes',
      [{ name: 'x', pax: { path: '\u001b[2J'.repeat(63) + 'abc' } }],
      [`/${'\u001b[2J'.repeat(63)}abc`],
    ],
    [
      'a name longer than Linux takes is refused',
      [{ name: 'x', pax: { path: 'n'.repeat(256) } }],
      [],
    ],
    [
      'a path longer than Linux takes is refused',
      [{ name: 'x', pax: { path: 'd/'.repeat(2049) } }],
      [],
    ],
    [
      'a tree as deep as a path can be',
      [{ name: 'x', pax: { path: `${'d/'.repeat(2000)}app` } }],
      [`/${'d/'.repeat(2000)}app`],
    ],
    [
      'data is not listed, a script is',
      [
        { name: 'a', mode: 0o644, body: 'x' },
        { name: 'b', mode: 0o644, body: script },
      ],
      ['/b'],
    ],
    ['a library is listed', [{ name: 'lib.so', mode: 0o644, body: elfHead(3) }], ['/lib.so']],
    ['the last of a name counts', [{ name: 'a' }, { name: 'a', mode: 0o644, body: 'x' }], []],
    [
      'a file in the place of a directory',
      [{ name: 'd/', type: '5' }, { name: 'd/app' }, { name: 'd' }],
      ['/d'],
    ],
    ['a file below a file is refused', [{ name: 'a' }, { name: 'a/b' }], ['/a']],
    [
      'a file through a link that comes before it',
      [{ name: 'bin', type: '2', link: 'usr/bin' }, { name: 'bin/app' }],
      ['/bin', '/usr/bin/app'],
    ],
    [
      'a link to outside leads to the root',
      [{ name: 'l', type: '2', link: '../../../x' }, { name: 'l/app' }],
      ['/l', '/x/app'],
    ],
    [
      'links that lead in a circle',
      [{ name: 'a', type: '2', link: 'b' }, { name: 'b', type: '2', link: 'a' }, { name: 'a/app' }],
      ['/a', '/b'],
    ],
    [
      'devices and pipes are not listed',
      [
        { name: 'a', type: '3' },
        { name: 'b', type: '4' },
        { name: 'c', type: '6' },
      ],
      [],
    ],
    [
      'what lies under the container’s own mounts is not listed',
      [{ name: 'dev/x' }, { name: 'proc/x' }, { name: 'sys/x' }],
      [],
    ],
    ['a type that nobody knows is refused', [{ name: 'a', type: 'V' }], []],
    [
      'a global header is passed over',
      [{ name: 'x', type: 'g', body: paxText({ path: 'no' }) }, { name: 'a' }],
      ['/a'],
    ],
  ])('%s', async (_what, files, expected) => {
    expect(await paths(...files)).toEqual(expected);
  });

  it('counts what it refuses, and names it', async () => {
    const { refused } = await scan(
      makeTar([{ name: '../a' }, { name: 'ok' }, { name: 'x/../../b' }]),
    );
    expect(refused).toEqual({ count: 2, examples: ['../a', 'x/../../b'] });
  });

  it('keeps 256 bytes of a program, its owner and its set-uid bit', async () => {
    const body = Buffer.concat([elfHead(1, 300)]);
    const { files, counts } = await scan(
      makeTar([{ name: 'su', mode: 0o4755, uid: 7, gid: 8, body }]),
    );
    expect(files).toEqual([
      {
        path: '/su',
        errno: 'ok',
        kind: 'file',
        mode: 0o4755,
        uid: 7,
        gid: 8,
        size: 300,
        head: body.subarray(0, 256).toString('base64'),
      },
    ]);
    expect(counts).toMatchObject({ files: 1, elf: 1, scripts: 0 });
  });

  it('gives the head of an inode once, under its first path', async () => {
    const { files } = await scan(
      makeTar([
        { name: 'z', body: script },
        { name: 'b', type: '1', link: 'z' },
        { name: 'a', type: '1', link: './z' },
      ]),
    );
    expect(
      files.map(({ path, head, hardLinkOf }) => [path, head !== undefined, hardLinkOf]),
    ).toEqual([
      ['/a', true, undefined],
      ['/b', false, '/a'],
      ['/z', false, '/a'],
    ]);
  });

  it('takes a size and ids past eight octal digits, in base 256 and from pax', async () => {
    const { files } = await scan(
      makeTar([
        { name: 'a', edit: (header) => header.set([0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff], 108) },
        { name: 'b', pax: { uid: '4294967294', size: '3' }, size: 0, body: '#!x' },
      ]),
    );
    expect(files.map(({ uid, size }) => [uid, size])).toEqual([
      [0x7fffffff, 0],
      [4294967294, 3],
    ]);
  });
});

describe('a damaged tar ends the reading, and nothing else', () => {
  const whole = makeTar([
    { name: 'a', body: script },
    { name: 'b', body: script },
  ]);
  it.each<[string, Buffer, string | undefined]>([
    ['whole', whole, undefined],
    ['without the empty blocks at its end', makeTar([{ name: 'a' }], true), undefined],
    ['nothing at all', Buffer.alloc(0), undefined],
    ['cut in a header', whole.subarray(0, 1024 + 100), 'truncated'],
    ['cut in a file', whole.subarray(0, 1024 + 512 + 3), 'truncated'],
    [
      'a wrong checksum',
      Buffer.concat([whole.subarray(0, 1024), Buffer.alloc(512, 'x')]),
      'damaged',
    ],
    [
      'a size of letters',
      makeTar([{ name: 'a', edit: (header) => header.write('zzz', 124) }]),
      'damaged',
    ],
    [
      'a negative size',
      makeTar([{ name: 'a', edit: (header) => header.fill(0xff, 124, 136) }]),
      'damaged',
    ],
    [
      'a size past all files',
      makeTar([{ name: 'a', edit: (header) => header.set([0x80, 0, 0, 0, 0x40], 124) }]),
      'damaged',
    ],
    [
      'a pax record that does not end',
      makeTar([{ name: 'x', type: 'x', body: '99 path=abc' }]),
      'damaged',
    ],
    [
      'a pax record without a value',
      makeTar([{ name: 'x', type: 'x', body: '8 path\n\n' }]),
      'damaged',
    ],
    ['a pax header of gigabytes', makeTar([{ name: 'x', type: 'x', size: 2 ** 32 }]), 'damaged'],
    ['a long name of gigabytes', makeTar([{ name: 'x', type: 'L', size: 2 ** 32 }]), 'damaged'],
    [
      'pieces of a sparse file that overlap',
      makeTar([
        {
          name: 'a',
          body: 'x'.repeat(20),
          pax: { 'GNU.sparse.size': '100', 'GNU.sparse.map': '0,10,5,10' },
        },
      ]),
      'damaged',
    ],
    [
      'a sparse file larger than its entry',
      makeTar([
        { name: 'a', body: 'x', pax: { 'GNU.sparse.size': '100', 'GNU.sparse.map': '0,50' } },
      ]),
      'damaged',
    ],
    [
      'a map of a sparse file that does not end',
      makeTar([
        {
          name: 'a',
          body: '9999\n'.padEnd(512, '1\n'),
          pax: { 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.realsize': '100' },
        },
      ]),
      'damaged',
    ],
  ])('%s', async (_what, bytes, fault) => {
    expect((await scan(bytes)).fault).toBe(fault);
  });

  it('gives what came before', async () => {
    const { files } = await scan(whole.subarray(0, 1024 + 512 + 3));
    expect(files.map(({ path }) => path)).toEqual(['/a']);
  });

  it('never throws, whatever the bytes', async () => {
    const mutation = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(mutation, fc.boolean(), async (changes, isPax) => {
        const bytes = Buffer.from(
          isPax ? makeTar([{ name: 'a', pax: { path: 'b', size: '4' }, body: 'abcd' }]) : whole,
        );
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        expect(['truncated', 'damaged', undefined]).toContain((await scan(bytes, 700)).fault);
      }),
    );
  });
});

describe('hostile programs in a tar', () => {
  it('65,535 program headers, some of them past the end', async () => {
    const head = elfHead(2, 4096);
    head.writeBigUInt64LE(64n, 32);
    head.writeUInt16LE(56, 54);
    head.writeUInt16LE(65535, 56);
    const { files, fault } = await scan(makeTar([{ name: 'a', body: head }]));
    expect(fault).toBeUndefined();
    expect(files[0]?.links?.incomplete).toBeDefined();
  });

  it('a program of 70 MB that is almost all hole is read in bounded memory', async () => {
    const size = 70 << 20;
    const { files, fault } = await scan(
      makeTar([
        {
          name: 'a',
          body: elfHead(2, 64),
          pax: { 'GNU.sparse.size': String(size), 'GNU.sparse.map': '0,64' },
        },
      ]),
    );
    expect(fault).toBeUndefined();
    expect(files).toMatchObject([{ path: '/a', size, links: { needed: [] } }]);
  });
});

/** The head of a program whose first 64 bytes are elfHead's. */
function headOf(length: number): string {
  return Buffer.concat([elfHead(1, 64), Buffer.alloc(length)])
    .subarray(0, 256)
    .toString('base64');
}

describe('what GNU tar writes', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'xbuild-tar-'));
    const at = (name: string) => Buffer.from(`${folder}/${name}`, 'latin1');
    mkdirSync(at('d'));
    writeFileSync(at('d/na\u00efve\u00ff'), script);
    mkdirSync(at('l'.repeat(120)));
    writeFileSync(at(`${'l'.repeat(120)}/${'f'.repeat(120)}`), script);
    linkSync(at('d/na\u00efve\u00ff'), at('hard'));
    symlinkSync(Buffer.from(`${'t'.repeat(150)}\u00fe`, 'latin1'), at('soft'));
    writeFileSync(at('sparse'), elfHead(1, 100));
    truncateSync(at('sparse'), 9 << 20);
    writeFileSync(at('sparse'), 'x', { flag: 'a' });
    writeFileSync(at('su'), elfHead(1, 300));
    chmodSync(at('su'), 0o4755);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    ['gnu', []],
    ['gnu', ['--sparse']],
    ['posix', []],
    ['posix', ['--sparse', '--sparse-version=0.0']],
    ['posix', ['--sparse', '--sparse-version=0.1']],
    ['posix', ['--sparse', '--sparse-version=1.0']],
  ])('--format=%s %j', async (format, more) => {
    const argv = ['-C', folder, `--format=${format}`, ...more, '--sort=name', '-c', '.'];
    const archive = execFileSync('tar', argv, { maxBuffer: 1 << 28 });
    const { files, fault, counts } = await scan(archive, 65_536);
    expect(fault).toBeUndefined();
    const long = `/${'l'.repeat(120)}/${'f'.repeat(120)}`;
    expect(files).toMatchObject([
      { path: '/d/na\u00efve\u00ff', head: Buffer.from(script).toString('base64') },
      { path: '/hard', hardLinkOf: '/d/na\u00efve\u00ff' },
      { path: long },
      { path: '/soft', kind: 'symlink', target: `${'t'.repeat(150)}\u00fe` },
      { path: '/sparse', size: (9 << 20) + 1, head: headOf(192) },
      { path: '/su', mode: 0o4755, size: 300 },
    ]);
    expect(counts).toEqual({ files: 5, directories: 2, symlinks: 1, elf: 2, scripts: 3 });
  });
});
