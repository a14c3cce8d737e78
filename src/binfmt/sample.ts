import { architectures, headFor } from '../model/architecture.ts';
import { HEAD_SIZE, type Rule } from '../model/binfmt-rule.ts';
import { withHead, type FileNode } from '../model/file-view.ts';
import { fits, patternOf } from './pattern.ts';
import { architecturesOf, programHead } from './purpose.ts';

/** A made-up file of the kind that a rule is for. */
export interface Sample {
  /** Its path, a byte string. */
  path: string;
  node: FileNode;
}

const PATH = '/xbuild-made-up';

function fileOf(head: Uint8Array): FileNode {
  return withHead({ kind: 'file', mode: 0o755, uid: 0, gid: 0, size: head.length }, head);
}

function headOf(rule: Rule): Uint8Array {
  if (rule.type !== 'magic') return new Uint8Array(HEAD_SIZE);
  const pattern = patternOf(rule);
  const names = architecturesOf(rule);
  const row = architectures.find(({ name }) => names.includes(name));
  if (row !== undefined && fits(pattern, programHead(row))) return programHead(row);
  const library = row && headFor(row, { type: 'dyn' });
  if (library !== undefined && fits(pattern, library)) return library;
  const head = new Uint8Array(HEAD_SIZE);
  for (const [index, byte] of pattern.magic.entries()) {
    head[pattern.offset + index] = byte & (pattern.mask[index] ?? 0);
  }
  return head;
}

/** A file that a rule takes; undefined for a rule of an unknown kind. */
export function sampleOf(rule: Rule): Sample | undefined {
  if (rule.type === 'opaque') return undefined;
  return {
    path: rule.type === 'extension' ? `${PATH}.${rule.extension}` : PATH,
    node: fileOf(headOf(rule)),
  };
}
