import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64OfBytes, bytesOfString } from '../../src/model/bytes.ts';
import { readElfInterpreter, readElfLinks } from '../../src/model/elf-links.ts';
import { isKnown } from '../../src/model/facts.ts';
import type { Inventory, InventoryFile } from '../../src/model/inventory.ts';
import { readFileAnswers } from '../../src/probe/decode.ts';
import { RecordReader } from '../../src/probe/record-reader.ts';
import { ScanReader } from '../../src/probe/scan.ts';
import { linkedElf } from '../model/linked-elf.ts';
import { launch, makeFolder, whyNoLauncher } from './launcher.ts';

/** A path of any bytes. */
const bytes = (path: string) => Buffer.from(path, 'latin1');

function scanWith(reader: ScanReader, folder: string): Inventory {
  const stream = launch([{ do: 'scan', directory: folder }]);
  for (const record of stream.records) reader.take(record);
  const inventory = reader.finish(stream.problem);
  if (!isKnown(inventory)) throw new Error(inventory.unknown);
  return inventory;
}

const headOf = (content: string) => ({ head: base64OfBytes(bytesOfString(content)) });

/** A record as the launcher writes it. */
const written = (tag: string, payload: string) =>
  Buffer.concat([bytes(tag), Buffer.from([0, 0, 0, payload.length]), bytes(payload)]);

const scan = (folder: string) => scanWith(new ScanReader(), folder);

const named = (inventory: Inventory, path: string) =>
  inventory.files.find((file) => file.path === path);

/** What the twin in TypeScript says of a file. */
function readTwin(file: Uint8Array): Pick<InventoryFile, 'links' | 'interpreter'> {
  const read = (offset: number, length: number) => file.subarray(offset, offset + length);
  const links = readElfLinks(read, file.length);
  const interpreter = readElfInterpreter(read, file.length);
  return { ...(links && { links }), ...(interpreter === undefined ? {} : { interpreter }) };
}

const linksOf = ({ links, interpreter }: InventoryFile) => ({
  ...(links && { links }),
  ...(interpreter === undefined ? {} : { interpreter }),
});

const elf = linkedElf({ strings: [[1, 'libc.so.6']], interpreter: '/lib/ld.so' });

