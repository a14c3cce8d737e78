import { formatRuleFile, type Rule } from '../../src/model/binfmt-rule.ts';
import { parseRegisterString } from '../../src/model/binfmt-register.ts';
import { bytesOfBase64, bytesOfString } from '../../src/model/bytes.ts';
import { withHead, type FileNode } from '../../src/model/file-view.ts';
import type { RuleFile } from '../../src/model/facts.ts';
import { readEntries, type Looked, type Table } from '../../src/binfmt/table.ts';
import { tinyElf } from '../model/tiny-elf.ts';

/** The rule that a register string makes. */
export function ruleOf(text: string): Rule {
  const reading = parseRegisterString(bytesOfString(text));
  if ('rule' in reading) return reading.rule;
  throw new Error(`${text}: ${reading.reason}`);
}

/** A file with these first bytes, a byte string. */
export function file(start: string, mode = 0o755): FileNode {
  const bytes = bytesOfString(start);
  return withHead({ kind: 'file', mode, uid: 0, gid: 0, size: bytes.length }, bytes);
}

export function program(): FileNode {
  const bytes = bytesOfBase64(tinyElf({ status: 0 }));
  return withHead({ kind: 'file', mode: 0o755, uid: 0, gid: 0, size: bytes.length }, bytes);
}

export function link(target: string): FileNode {
  return { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target };
}

const directory: FileNode = { kind: 'directory', mode: 0o755, uid: 0, gid: 0 };

/** Looks into a few made-up files; whatever leads to one of them is a directory. */
export function lookIn(files: Readonly<Record<string, FileNode>>): (path: string) => Looked {
  return (path) => {
    if (Object.hasOwn(files, path)) return files[path];
    const leads = Object.keys(files).some((one) => path === '/' || one.startsWith(`${path}/`));
    return leads ? directory : 'ENOENT';
  };
}

interface Parts {
  /** Register strings, or whole files; the first is asked first. */
  rules: readonly (string | Rule | RuleFile)[];
  files?: Readonly<Record<string, FileNode>>;
  status?: 'enabled' | 'disabled';
}

function fileOf(rule: string | Rule | RuleFile): RuleFile {
  if (typeof rule === 'object' && 'text' in rule) return rule;
  const whole = typeof rule === 'string' ? ruleOf(rule) : rule;
  return { name: whole.name, text: formatRuleFile(whole) };
}

/** The table of a machine that runs amd64 itself. */
export function madeTable({ rules, files = {}, status = 'enabled' }: Parts): Table {
  const ruleFiles = rules.map(fileOf);
  return {
    place: { kind: 'machine', directory: '/proc/sys/fs/binfmt_misc' },
    binfmt: { knownToKernel: true, mount: 'binfmt_misc', status, rules: ruleFiles },
    entries: readEntries(ruleFiles),
    native: ['amd64', '386'],
    credentials: { uid: 0, gid: 0 },
    files: { look: lookIn(files) },
    runs: [],
  };
}
