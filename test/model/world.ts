import {
  commandRule,
  commandStatus,
  emptyTable,
  registerRule,
  type BinfmtTable,
} from '../../src/model/binfmt-table.ts';
import { bytesOfString } from '../../src/model/bytes.ts';
import { root } from '../../src/model/credentials.ts';
import type { FileNode, FileView } from '../../src/model/file-view.ts';
import { openForExec, type Walker } from '../../src/model/path-walk.ts';

/** A file as the records describe it. */
export interface FileRecord {
  path: string;
  kind: 'probe' | 'data' | 'symlink' | 'dir' | 'fifo';
  id?: string;
  arch?: string;
  mode?: string;
  uid?: number;
  gid?: number;
  b64?: string;
  target?: string;
}

export interface Operation {
  op: string;
  errno: string;
  s?: string;
  name?: string;
  path?: string;
  to?: string;
  mode?: string;
  id?: string;
  arch?: string;
}

interface Inode {
  node: FileNode;
  /** Where it was made. */
  path: string;
  id?: string;
  /** The rules that hold it open for execution. */
  holders: Set<string>;
}

const DIRECTORIES = '/ /w /i /c /nosuid /noexec /o /bm /dev /proc'.split(' ');

/** The heads of the two probe programs, base64. */
export interface Probes {
  x86_64: { head: string; size: number };
  i386: { head: string; size: number };
}

function directory(): FileNode {
  return { kind: 'directory', mode: 0o755, uid: 0, gid: 0 };
}

function lengthOf(b64: string): number {
  return atob(b64).length;
}

/** A small machine: files that rules may hold open, and a rule table. Everything is done as root. */
export class World {
  readonly #inodes = new Map<string, Inode>();
  readonly #held = new Map<string, Inode>();
  readonly #probes: Probes;
  table: BinfmtTable = emptyTable;

  constructor(probes: Probes, files: readonly FileRecord[]) {
    this.#probes = probes;
    for (const path of DIRECTORIES) this.#add(path, directory());
    for (const name of ['register', 'status']) {
      this.#add(`/bm/${name}`, { kind: 'file', mode: 0o644, uid: 0, gid: 0, head: '' });
    }
    for (const file of files) this.put(file);
  }

  get view(): FileView {
    return { lstat: (path) => this.#inodes.get(path)?.node ?? 'ENOENT' };
  }

  /** What rules with flag F hold; the path is made up, so that it is no other file's. */
  get held(): Record<string, { path: string; node: FileNode }> {
    const held = [...this.#held].map(([rule, { node, path }]) => [
      rule,
      { path: `held:${rule}${path}`, node },
    ]);
    return Object.fromEntries(held);
  }

  /** The probe that is at a path, or that a rule holds. */
  idOf(path: string): string | undefined {
    const rule = /^held:(?<rule>[^/]*)/.exec(path)?.groups?.['rule'];
    const held = rule === undefined ? undefined : this.#held.get(rule);
    return (held ?? this.#inodes.get(path))?.id;
  }

  #add(path: string, node: FileNode, id?: string): void {
    if (path.startsWith('/noexec/')) node.noexec = true;
    if (path.startsWith('/nosuid/')) node.nosuid = true;
    this.#inodes.set(path, { node, path, holders: new Set(), ...(id === undefined ? {} : { id }) });
  }

  #makeParents(path: string): void {
    for (let at = path.indexOf('/', 1); at !== -1; at = path.indexOf('/', at + 1)) {
      const parent = path.slice(0, at);
      if (!this.#inodes.has(parent)) this.#add(parent, directory());
    }
  }

