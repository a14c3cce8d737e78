import type { Architecture } from './architecture.ts';
import { stringOfBytes } from './bytes.ts';
import { isElf, readElf, type Elf } from './elf.ts';
import { headBytes, type FileNode } from './file-view.ts';
import { parseScriptLine } from './script.ts';

/** What a file is, by its first bytes. `words` goes into sentences: "it is …". */
export type FileKind =
  | { kind: 'elf'; words: string; elf: Elf; architecture: Architecture | undefined }
  | { kind: 'script'; words: string; interpreter: string; argument?: string }
  | { kind: OtherKind; words: string };

/** What is neither ELF nor a script: `gzip`, `java-class`, `git-lfs` and the like. */
export type OtherKind = (typeof table)[number]['kind'] | 'empty' | 'text' | 'data';

interface Signature {
  kind: string;
  words: string;
  /** Byte strings that it starts with. */
  starts?: readonly string[];
  at?: number;
  test?: (head: string) => boolean;
}

function startsWithTag(head: string): boolean {
  return /^\s*(?:<!doctype html|<html|<head|<body|<\?xml[^>]*>\s*<!doctype html)/i.test(head);
}

/** A class file has its version where a fat Mach-O has its number of architectures, a small one. */
function manyAfterMagic(head: string): boolean {
  return head.charCodeAt(6) * 256 + head.charCodeAt(7) > 40;
}

/** After the properties and the size of the dictionary comes the size, often not known: all ones. */
function isLzma(head: string): boolean {
  return /^\u00ff{8}|^[^\0]?[\s\S]{4}\0{4}/.test(head.slice(5));
}

/** Before POSIX a tar header had no magic, only the sum of its bytes with its own field as blanks. */
function isOldTar(head: string): boolean {
  const stored = /^ {0,6}(?<sum>[0-7]{1,7})[\0 ]/.exec(head.slice(148, 156))?.groups?.['sum'];
  if (stored === undefined || head.length < 512) return false;
  let sum = 8 * 32;
  for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += head.charCodeAt(at);
  return sum === Number.parseInt(stored, 8);
}

/** The first that fits counts. Sources: file(1)'s magic, the formats' own specifications. */
const table = [
  {
    kind: 'script-broken',
    words: 'a script whose #! line names no interpreter that the kernel can read',
    starts: ['#!'],
  },
  {
    kind: 'bom-script',
    words: 'a script with a UTF-8 byte order mark before its #!',
    starts: ['\u00ef\u00bb\u00bf#!'],
  },
  {
    kind: 'utf-16',
    words: 'UTF-16 text',
    starts: ['\u00ff\u00fe', '\u00fe\u00ff', '#\0!\0', '\0#\0!'],
  },
  { kind: 'damaged-elf', words: 'a damaged ELF file', starts: ['\u007fELF'] },
  {
    kind: 'git-lfs',
    words: 'a Git LFS pointer, not the file itself',
    starts: ['version https://git-lfs.github.com/spec/'],
  },
  { kind: 'gzip', words: 'a gzip archive', starts: ['\u001f\u008b'] },
  { kind: 'xz', words: 'an xz archive', starts: ['\u00fd7zXZ\0'] },
  { kind: 'zstd', words: 'a Zstandard archive', starts: ['\u0028\u00b5\u002f\u00fd'] },
  { kind: 'bzip2', words: 'a bzip2 archive', starts: ['BZh'] },
  {
    kind: 'zip',
    words: 'a ZIP archive (or a Java archive)',
    starts: ['PK\u0003\u0004', 'PK\u0005\u0006'],
  },
  { kind: 'lz4', words: 'an LZ4 archive', starts: ['\u0004"M\u0018'] },
  { kind: 'lzip', words: 'an lzip archive', starts: ['LZIP'] },
  { kind: 'lzma', words: 'an LZMA archive', starts: ['\u005d\0\0'], test: isLzma },
  { kind: 'compress', words: 'a compressed file (.Z)', starts: ['\u001f\u009d'] },
  { kind: '7z', words: 'a 7z archive', starts: ['7z\u00bc\u00af\u0027\u001c'] },
  { kind: 'rar', words: 'a RAR archive', starts: ['Rar!\u001a\u0007'] },
  { kind: 'rpm', words: 'an RPM package', starts: ['\u00ed\u00ab\u00ee\u00db'] },
  { kind: 'cpio', words: 'a cpio archive', starts: ['070701', '070702', '070707'] },
  {
    kind: 'object',
    words: 'an object file of a compiler',
    starts: ['go object ', 'BC\u00c0\u00de'],
  },
  { kind: 'tar', words: 'a tar archive', starts: ['ustar'], at: 257 },
  { kind: 'tar', words: 'a tar archive', test: isOldTar },
  {
    kind: 'ar',
    words: 'an ar archive (a static library or a Debian package)',
    starts: ['!<arch>\n', '!<thin>\n'],
  },
  { kind: 'wasm', words: 'a WebAssembly module', starts: ['\0asm'] },
  {
    kind: 'java-class',
    words: 'a Java class',
    starts: ['\u00ca\u00fe\u00ba\u00be'],
    test: manyAfterMagic,
  },
  {
    kind: 'mach-o-fat',
    words: 'a macOS program for several architectures',
    starts: ['\u00ca\u00fe\u00ba\u00be'],
  },
  {
    kind: 'mach-o',
    words: 'a macOS program',
    starts: [
      '\u00cf\u00fa\u00ed\u00fe',
      '\u00ce\u00fa\u00ed\u00fe',
      '\u00fe\u00ed\u00fa\u00cf',
      '\u00fe\u00ed\u00fa\u00ce',
      // A fat one with 64-bit sizes.
      '\u00ca\u00fe\u00ba\u00bf',
    ],
  },
  { kind: 'pe', words: 'a Windows program', starts: ['MZ'] },
  { kind: 'pdf', words: 'a PDF document', starts: ['%PDF-'] },
  { kind: 'html', words: 'an HTML page (often a download that failed)', test: startsWithTag },
] as const satisfies readonly Signature[];

