import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { base64OfBytes, bytesOfString } from '../model/bytes.ts';
import type { FileFacts } from '../model/facts.ts';
import { farInterpreter, readThroughArchive } from '../verify/read-archive.ts';
import type { FileSource } from './read-files.ts';

const HEAD = 4096;

/** The files of a container, running or not, with what is mounted into it. */
export function containerSource(container: Dockerode.Container): FileSource {
  return { read: (path) => readThroughArchive(container, path) };
}

/** The files of the machine that xbuild runs on. */
export const localSource: FileSource = { read: readLocal };

async function readLocal(path: string): Promise<FileFacts> {
  const name = Buffer.from(bytesOfString(path));
  try {
    const stat = await lstat(name);
    const kind = stat.isFile()
      ? 'file'
      : stat.isDirectory()
        ? 'directory'
        : stat.isSymbolicLink()
          ? 'symlink'
          : 'other';
    const facts: FileFacts = {
      path,
      errno: 'ok',
      kind,
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      size: stat.size,
    };
    if (kind === 'symlink') {
      facts.target = (await readlink(name, { encoding: 'buffer' })).toString('latin1');
    }
    if (kind === 'file') {
      Object.assign(facts, await readContent(name));
    }
    return facts;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { path, errno: code };
  }
}

/** The first bytes, and the loader's name past them; nothing of a file that this user may not read. */
async function readContent(name: Buffer): Promise<Pick<FileFacts, 'head' | 'interpreter'>> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(name, flags).catch(() => undefined);
  if (file === undefined) return {};
  const read = async (offset: number, size: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, offset);
    return buffer.subarray(0, bytesRead);
  };
  try {
    const head = await read(0, HEAD);
    const far = farInterpreter(head);
    if (far === undefined || far.size > HEAD) return { head: base64OfBytes(head) };
    const text = await read(far.offset, far.size);
    return {
      head: base64OfBytes(head),
      interpreter: text.toString('latin1').replace(/\0.*$/s, ''),
    };
  } finally {
    await file.close();
  }
}

const mostEntries = 100;
const mostBytes = 4 << 20;

/**
 * Counts what a directory holds, up to 100, from its archive; undefined where the engine does not
 * give it out. Large files end the count: then it is a lower bound.
 */
export async function countEntries(
  container: Dockerode.Container,
  directory: string,
): Promise<number | undefined> {
  try {
    const stream = (await container.getArchive({ path: directory })) as unknown as Readable;
    return await countInTar(stream);
  } catch {
    return undefined;
  }
}

async function countInTar(stream: Readable): Promise<number> {
  let count = -1;
  let skip = 0;
  let seen = 0;
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of stream) {
      seen += (chunk as Buffer).length;
      const bytes = Buffer.concat([rest, chunk as Buffer]);
      while (skip < bytes.length && bytes.length - skip >= 512) {
        const header = bytes.subarray(skip, skip + 512);
        if (header[0] === 0) return Math.max(0, count);
        const size = Number.parseInt(header.toString('latin1', 124, 136), 8) || 0;
        const type = header.toString('latin1', 156, 157);
        // The first entry is the directory itself; extended headers are none.
        if (type !== 'x' && type !== 'g') count++;
        if (count >= mostEntries) return count;
        skip += 512 + Math.ceil(size / 512) * 512;
      }
      rest = skip >= bytes.length ? Buffer.alloc(0) : bytes.subarray(skip);
      skip = Math.max(0, skip - bytes.length);
      if (seen > mostBytes) break;
    }
  } finally {
    stream.destroy();
  }
  return Math.max(0, count);
}
