import type { ByteSource } from './byte-source.ts';
import { LayerFault } from './layer-fault.ts';
import { ContentReader, headOf } from './keep-content.ts';
import {
  Directory,
  directoryAt,
  FarLink,
  nodeAt,
  OTHER,
  partsOf,
  PLAIN,
  type Listed,
  type Node,
} from './layer-tree.ts';
import { TarReader, type TarEntry } from './read-tar.ts';

/** What an archive holds. */
export interface TarScan {
  root: Directory;
  /** Entries whose paths lead out of the root or through files: left out. Byte strings. */
  refused: { count: number; examples: string[] };
  /** Why it was not read to its end. */
  fault?: LayerFault;
}

const mostExamples = 20;
/** An image with more files in one layer is not looked through: an inventory must fit in memory. */
const mostEntries = 8_000_000;

/**
 * Reads an archive, from its front and once. Of programs and scripts the heads are kept, of all
 * else the names. A fault ends the reading; what was read before is given back with it.
 *
 * `whiteouts`: names that begin with `.wh.` take files away, as in a layer; in the archive of a
 * whole file system they are names like others.
 */
export async function scanTar(
  source: ByteSource,
  { whiteouts }: { whiteouts: boolean },
): Promise<TarScan> {
  const scanner = new Scanner(new TarReader(source), whiteouts);
  const { root, refused } = scanner;
  try {
    await scanner.run();
  } catch (error) {
    if (!(error instanceof LayerFault)) throw error;
    return { root, refused, fault: error };
  }
  return { root, refused };
}

class Scanner {
  readonly root = new Directory();
  readonly refused: TarScan['refused'] = { count: 0, examples: [] };
  private readonly tar: TarReader;
  private readonly whiteouts: boolean;
  private readonly contents: ContentReader;
  /** The directory of the entry before: the next one is usually in it too. */
  private parent: { path: string; directory: Directory } | undefined;

  constructor(tar: TarReader, whiteouts: boolean) {
    this.tar = tar;
    this.whiteouts = whiteouts;
    this.contents = new ContentReader(tar);
  }

  async run(): Promise<void> {
    for (let count = 0; ; count++) {
      const entry = await this.tar.next();
      if (entry === undefined) return;
      if (count === mostEntries) throw new LayerFault('too-large', 'it has too many files');
      if (!(await this.add(entry))) this.refuse(entry.name);
    }
  }

  private refuse(name: string): void {
    if (this.refused.count++ < mostExamples) this.refused.examples.push(name.slice(0, 4096));
  }

  private async add(entry: TarEntry): Promise<boolean> {
    const parts = partsOf(entry.name);
    if (parts === undefined) return false;
    const last = parts.pop();
    if (last === undefined) return entry.type === '5';
    const name = ownText(last);
    const parent = this.parentAt(parts);
    if (parent === undefined) return false;
    if (this.whiteouts && name.startsWith('.wh.')) return whiteOut(parent, name);
    if (entry.type === '5') return this.addDirectory(parent, name, entry);
    const node = await this.nodeOf(entry);
    if (node === undefined) return false;
    if (parent.entries.get(name) instanceof Directory) this.parent = undefined;
    parent.entries.set(name, node);
    return true;
  }

  private parentAt(parts: readonly string[]): Directory | undefined {
    const path = parts.join('/');
    if (this.parent?.path === path) return this.parent.directory;
    const directory = directoryAt(this.root, parts, { make: true });
    this.parent = directory === undefined ? undefined : { path, directory };
    return directory;
  }

  private addDirectory(parent: Directory, name: string, entry: TarEntry): true {
    const before = parent.entries.get(name);
    const directory = before instanceof Directory ? before : new Directory();
    directory.explicit = true;
    const { mode, uid, gid } = entry;
    directory.closed = (mode & 0o001) === 0 ? { mode, uid, gid } : undefined;
    if (directory !== before) {
      parent.entries.set(name, directory);
      // A link that was followed may have been here.
      this.parent = undefined;
    }
    return true;
  }

  private async nodeOf(entry: TarEntry): Promise<Node | undefined> {
    if (entry.type === '0') return this.fileOf(entry);
    if (entry.type === '1') return this.linkedTo(entry.linkname);
    if (entry.type === '2') return symlinkOf(entry);
    return '346'.includes(entry.type) ? OTHER : undefined;
  }

  private async fileOf(entry: TarEntry): Promise<Node> {
    if (isKeptText(entry)) return this.contents.readText(entry);
    const content = await this.contents.read(entry);
    const { kind, links, interpreter, commands } = content;
    if (kind === 'none' && (entry.mode & 0o111) === 0) return PLAIN;
    return {
      errno: 'ok',
      kind: 'file',
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      size: entry.size,
      ...(entry.size === 0 ? {} : { head: headOf(content) }),
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(links === undefined ? {} : { links }),
      ...(commands === undefined ? {} : { commands }),
    };
  }

  /** A hard link is the file that came before it; one to a layer below is found later. */
  private linkedTo(target: string): Node | undefined {
    const parts = partsOf(target);
    const name = parts?.at(-1);
    if (parts === undefined || name === undefined) return undefined;
    const found = nodeAt(this.root, parts);
    if (found instanceof Directory) return undefined;
    return found ?? new FarLink(parts);
  }
}

/** What loaders go by and who users are; of anything unusual nothing is known, as of other texts. */
const keptTexts = /^(?:\.?\/)*etc\/(?:passwd|group|ld\.so\.cache|ld-musl-[\w.-]+\.path)$/;
const longestText = 1 << 20;

function isKeptText({ name, size, mode }: TarEntry): boolean {
  return size <= longestText && (mode & 0o111) === 0 && keptTexts.test(name);
}

/** A text for itself: a part of another one keeps that in memory, here a path for each file. */
function ownText(text: string): string {
  // Shorter parts are copies already.
  return text.length < 13 ? text : Buffer.from(text, 'latin1').toString('latin1');
}

/** Source: OCI image-spec, layer.md, "Whiteouts"; AUFS's own `.wh..wh.` names say nothing. */
function whiteOut(parent: Directory, name: string): boolean {
  const removed = name.slice('.wh.'.length);
  if (name === '.wh..wh..opq') parent.opaque = true;
  else if (removed.startsWith('.wh.')) return true;
  else if (removed === '' || removed === '.' || removed === '..') return false;
  else parent.remove(removed);
  return true;
}

function symlinkOf(entry: TarEntry): Listed {
  return {
    errno: 'ok',
    kind: 'symlink',
    mode: 0o777,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.linkname.length,
    target: entry.linkname,
  };
}