const ELF_TYPES: readonly (string | undefined)[] = [
  undefined,
  'object file',
  'program',
  'program or library',
  'core dump',
];

function describeElf(elf: Elf): FileKind {
  const { architecture } = elf;
  const machine =
    architecture?.name ?? `machine ${elf.machine} (${elf.class}-bit, ${elf.endian}-endian)`;
  const what = ELF_TYPES[elf.type] ?? `file of type ${elf.type}`;
  return { kind: 'elf', words: `an ELF ${what} for ${machine}`, elf, architecture };
}

function describeScript(bytes: Uint8Array): FileKind | undefined {
  const line = parseScriptLine(bytes);
  if ('notScript' in line) return undefined;
  return { kind: 'script', words: `a script for ${line.interpreter || 'no interpreter'}`, ...line };
}

function fits(signature: Signature, head: string): boolean {
  const { starts, at = 0, test } = signature;
  const begins = starts === undefined || starts.some((start) => head.startsWith(start, at));
  return begins && test?.(head) !== false;
}

function isText(head: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what tells data from text
  return !/[\0-\u0008\u000e-\u001a\u001c-\u001f]/.test(head);
}

/**
 * Says what a file is, from its head: 512 bytes tell all that can be told, fewer tell less. Never
 * throws.
 */
export function describeHead(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return { kind: 'empty', words: 'an empty file' };
  const elf = readElf(bytes);
  if (isElf(elf)) return describeElf(elf);
  const script = describeScript(bytes);
  if (script !== undefined) return script;
  const head = stringOfBytes(bytes.subarray(0, 512));
  const found = table.find((signature) => fits(signature, head));
  if (found !== undefined) return { kind: found.kind, words: found.words };
  if (isText(head)) return { kind: 'text', words: 'text without a #! line' };
  return { kind: 'data', words: 'data of no known kind' };
}

const kinds = new WeakMap<FileNode, FileKind>();

/** What a node of a view is, by its head; found out once, for a walk asks several times. */
export function describeNode(node: FileNode): FileKind {
  const known = kinds.get(node);
  if (known !== undefined) return known;
  const kind = describeHead(headBytes(node));
  kinds.set(node, kind);
  return kind;
}