describe.skipIf(whyNoLauncher)('a scan', () => {
  test('lists ELF files, scripts, links and what may be executed, in the order of bytes', () => {
    const folder = makeFolder();
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'bin', 'empty'));
    writeFileSync(join(folder, 'bin', 'a'), elf, { mode: 0o644 });
    writeFileSync(join(folder, 'bin', 'b'), '#!/bin/sh -e\n', { mode: 0o600 });
    writeFileSync(join(folder, 'bin', 'c'), 'neither', { mode: 0o755 });
    writeFileSync(join(folder, 'bin', 'd'), 'text');
    writeFileSync(join(folder, 'bin', 'e'), '', { mode: 0o711 });
    writeFileSync(join(folder, 'bin', 'f'), '#');
    writeFileSync(join(folder, 'bin-'), '#!');
    chmodSync(join(folder, 'bin', 'c'), 0o4755);
    symlinkSync('../bin/a', join(folder, 'bin', 'link'));
    const inventory = scan(folder);
    const { uid, gid } = statSync(folder);
    const basics = { errno: 'ok', kind: 'file', uid, gid };
    expect(inventory).toEqual({
      by: 'probe',
      files: [
        { ...basics, path: '/bin-', mode: 0o644, size: 2, ...headOf('#!') },
        {
          ...basics,
          path: '/bin/a',
          mode: 0o644,
          size: elf.length,
          head: base64OfBytes(elf.subarray(0, 256)),
          interpreter: '/lib/ld.so',
          links: { needed: ['libc.so.6'], requires: [], provides: [], loadAlignment: 0x1000 },
        },
        { ...basics, path: '/bin/b', mode: 0o600, size: 13, ...headOf('#!/bin/sh -e\n') },
        { ...basics, path: '/bin/c', mode: 0o4755, size: 7, ...headOf('neither') },
        { ...basics, path: '/bin/e', mode: 0o711, size: 0 },
        { ...basics, kind: 'symlink', path: '/bin/link', mode: 0o777, size: 8, target: '../bin/a' },
      ],
      counts: { files: 7, directories: 2, symlinks: 1, elf: 1, scripts: 2 },
      unreadable: { count: 0, examples: [] },
    });
  });

  test('names a file with several names once, the first by its bytes', () => {
    const folder = makeFolder();
    for (const name of ['z', 'm']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'z', 'one'), elf);
    linkSync(join(folder, 'z', 'one'), join(folder, 'm', 'two'));
    linkSync(join(folder, 'z', 'one'), join(folder, 'z', 'Three'));
    linkSync(join(folder, 'z', 'one'), join(folder, 'a'));
    writeFileSync(join(folder, 'other'), elf);
    const { files, counts } = scan(folder);
    expect(
      files.map(({ path, hardLinkOf, head, links }) => [path, hardLinkOf, !!head, !!links]),
    ).toEqual([
      ['/a', undefined, true, true],
      ['/m/two', '/a', false, false],
      ['/other', undefined, true, true],
      ['/z/Three', '/a', false, false],
      ['/z/one', '/a', false, false],
    ]);
    expect(counts).toMatchObject({ files: 5, elf: 5 });
  });

  test('keeps names of any bytes', () => {
    const folder = makeFolder();
    const names = ['\xff\xfe', 'a\nb', ' ', '\x1b[31m'.repeat(51), '%41', '\\040', '-'];
    for (const name of names) writeFileSync(bytes(`${folder}/${name}`), '#!');
    mkdirSync(bytes(`${folder}/\xe9\t`));
    symlinkSync(bytes('\xff\n'), bytes(`${folder}/\xe9\t/x`));
    const { files } = scan(folder);
    const paths = [...names.map((name) => `/${name}`), '/\xe9\t/x'];
    expect(files.map(({ path }) => path)).toEqual(paths.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(files.find(({ kind }) => kind === 'symlink')?.target).toBe('\xff\n');
  });

  test('never opens a pipe, a socket or a device', () => {
    const folder = makeFolder();
    execFileSync('mkfifo', ['-m', '755', join(folder, 'pipe')]);
    expect(scan(folder)).toMatchObject({ files: [], counts: { files: 0 } });
  });

  test('walks 2000 directories deep, with others beside them', () => {
    const folder = makeFolder();
    const lines = [
      'import os, sys',
      'os.chdir(sys.argv[1])',
      'for i in range(2000):',
      '  if i % 20 == 0: os.mkdir("beside"); open("beside/s", "w").write("#!")',
      '  os.mkdir("directory-%04d" % i); os.chdir("directory-%04d" % i)',
      'open("end", "w").write("#!")',
    ];
    execFileSync('python3', ['-c', lines.join('\n'), folder]);
    try {
      const { files, counts, unreadable, incomplete } = scan(folder);
      expect({ counts, unreadable, incomplete }).toEqual({
        counts: { files: 101, directories: 2100, symlinks: 0, elf: 0, scripts: 101 },
        unreadable: { count: 0, examples: [] },
        incomplete: undefined,
      });
      expect(new Set(files.map(({ path }) => path)).size).toBe(101);
      expect(files.some(({ path }) => path.length === 2000 * 15 + 4)).toBe(true);
    } finally {
      execFileSync('rm', ['-rf', folder]);
    }
  });

  test('counts what has too long a path', () => {
    const folder = makeFolder();
    const lines = [
      'import os, sys',
      'os.chdir(sys.argv[1])',
      'for i in range(300):',
      '  os.mkdir("x" * 250); os.chdir("x" * 250)',
    ];
    execFileSync('python3', ['-c', lines.join('\n'), folder]);
    try {
      const { counts, unreadable } = scan(folder);
      expect(counts.directories).toBe(261);
      expect(unreadable).toMatchObject({ count: 1, examples: [{ errno: 'ENAMETOOLONG' }] });
      expect(unreadable.examples[0]?.path).toHaveLength(261 * 251);
    } finally {
      execFileSync('rm', ['-rf', folder]);
    }
  });

  test('walks many files in one directory, and many directories', () => {
    const folder = makeFolder();
    for (let index = 0; index < 1200; index++) {
      mkdirSync(join(folder, `${'d'.repeat(100)}${index}`));
      writeFileSync(join(folder, `s${index}`), '#!');
      symlinkSync('.', join(folder, `${'d'.repeat(100)}${index}`, 'loop'));
    }
    const { files, counts } = scan(folder);
    expect(counts).toEqual({
      files: 1200,
      directories: 1200,
      symlinks: 1200,
      elf: 0,
      scripts: 1200,
    });
    expect(new Set(files.map(({ path }) => path)).size).toBe(2400);
  });

  test('leaves out what engines lay over an image', () => {
    const folder = makeFolder();
    for (const name of ['dev', 'proc', 'sys', 'etc', 'run', 'opt', 'opt/dev'])
      mkdirSync(join(folder, name));
    const laid = ['dev/x', 'proc/x', 'sys/x', '.dockerenv', 'etc/hosts', 'etc/hostname'];
    const kept = ['etc/host', 'opt/dev/x', 'run/x'];
    for (const name of [...laid, ...kept]) writeFileSync(join(folder, name), '#!');
    symlinkSync('/proc/mounts', join(folder, 'etc', 'mtab'));
    const { files, counts } = scan(folder);
    expect(files.map(({ path }) => path.slice(1))).toEqual(kept);
    expect(counts).toMatchObject({ files: 3, directories: 4, symlinks: 0 });
  });

  test('survives files that lie, and reads no hole of four gigabytes', () => {
    const folder = makeFolder();
    const sparse = join(folder, 'sparse');
    const view = new DataView(elf.slice().buffer);
    view.setBigUint64(32, 5n * 2n ** 30n, true);
    writeFileSync(sparse, new Uint8Array(view.buffer));
    truncateSync(sparse, 6 * 2 ** 30);
    const descriptor = openSync(sparse, 'r+');
    writeSync(descriptor, elf, 64, 56 * 4, 5 * 2 ** 30);
    closeSync(descriptor);
    writeFileSync(join(folder, 'hole'), '');
    truncateSync(join(folder, 'hole'), 4 * 2 ** 30);
    const file = named(scan(folder), '/sparse');
    expect(file).toMatchObject({ size: 6 * 2 ** 30, interpreter: '/lib/ld.so' });
    expect(file?.links).toMatchObject({ needed: ['libc.so.6'] });
  });

  test('says what cannot be read, and why', () => {
    const folder = makeFolder();
    expect(scan(join(folder, 'none')).incomplete).toBe('ENOENT');
    writeFileSync(join(folder, 'file'), '');
    expect(scan(join(folder, 'file')).incomplete).toBe('ENOTDIR');
  });

  test('agrees with its twin on all that is in this machine’s library folders', () => {
    const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib', '/usr/bin'];
    const folder = folders.find((path) => existsSync(path)) ?? '/';
    const files = scan(folder).files.filter(({ links }) => links !== undefined);
    const wrong = files.filter((file) => {
      const twin = readTwin(readFileSync(bytes(folder + file.path)));
      return !isDeepStrictEqual(twin, linksOf(file));
    });
    expect(wrong.map(({ path }) => path)).toEqual([]);
    expect(files.length).toBeGreaterThan(5);
  });

  test('agrees with its twin on damaged files', () => {
    const folder = makeFolder();
    const properties = { property: new Uint8Array(40), interpreter: '/lib/ld.so' };
    const requires = [{ file: 'libc.so.6', versions: ['GLIBC_2.17', 'GLIBC_2.34'] }];
    const texts = {
      strings: [
        [1, 'libc.so.6'],
        [14, 'me'],
      ] as const,
      provides: ['me', 'ME_1'],
    };
    const whole = [
      linkedElf({ ...properties, ...texts, requires }),
      linkedElf({ ...properties, ...texts, requires, big: true }),
      linkedElf({ ...texts, requires, bits: 32, machine: 40, armAttributes: new Uint8Array(9) }),
      linkedElf({ ...properties, ...texts, requires, bits: 32, big: true }),
    ];
    const change = fc.tuple(fc.nat(900), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255)));
    const damaged = fc.sample(
      fc.tuple(
        fc.constantFrom(...whole),
        fc.array(change, { maxLength: 6 }),
        fc.oneof(fc.constant(4000), fc.nat(1000)),
      ),
      { numRuns: 3000, seed: 5 },
    );
    const files = damaged.map(([from, changes, length]) => {
      const file = from.slice(0, length);
      for (const [at, value] of changes) if (at >= 4 && at < file.length) file[at] = value;
      return file;
    });
    files.forEach((file, index) => writeFileSync(join(folder, `${index}`), file));
    const found = scan(folder).files.filter(({ head }) => head?.startsWith('f0VMR'));
    for (const file of found) {
      expect([file.path, linksOf(file)]).toEqual([
        file.path,
        readTwin(files[Number(file.path.slice(1))] ?? new Uint8Array()),
      ]);
    }
    expect(found.length).toBeGreaterThan(2500);
    expect(readdirSync(folder)).toHaveLength(3000);
  });
});

