import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { base64OfBytes, stringOfBytes } from '../model/bytes.ts';
import { isElf, readElf } from '../model/elf.ts';
import type { FileFacts } from '../model/facts.ts';
import { refusalOf } from '../probe/refusal.ts';

const BLOCK = 512;
const HEAD = 4096;
/** Extended headers are small; what has more of them is no archive of dockerd's. */
const LIMIT = 64 * 1024;
/** How far into a program its loader's name is looked for. */
const FAR = 64 << 20;

/**
 * Reads what a path is through the engine's API (GET archive), from a container that need not run.
 *
 * `path` is a byte string, absolute and without links before its last part. An engine's refusal
 * other than "no such file" is the errno `unreadable`.
 */
export async function readThroughArchive(
  container: Dockerode.Container,
  path: string,
): Promise<FileFacts> {
  const name = Buffer.from(path, 'latin1').toString('utf8');
  try {
    const stream = (await container.getArchive({ path: name })) as unknown as Readable;
    return { path, ...firstEntry(await firstBytes(stream)) };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    if (/not a directory/i.test(refusal.message)) return { path, errno: 'ENOTDIR' };
    if (/too many links/i.test(refusal.message)) return { path, errno: 'ELOOP' };
    return { path, errno: refusal.statusCode === 404 ? 'ENOENT' : 'unreadable' };
  }
}

/**
 * Reads the beginning of a regular file through the engine's API: `endOf` says up to where, from
 * its first 4096 bytes. Undefined where it says nothing, past 64 MB, and where there is no file.
 */
export async function readBeginning(
  container: Dockerode.Container,
  path: string,
  endOf: (head: Uint8Array) => number | undefined,
): Promise<Uint8Array | undefined> {
  const name = Buffer.from(path, 'latin1').toString('utf8');
  const wanted = (bytes: Buffer): number | undefined => {
    const entry = findEntry(bytes);
    if (entry === undefined || bytes.length < entry.start + Math.min(entry.size, HEAD)) {
      return undefined;
    }
    const end = endOf(bytes.subarray(entry.start, entry.start + Math.min(entry.size, HEAD))) ?? 0;
    return entry.start + Math.min(entry.size, end > FAR ? 0 : end);
  };
  try {
    const stream = (await container.getArchive({ path: name })) as unknown as Readable;
    const bytes = await firstBytes(stream, wanted);
    const entry = findEntry(bytes);
    const end = entry === undefined ? 0 : (wanted(bytes) ?? 0);
    return entry === undefined || end <= entry.start ? undefined : bytes.subarray(entry.start, end);
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Reads until what is wanted of the first file is there; the rest of the archive is not waited for. */
async function firstBytes(
  stream: Readable,
  endOf: (bytes: Buffer) => number | undefined = wantedOf,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  let wanted: number | undefined;
  try {
    for await (const chunk of stream) {
      pieces.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      wanted ??= endOf(Buffer.concat(pieces));
      if (wanted === undefined ? length > LIMIT : length >= wanted) break;
    }
  } finally {
    stream.destroy();
  }
  return Buffer.concat(pieces);
}

/** Up to where to read; undefined where the first file's head is not there yet. */
function wantedOf(bytes: Buffer): number | undefined {
  const entry = findEntry(bytes);
  if (entry === undefined) return undefined;
  const head = entry.start + Math.min(entry.size, HEAD);
  if (bytes.length < head) return undefined;
  const name = farInterpreter(bytes.subarray(entry.start, head));
  const end = name === undefined ? 0 : name.offset + name.size;
  // patchelf puts PT_INTERP at the end of the file; the loader's name is worth the way there.
  return end > HEAD && end <= Math.min(entry.size, FAR) ? entry.start + end : head;
}

/** Where PT_INTERP is of a program whose head does not hold it. */
export function farInterpreter(head: Uint8Array): { offset: number; size: number } | undefined {
  const elf = readElf(head);
  if (!isElf(elf) || elf.interpreter === null || elf.interpreter === undefined) return undefined;
  return 'offset' in elf.interpreter ? elf.interpreter : undefined;
}

interface Entry {
  header: Buffer;
  /** Where the content starts. */
  start: number;
  size: number;
  /** What an extended header says instead of the header. */
  extended: ReadonlyMap<string, string>;
}

function octal(header: Buffer, at: number, width: number): number {
  return Number.parseInt(header.toString('latin1', at, at + width), 8) || 0;
}

/** The first entry that is a file, past extended headers; undefined where it is not there yet. */
function findEntry(bytes: Buffer): Entry | undefined {
  const extended = new Map<string, string>();
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    const size = octal(header, 124, 12);
    const start = at + BLOCK;
    const type = header.toString('latin1', 156, 157);
    if (type !== 'x' && type !== 'g') {
      return { header, start, size: Number(extended.get('size') ?? size), extended };
    }
    if (bytes.length < start + size) return undefined;
    // Records: "LENGTH KEY=VALUE\n", POSIX pax.
    const records = bytes.toString('latin1', start, start + size);
    for (const [, key = '', value = ''] of records.matchAll(/\d+ ([^=\n]+)=([^\n]*)\n/g)) {
      extended.set(key, value);
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}

const kinds: Readonly<Record<string, FileFacts['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '2': 'symlink',
  '5': 'directory',
};

function firstEntry(bytes: Buffer): Omit<FileFacts, 'path'> {
  const entry = findEntry(bytes);
  if (entry === undefined) return { errno: 'unreadable' };
  const { header, start, size, extended } = entry;
  const kind = kinds[header.toString('latin1', 156, 157)] ?? 'other';
  const link = header.toString('latin1', 157, 257).replace(/\0.*$/s, '');
  const head = bytes.subarray(start, start + Math.min(size, HEAD));
  const far = kind === 'file' ? farInterpreter(head) : undefined;
  const name = far === undefined ? undefined : textAt(bytes, start + far.offset, far.size);
  return {
    errno: 'ok',
    kind,
    mode: octal(header, 100, 8) & 0o7777,
    uid: Number(extended.get('uid') ?? octal(header, 108, 8)),
    gid: Number(extended.get('gid') ?? octal(header, 116, 8)),
    size,
    ...(kind === 'symlink' ? { target: extended.get('linkpath') ?? link } : {}),
    ...(kind === 'file' ? { head: base64OfBytes(head) } : {}),
    ...(name === undefined ? {} : { interpreter: name }),
  };
}

/** A NUL-terminated string; undefined where it is not all there. */
function textAt(bytes: Buffer, at: number, size: number): string | undefined {
  if (size > HEAD || bytes.length < at + size) return undefined;
  return stringOfBytes(bytes.subarray(at, at + size)).replace(/\0.*$/s, '');
}
