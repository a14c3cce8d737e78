import { isLoadedType } from '../model/elf.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { describeHead, type FileKind } from '../model/file-kind.ts';
import type { FileNode } from '../model/file-view.ts';
import { shown } from '../model/bytes-text.ts';

/** What a file is, by its head. */
export function kindOf(node: FileNode): FileKind {
  return describeHead(bytesOfBase64(node.head ?? ''));
}

const linkages: Readonly<Record<string, string>> = {
  dynamic: ', dynamically linked',
  static: ', statically linked',
  'static-pie': ', statically linked',
  'shared-object': ' or library',
};

/** What a file is, in a few words: `arm64 program, dynamically linked`, `script for /bin/sh`. */
export function describeNode(node: FileNode): string {
  if (node.kind !== 'file') return node.kind === 'other' ? 'a special file' : `a ${node.kind}`;
  const kind = kindOf(node);
  if (kind.kind === 'script') {
    const { interpreter, argument } = kind as FileKind & { interpreter: string; argument?: string };
    return `script for ${shown([interpreter, argument].filter(Boolean).join(' '))}`;
  }
  if (!('elf' in kind)) return kind.words.replace(/^an? /, '');
  const name = kind.architecture?.name ?? `machine ${kind.elf.machine}`;
  if (!isLoadedType(kind.elf.type)) return kind.words.replace(/^an? /, '');
  return `${name} program${linkages[kind.elf.linkage ?? ''] ?? ''}`;
}

/** Docker's word for a program's architecture; null for what is no program or of no known one. */
export function architectureOfNode(node: FileNode): string | null {
  const kind = kindOf(node);
  return 'elf' in kind ? (kind.architecture?.name ?? null) : null;
}

/** `an amd64`, `a riscv64`, `an i386`: the article goes by the sound. */
export function withArticle(word: string): string {
  return `${/^(?:[aeio]|s390|x86)/.test(word) ? 'an' : 'a'} ${word}`;
}

/** `/app: mode 0755, owner 0:0`. */
export function ownerLine(path: string, { mode, uid, gid }: FileNode): string {
  return `${shown(path)}: mode ${mode.toString(8).padStart(4, '0')}, owner ${uid}:${gid}`;
}