describe.skipIf(whyNoLauncher)('a look', () => {
  test('tells an ELF file’s links too', () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'program'), elf, { mode: 0o755 });
    const files = readFileAnswers(launch([{ do: 'look', path: join(folder, 'program') }]));
    expect(files.find(({ path }) => path.endsWith('/program'))).toMatchObject(readTwin(elf));
    expect(files.find(({ path }) => path === folder)).not.toHaveProperty('links');
  });
});

const scannedFile = (path: string) => ({
  tag: 'SCAN',
  fields: ['', path, 'ok', 'file', '493', '0', '0', '9', '', ''],
  rest: bytesOfString('#!'),
});

describe('what is kept', () => {
  const sum = { tag: 'SUM ', fields: ['ok', '3', '0', '0', '0', '3', '0'], rest: new Uint8Array() };

  test('has a limit, and says so', () => {
    const reader = new ScanReader(1000);
    for (const path of ['/a', '/b', '/c']) expect(reader.take(scannedFile(path))).toBe(true);
    reader.take(sum);
    const inventory = reader.finish();
    expect(inventory).toMatchObject({
      files: [{ path: '/a' }, { path: '/b' }],
      counts: { files: 3 },
      incomplete: 'more programs than are kept: 2',
    });
  });

  test('is incomplete without the end, and unknown without anything', () => {
    const reader = new ScanReader();
    expect(reader.finish('it was ended')).toEqual({ unknown: "the image's files: it was ended" });
    reader.take(scannedFile('/a'));
    expect(reader.finish('it was ended')).toMatchObject({ incomplete: 'it was ended' });
  });

  test('records come in pieces of any size', () => {
    const whole = Buffer.concat([
      written('XBP1', ''),
      written('DENY', '/x\0EIO\0'),
      written('END ', ''),
    ]);
    for (let size = 1; size <= whole.length; size++) {
      const taken: string[][] = [];
      const reader = new RecordReader(
        ({ tag, fields }) => tag === 'DENY' && taken.push(fields) > 0,
      );
      for (let at = 0; at < whole.length; at += size) reader.push(whole.subarray(at, at + size));
      expect(reader.end().problem).toBeUndefined();
      expect(taken).toEqual([['/x', 'EIO']]);
    }
  });

  test('of other records only so much', () => {
    const reader = new RecordReader(() => false, 10);
    reader.push(bytes('XBP1\0\0\0\0DENY\0\0\0\x02a\0END \0\0\0\0'));
    expect(reader.cut).toBe(true);
    expect(reader.end().problem).toContain('ends after record');
  });
});
