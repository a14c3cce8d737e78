import { shellQuote } from '../model/escape.ts';
import { byKind, formatError, isDebian, isJava, rebuilt } from './by-kind.ts';
import { downloadOf } from './downloads.ts';
import type { Family } from './entry.ts';

export const order = 70;

/** Files that are not what they were meant to be. */
export const family: Family = {
  id: 'no-program',
  title: 'No program at all',
  causes: [
    byKind(
      {
        id: 'empty-file',
        silent: true,
        title: 'an empty file',
        why: 'A COPY or download that failed left a file of no bytes. The kernel refuses it with ENOEXEC; from a shell it even ends with 0, as an empty script.',
        proof: 'Its size is 0.',
        prevent: 'Let the step fail: curl -f, set -o pipefail.',
      },
      {
        kinds: ['empty'],
        message: 'is an empty file',
        fix: 'Make or download it again; let the step fail when it does (curl -f).',
      },
    ),
    byKind(
      {
        id: 'failed-download',
        title: 'a failed download: an answer of the server in place of the program',
        why: 'Without -f, curl stores the page that says 404 and ends with 0. chmod makes it executable, and the kernel refuses it.',
        seen: [formatError, '/app/run: line 1: Not: not found'],
        proof: 'The file begins with HTML, JSON, or "Not Found".',
        prevent: 'curl -fsSL, and compare a checksum (ADD --checksum=…).',
      },
      {
        kinds: ['html', 'text'],
        when: (_, head) => downloadOf(head) !== undefined,
        message: 'is what a server answered in place of the file',
        fix: 'Correct the address (its version, its word for the architecture), and download with -f.',
        commands: (path) => [`RUN curl -fsSL -o ${shellQuote(path)} "$URL"`],
      },
    ),
    byKind(
      {
        id: 'git-lfs-pointer',
        title: 'a Git LFS pointer instead of the file',
        why: 'The repository was checked out without LFS: in place of the program is a text of three lines that names it.',
        seen: [formatError, '/app/run: line 1: version: not found'],
        proof: 'The text begins with "version https://git-lfs.github.com/spec/".',
        prevent: 'In CI: actions/checkout with lfs: true, or git lfs pull before the build.',
      },
      {
        kinds: ['git-lfs'],
        message: 'is a Git LFS pointer, not the file itself',
        fix: 'Fetch the real file before the build.',
        commands: () => ['git lfs install', 'git lfs pull'],
      },
    ),
    byKind(
      {
        id: 'compressed-file',
        title: 'a compressed file',
        why: 'What was downloaded is the program in gzip, xz, zstd or bzip2, and was never unpacked.',
        proof: 'The first bytes are 1f 8b, fd 37 7a, 28 b5 2f fd or BZh.',
        prevent: 'Unpack it in the step that downloads it.',
      },
      {
        kinds: ['gzip', 'xz', 'zstd', 'bzip2', 'lz4', 'lzip', 'lzma', 'compress'],
        message: 'is a compressed file',
        fix: 'Unpack it first; it may be an archive inside.',
        commands: (path) => [`RUN tar -xf ${shellQuote(path)} || gunzip -S '' ${shellQuote(path)}`],
      },
    ),
    byKind(
      {
        id: 'archive-file',
        title: 'an archive',
        why: 'What was downloaded is an archive with the program in it, and was never unpacked.',
        proof: 'tar: "ustar" at 257; ZIP: PK; Debian package: !<arch> debian-binary.',
        prevent: 'Unpack it in the step that downloads it.',
      },
      {
        kinds: ['tar', 'zip', 'ar', '7z', 'rar', 'rpm', 'cpio'],
        when: (name, head) => (head.startsWith('!<') ? isDebian(name, head) : !isJava(name, head)),
        message: 'is an archive, not a program',
        fix: 'Unpack it, and start the program in it.',
        commands: (path) => [`RUN tar -xf ${shellQuote(path)} -C /app`],
      },
    ),
    byKind(
      {
        id: 'not-a-program',
        title: 'a file of no kind that can be executed',
        why: 'The kernel runs ELF programs and scripts, and what rules of binfmt_misc name. This file is neither.',
        proof: 'Its first bytes are of no known format.',
        prevent: 'Run the program once in the build stage.',
      },
      {
        kinds: ['data', 'pdf'],
        message: 'is no program: its first bytes are of no kind that the kernel runs',
        fix: rebuilt,
      },
    ),
  ],
};
