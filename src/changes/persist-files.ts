import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import type { FileChange, ReadText } from './plan/file-change.ts';

/** Reads files below a root, as byte strings; a path that ends in a slash is a folder's names. */
export function readBelow(root: string): ReadText {
  return (path) => {
    const file = join(root, path);
    try {
      if (path.endsWith('/')) return readdirSync(file).join('\n');
      return readFileSync(file, 'latin1');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  };
}

export function existsBelow(root: string): (path: string) => boolean {
  return (path) => existsSync(join(root, path));
}

/** Changes files below a root, each at once; throws `change-failed`, and what was done is undone. */
export function writeFiles(root: string, files: readonly FileChange[]): void {
  const done: FileChange[] = [];
  try {
    for (const file of files) {
      writeFile(root, file);
      done.push(file);
    }
  } catch (error) {
    for (const file of done.toReversed()) writeFile(root, { ...file, text: file.before });
    throw new XbuildError(
      'change-failed',
      `the files could not be written: ${(error as Error).message}`,
      'Everything is as it was before. Run it as root.',
      { cause: error },
    );
  }
}

function writeFile(root: string, { path, text, mode = 0o644 }: FileChange): void {
  const file = join(root, path);
  if (text === undefined) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.xbuild`;
  writeFileSync(temporary, Buffer.from(text, 'latin1'), { mode });
  // The mode of a file that is there stays, and the umask has no say.
  chmodSync(temporary, existsSync(file) ? statSync(file).mode : mode);
  renameSync(temporary, file);
}
