import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { architectures, headFor } from '../../src/model/architecture.ts';
import { bytesOfString, stringOfBytes } from '../../src/model/bytes.ts';
import { describeHead } from '../../src/model/file-kind.ts';

function headOf(name: string): string {
  const row = architectures.find((candidate) => candidate.name === name);
  if (row === undefined) throw new Error(`no architecture ${name}`);
  return stringOfBytes(headFor(row));
}

it.each([
  ['', 'empty', 'an empty file'],
  [headOf('arm64'), 'elf', 'an ELF program for arm64'],
  [headOf('x32'), 'elf', 'an ELF program for x32'],
  [
    headOf('arm64').replace('\u00b7', '\u00ee'),
    'elf',
    'an ELF program for machine 238 (64-bit, little-endian)',
  ],
  [headOf('arm64').slice(0, 40), 'damaged-elf', 'a damaged ELF file'],
  ['#!/bin/sh\n', 'script', 'a script for /bin/sh'],
  ['#!\n', 'script-broken', 'a script whose #! line names no interpreter that the kernel can read'],
  [
    '\u00ef\u00bb\u00bf#!/bin/sh\n',
    'bom-script',
    'a script with a UTF-8 byte order mark before its #!',
  ],
  ['\u00ff\u00fe#\0!\0', 'utf-16', 'UTF-16 text'],
  ['echo hello\n', 'text', 'text without a #! line'],
  ['gr\u00c3\u00bc\u00c3\u009fe\n', 'text', 'text without a #! line'],
  ['\u0001\u0002\u0003', 'data', 'data of no known kind'],
  ['<!DOCTYPE html><html>', 'html', 'an HTML page (often a download that failed)'],
  ['\n<HTML>', 'html', 'an HTML page (often a download that failed)'],
  [
    'version https://git-lfs.github.com/spec/v1\n',
    'git-lfs',
    'a Git LFS pointer, not the file itself',
  ],
  ['\u001f\u008b\u0008', 'gzip', 'a gzip archive'],
  ['\u00fd7zXZ\0', 'xz', 'an xz archive'],
  ['\u0028\u00b5\u002f\u00fd', 'zstd', 'a Zstandard archive'],
  ['BZh9', 'bzip2', 'a bzip2 archive'],
  ['PK\u0003\u0004', 'zip', 'a ZIP archive (or a Java archive)'],
  [`file${'\0'.repeat(253)}ustar`, 'tar', 'a tar archive'],
  ['!<arch>\n', 'ar', 'an ar archive (a static library or a Debian package)'],
  ['\0asm\u0001\0\0\0', 'wasm', 'a WebAssembly module'],
  ['\u00ca\u00fe\u00ba\u00be\0\0\0\u0037', 'java-class', 'a Java class'],
  [
    '\u00ca\u00fe\u00ba\u00be\0\0\0\u0002',
    'mach-o-fat',
    'a macOS program for several architectures',
  ],
  ['\u00cf\u00fa\u00ed\u00fe', 'mach-o', 'a macOS program'],
  ['MZ\u0090', 'pe', 'a Windows program'],
])('%j is of kind %s: %s', (text, kind, words) => {
  expect(describeHead(bytesOfString(text))).toMatchObject({ kind, words });
});

it('every head is of some kind', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(describeHead(bytes).words).not.toBe('');
    }),
  );
});
