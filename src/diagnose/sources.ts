import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type Dockerode from 'dockerode';
import { base64OfBytes, bytesOfString } from '../model/bytes.ts';
import type { FileFacts } from '../model/facts.ts';
import { farInterpreter, readBeginning, readThroughArchive } from '../verify/read-archive.ts';
import type { FileSource } from './read-files.ts';
import { tarEntries, type TarEntry } from './tar-entries.ts';

const HEAD = 4096;

/** What the kernel makes in a container that runs. */
const kernelFolders = ['/proc', '/sys', '/dev'];

/**
 * The files of a container, running or not, with what is mounted into it. What is in memory only
 * (`tmpfs`: where) the engine does not show: there nothing is known.
 */
export function containerSource(
  container: Dockerode.Container,
  tmpfs: readonly string[] = [],
): FileSource {
  const unseen = [...kernelFolders, ...tmpfs].map((folder) => `${folder.replace(/\/+$/, '')}/`);
  return {
    read: async (path) => {
      if (unseen.some((folder) => path.startsWith(folder))) return { path, errno: 'ok' };
      const facts = await readThroughArchive(container, path);
      // A container that is being removed shows nothing at all.
      if (path === '/' && facts.errno === 'ENOENT') return { path, errno: 'unreadable' };
      // Of a link that leads nowhere or round the engine says no more than that.
      if (facts.errno !== 'unreadable' && facts.errno !== 'ELOOP') return facts;
      const listed = await readInFolder(container, path);
      return listed.errno === 'ok' ? listed : facts;
    },
    readBeginning: (path, endOf) => readBeginning(container, path, endOf),
  };
}

/** The files of the machine that xbuild runs on. */
export const localSource: FileSource = { read: readLocal, readBeginning: readLocalBeginning };

const mostRead = 64 << 20;

async function readLocalBeginning(
  path: string,
  endOf: (head: Uint8Array) => number | undefined,
): Promise<Uint8Array | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await open(Buffer.from(bytesOfString(path)), flags).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    const end = endOf(buffer.subarray(0, bytesRead)) ?? 0;
    if (end <= 0 || end > mostRead) return undefined;
    const all = await file.read(Buffer.alloc(end), 0, end, 0);
    return all.buffer.subarray(0, all.bytesRead);
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}

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

async function entriesOf(
  container: Dockerode.Container,
  directory: string,
): Promise<AsyncGenerator<TarEntry>> {
  const path = Buffer.from(bytesOfString(directory)).toString('utf8');
  const stream = (await container.getArchive({ path })) as unknown as Readable;
  return tarEntries(stream, mostBytes);
}

/**
 * Counts what a directory holds, up to 100, from its archive; undefined where the engine does not
 * give it out. Large files end the count: then it is a lower bound.
 */
export async function countEntries(
  container: Dockerode.Container,
  directory: string,
): Promise<number | undefined> {
  let count = 0;
  try {
    for await (const { name } of await entriesOf(container, directory)) {
      // The first entry is the directory itself.
      if (name.split('/').filter(Boolean).length > 1) count++;
      if (count >= mostEntries) break;
    }
    return count;
  } catch {
    return undefined;
  }
}

/** An engine gives no link out that leads in a circle, but the folder that it is in. */
async function readInFolder(container: Dockerode.Container, path: string): Promise<FileFacts> {
  const at = path.lastIndexOf('/');
  const name = path.slice(at + 1);
  try {
    for await (const entry of await entriesOf(container, path.slice(0, at) || '/')) {
      const { mode, uid, gid, size, target, type } = entry;
      if (type !== '2' || entry.name.split('/').filter(Boolean).slice(-1)[0] !== name) continue;
      if (entry.name.split('/').filter(Boolean).length > 2) continue;
      return { path, errno: 'ok', kind: 'symlink', mode, uid, gid, size, target };
    }
  } catch {
    // What stays unread is named as missing.
  }
  return { path, errno: 'unreadable' };
}

/** What `FROM scratch` starts with. */
export const emptySource: FileSource = {
  read: async (path) =>
    path === '/'
      ? { path, errno: 'ok', kind: 'directory', mode: 0o755, uid: 0, gid: 0 }
      : { path, errno: 'ENOENT' },
};