  #content(file: FileRecord): Pick<FileNode, 'head' | 'size'> {
    if (file.kind === 'probe') return this.#probes[file.arch === 'i386' ? 'i386' : 'x86_64'];
    const head = file.b64 ?? '';
    return { head, size: lengthOf(head) };
  }

  put(file: FileRecord): string {
    this.#makeParents(file.path);
    const { uid = 0, gid = 0 } = file;
    const owner = { mode: Number.parseInt(file.mode ?? '0777', 8), uid, gid };
    if (file.kind === 'dir') this.#add(file.path, { kind: 'directory', ...owner });
    else if (file.kind === 'fifo') this.#add(file.path, { kind: 'other', ...owner });
    else if (file.kind === 'symlink') {
      this.#add(file.path, { kind: 'symlink', ...owner, target: file.target ?? '' });
    } else this.#add(file.path, { kind: 'file', ...owner, ...this.#content(file) }, file.id);
    return 'ok';
  }

  #register(text: string): string {
    const walker: Walker = { view: this.view, root: '/', cwd: '/w', credentials: root };
    let opened: Inode | undefined;
    const { errno, table } = registerRule(this.table, bytesOfString(text), (interpreter) => {
      const file = openForExec(walker, interpreter);
      if ('needs' in file) throw new Error(`the world does not know ${file.needs}`);
      if (!('node' in file)) return file.errno;
      opened = this.#inodes.get(file.path);
      return 'ok';
    });
    this.table = table;
    const name = table.rules[0]?.name;
    if (errno === 'ok' && opened !== undefined && name !== undefined) {
      opened.holders.add(name);
      this.#held.set(name, opened);
    }
    return errno;
  }

  /** Lets go of what removed rules held. */
  #release(): void {
    for (const [name, inode] of this.#held) {
      if (this.table.rules.some((rule) => rule.name === name)) continue;
      inode.holders.delete(name);
      this.#held.delete(name);
    }
  }

  #command(write: { errno: string; table: BinfmtTable }): string {
    this.table = write.table;
    this.#release();
    return write.errno;
  }

  #openForWriting(path: string): Inode | string {
    const inode = this.#inodes.get(path);
    if (inode === undefined) return 'ENOENT';
    return inode.holders.size > 0 ? 'ETXTBSY' : inode;
  }

  #overwrite(operation: Operation, path: string): string {
    const inode = this.#openForWriting(path);
    if (typeof inode === 'string') return inode;
    Object.assign(inode.node, this.#probes[operation.arch === 'i386' ? 'i386' : 'x86_64']);
    if (operation.id !== undefined) inode.id = operation.id;
    return 'ok';
  }

  #holdWrite(path: string): string {
    const inode = this.#openForWriting(path);
    if (typeof inode === 'string') return inode;
    inode.node.busy = true;
    return 'ok';
  }

  #rename(path: string, to: string): string {
    const inode = this.#inodes.get(path);
    if (inode === undefined) return 'ENOENT';
    this.#inodes.delete(path);
    this.#inodes.set(to, inode);
    return 'ok';
  }

  #chmod(path: string, mode: string): string {
    const inode = this.#inodes.get(path);
    if (inode === undefined) return 'ENOENT';
    inode.node.mode = Number.parseInt(mode, 8);
    return 'ok';
  }

  /** Does what a record did, and says the errno it gave. */
  apply(operation: Operation): string {
    const { op, s = '', name = '', path = '', to = '', mode = '' } = operation;
    switch (op) {
      case 'register':
        return this.#register(s);
      case 'entry':
        return this.#command(commandRule(this.table, name, s));
      case 'status':
        return this.#command(commandStatus(this.table, s));
      case 'put':
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a put carries a file
        return this.put(operation as unknown as FileRecord);
      case 'unlink':
        return this.#inodes.delete(path) ? 'ok' : 'ENOENT';
      case 'rename':
        return this.#rename(path, to);
      case 'chmod':
        return this.#chmod(path, mode);
      case 'overwrite':
        return this.#overwrite(operation, path);
      case 'hold_write':
        return this.#holdWrite(path);
      default:
        throw new Error(`no operation ${op}`);
    }
  }
}
