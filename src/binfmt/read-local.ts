// Effects: reads the binfmt_misc table of the machine that xbuild runs on. Nothing is changed.
import {
  closeSync,
  existsSync,
  opendirSync,
  openSync,
  readFileSync,
  readSync,
  statfsSync,
} from 'node:fs';
import { machine } from 'node:os';
import { architectureOfMachine } from '../model/architecture.ts';
import { XbuildError } from '../model/errors.ts';
import type { BinfmtFacts, RuleFile } from '../model/facts.ts';
import { ownCredentials, readPath } from './read-files.ts';
import { readEntries, type Table } from './table.ts';

/** Where binfmt_misc is, wherever somebody has not decided otherwise. */
export const BINFMT_DIRECTORY = '/proc/sys/fs/binfmt_misc';

/** linux/magic.h. */
const fileSystems: ReadonlyMap<number, BinfmtFacts['mount']> = new Map([
  [0x42494e4d, 'binfmt_misc'],
  [0x0187, 'autofs'],
]);

function errnoOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'EIO';
}

function knownToKernel(): boolean {
  try {
    return /\tbinfmt_misc$/m.test(readFileSync('/proc/filesystems', 'latin1'));
  } catch {
    return false;
  }
}

/** What is mounted at a directory. The question itself makes systemd's automount mount it. */
function mountAt(directory: string): BinfmtFacts['mount'] {
  try {
    return fileSystems.get(statfsSync(directory).type) ?? 'nothing';
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return 'absent';
    // An automount that cannot do its work answers so.
    if (errno === 'ENODEV' || errno === 'EHOSTDOWN' || errno === 'ELOOP') return 'autofs';
    throw error;
  }
}

/** The names in a directory in the kernel's own order, which is match order; readdir() would sort. */
function namesIn(directory: string): string[] {
  const opened = opendirSync(directory, { encoding: 'latin1', bufferSize: 128 });
  const names: string[] = [];
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      names.push(entry.name);
    }
  } finally {
    opened.closeSync();
  }
  return names;
}

/** More than any rule's file has: 1,920 bytes of text, of which each may become two. */
const page = Buffer.alloc(8192);

/** A file of binfmt_misc: it has no size, and one read gives all of it. */
function readSmall(path: string | Buffer): string {
  const descriptor = openSync(path, 'r');
  try {
    return page.toString('latin1', 0, readSync(descriptor, page, 0, page.length, 0));
  } finally {
    closeSync(descriptor);
  }
}

function readRule(directory: string, name: string): RuleFile[] {
  try {
    return [{ name, text: readSmall(Buffer.from(`${directory}/${name}`, 'latin1')) }];
  } catch (error) {
    // Removed since the directory was read.
    return errnoOf(error) === 'ENOENT' ? [] : [{ name, text: '' }];
  }
}

function readStatus(directory: string): BinfmtFacts['status'] {
  try {
    const text = readSmall(`${directory}/status`).trim();
    return text === 'enabled' || text === 'disabled' ? text : null;
  } catch {
    return null;
  }
}

/** Where there is no table to be read. */
function nothingRead(): Omit<BinfmtFacts, 'mount'> {
  return { knownToKernel: knownToKernel(), status: null, rules: [] };
}

function readFacts(directory: string): { binfmt: BinfmtFacts; problem?: string } {
  try {
    const mount = mountAt(directory);
    if (mount !== 'binfmt_misc') return { binfmt: { ...nothingRead(), mount } };
    const names = namesIn(directory).filter((name) => name !== 'register' && name !== 'status');
    const rules = names.flatMap((name) => readRule(directory, name));
    return { binfmt: { knownToKernel: true, mount, status: readStatus(directory), rules } };
  } catch (error) {
    return { binfmt: { ...nothingRead(), mount: 'nothing' }, problem: errnoOf(error) };
  }
}

/**
 * What this kernel runs itself, in Docker's words. That an x86-64 or arm64 kernel also runs 32-bit
 * programs shows in a file that it has only then.
 */
function nativeHere(): string[] {
  const own = architectureOfMachine(machine())?.name;
  if (own === undefined) return [];
  if (own === 'amd64' && existsSync('/proc/sys/abi/vsyscall32')) return [own, '386'];
  const has32 = ['swp', 'cp15_barrier', 'setend'].some((name) =>
    existsSync(`/proc/sys/abi/${name}`),
  );
  return own === 'arm64' && has32 ? [own, 'arm'] : [own];
}

/**
 * Reads the rules of this machine's kernel, in match order. Any user may. Where they cannot be read,
 * `mount` or `problem` says why.
 *
 * Throws `bad-argument` where this machine is no Linux.
 */
export function readLocalTable(directory: string = BINFMT_DIRECTORY): Table {
  if (process.platform !== 'linux') {
    throw new XbuildError(
      'bad-argument',
      `this machine runs ${process.platform}, which has no binfmt_misc`,
      'Leave --local out: then the kernel of the Docker engine is asked.',
    );
  }
  const { binfmt, problem } = readFacts(directory);
  return {
    place: { kind: 'machine', directory },
    binfmt,
    ...(problem === undefined ? {} : { problem }),
    entries: readEntries(binfmt.rules),
    native: nativeHere(),
    credentials: ownCredentials(),
    files: { look: readPath },
    runs: [],
  };
}
