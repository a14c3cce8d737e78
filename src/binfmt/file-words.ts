import type { Elf } from '../model/elf.ts';
import { describeNode } from '../model/file-kind.ts';
import { hasHead, type FileNode } from '../model/file-view.ts';
import { lineOf } from './text.ts';

const linkages: Readonly<Record<string, string>> = {
  dynamic: ', dynamically linked',
  static: ', statically linked',
  'static-pie': ', statically linked',
};

function linkageOf({ linkage, interpreter, type }: Elf): string | undefined {
  // Whether it is a static program or a library is told further on than a head reaches.
  if (linkage === undefined && interpreter === null && type === 3)
    return ', without a loader (static)';
  return linkages[linkage ?? ''];
}

/** What a file is, in words that are safe to print: `an ELF program for arm64, statically linked`. */
export function fileWords(node: FileNode): string {
  if (node.kind === 'directory') return 'a directory';
  if (node.kind !== 'file') return 'no regular file';
  if (!hasHead(node)) return 'a file that this user may not read';
  const kind = describeNode(node);
  const linkage = 'elf' in kind ? linkageOf(kind.elf) : undefined;
  // What has a loader or no libraries is no library, whatever its e_type says.
  const words =
    linkage === undefined ? kind.words : kind.words.replace('program or library', 'program');
  const mode = (node.mode & 0o111) === 0 ? ', not executable' : '';
  return `${lineOf(words)}${linkage ?? ''}${mode}`;
}
