import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import { escapeLine } from '../model/escape.ts';
import { findConfig } from './find-config.ts';
import { parseConfig, type ParsedConfig } from './parse-config.ts';
import { placeOfBadByte } from './text-problem.ts';

/** A file that is longer holds something else. */
const MOST_BYTES = 1 << 20;

/**
 * Reads the configuration that applies: the file that was named, or the one in the current folder;
 * undefined where there is none. Throws `bad-configuration`.
 */
export function readConfigFile(named: string | undefined): ParsedConfig | undefined {
  const file = named ?? findConfig();
  return file === undefined ? undefined : parseConfig(readText(file), file);
}

function readText(file: string): string {
  let fd: number | undefined;
  try {
    const isFile = statSync(file).isFile();
    if (isFile && !namesWithin(file)(file))
      throw unreadable(
        file,
        'it is a link that leads out of its repository',
        'Put the file there in place of the link.',
      );
    // Without waiting: a pipe would keep the command for ever.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile() && !stats.isDirectory())
      throw unreadable(file, 'it is neither a file nor a link to one');
    const { size } = stats;
    if (size > MOST_BYTES) throw unreadable(file, `it has ${size} bytes, and at most 1 MB is read`);
    const bytes = Buffer.alloc(size);
    const length = readSync(fd, bytes, 0, size, 0);
    return textOf(bytes.subarray(0, length), file);
  } catch (error) {
    if (error instanceof XbuildError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: isLink ? 'it is a link to nothing' : 'there is no such file',
      EISDIR: 'it is a folder',
    };
    throw unreadable(file, reasons[code ?? ''] ?? String(code));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function textOf(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const [first = 0, second = 0] = bytes;
    const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    const { line, column, byte } = placeOfBadByte(bytes);
    const why = utf16 ? 'it is UTF-16' : `byte 0x${byte.toString(16)} is not UTF-8`;
    const hint = 'Save the file as text in UTF-8.';
    throw unreadable(`${file}:${line}:${column}`, why, hint);
  }
}

function unreadable(
  place: string,
  why: string,
  hint = 'Name an xbuild.yaml with --config FILE, or write one: xbuild init',
): XbuildError {
  return new XbuildError(
    'bad-configuration',
    `the configuration ${escapeLine(place)} cannot be read: ${why}`,
    hint,
  );
}

/**
 * What a file may name: paths in its repository, and without a repository in its own folder. Links
 * are followed first: a file of a pull request must not reach the rest of the machine.
 */
export function namesWithin(file: string): (path: string) => boolean {
  const top = repositoryOf(dirname(resolve(file)));
  return (path) => {
    const real = realOf(resolve(path));
    return real === top || real.startsWith(top.endsWith(sep) ? top : top + sep);
  };
}

/** The folder of a file, from the current one, as the command line would name it. */
export function folderOf(file: string): string {
  const path = relative('.', dirname(resolve(file)));
  return path === '' ? '.' : path;
}

function repositoryOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (statSync(resolve(at, '.git'), { throwIfNoEntry: false }) !== undefined)
      return realpathSync(at);
    if (dirname(at) === at) return realpathSync(folder);
  }
}

/** A path without links, also where its last parts do not exist. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(realOf(parent), relative(parent, path));
  }
}
