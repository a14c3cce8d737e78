import { XbuildError } from './errors.ts';

/** What errno says of a file, and what to do about it (errno(3)). */
const refusals: Readonly<Record<string, { why: string; hint: string }>> = {
  EACCES: {
    why: 'this user has no permission',
    hint: 'Change its permissions, or run this as a user who has them.',
  },
  EPERM: {
    why: 'this user is not allowed to',
    hint: 'Change its owner or attributes, or run this as a user who may.',
  },
  EROFS: {
    why: 'its file system is read-only',
    hint: 'Name a place that can be written, or mount it for writing.',
  },
  ENOTDIR: {
    why: 'a part of its path is a file and not a folder',
    hint: 'Correct the path.',
  },
  ELOOP: { why: 'its symbolic links lead in a circle', hint: 'Mend the links.' },
  ENAMETOOLONG: { why: 'its name is too long', hint: 'Choose a shorter one.' },
  EISDIR: { why: 'it is a folder and not a file', hint: 'Name a file.' },
};

const full = {
  why: 'there is no room left on its file system',
  hint: 'Make room (df -h shows how much there is; TMPDIR chooses another place for temporary files), then run this again.',
};

/**
 * What the machine refuses, as a refusal instead of a bug of ours: `file-refused` or `disk-full`.
 * Everything else comes back as it is, ENOENT too: what may be missing is asked for where it is read.
 */
export function explainSystemError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof XbuildError) return error;
  const { code = '', path, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const where = path ?? 'a temporary file';
    return new XbuildError(
      'disk-full',
      `${where} cannot be written: ${full.why} (${code})`,
      full.hint,
      {
        cause: error,
      },
    );
  }
  const known = refusals[code];
  if (known === undefined || path === undefined) return error;
  const message = `cannot ${verbs[syscall] ?? syscall} ${path}: ${known.why} (${code})`;
  return new XbuildError('file-refused', message, known.hint, { cause: error });
}

const verbs: Readonly<Record<string, string>> = {
  access: 'use',
  lstat: 'look at',
  mkdir: 'make the folder',
  mkdtemp: 'make a folder for temporary files at',
  scandir: 'list',
  stat: 'look at',
  unlink: 'remove',
};
