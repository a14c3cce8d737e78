import type { Rule } from '../model/binfmt-rule.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import { isElf, readElf } from '../model/elf.ts';
import type { Elf } from '../model/elf.ts';
import type { FileFacts, KernelFacts } from '../model/facts.ts';
import type { Wanted } from './wanted.ts';

/** The file that a rule names, behind its symbolic links, as the engine's machine has it. */
export interface InterpreterFile {
  /** The path that the rule names. */
  path: string;
  file: FileFacts;
  /** `/usr/libexec/x-P is a symbolic link to ../bin/x`, one a link that was followed. */
  links: string[];
}

/** `/usr/libexec/q` and `../bin/x` give `/usr/bin/x`, without asking a file system. */
function resolveLink(path: string, target: string): string {
  const parts: string[] = [];
  const whole = target.startsWith('/') ? target : `${path}/../${target}`;
  for (const part of whole.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/**
 * The file that a rule names, as the engine's machine has it now; undefined where the facts do not
 * hold it, or the file that a link leads to. With flag F the kernel may hold another one.
 */
export function namedFile(kernel: KernelFacts, rule: Rule): InterpreterFile | undefined {
  const path = rule.interpreter;
  const links: string[] = [];
  let file = kernel.interpreters.find((one) => one.path === path);
  while (file?.kind === 'symlink' && file.target !== undefined && links.length < 40) {
    links.push(`${file.path} is a symbolic link to ${file.target}`);
    const next = resolveLink(file.path, file.target);
    file = kernel.interpreters.find((one) => one.path === next);
  }
  return file === undefined || file.kind === 'symlink' ? undefined : { path, file, links };
}

/**
 * The interpreter of the platform's rule: the file that was seen to execute its program, else the
 * one that the rule names; undefined where there is no rule or the facts do not hold the file.
 */
export function interpreterOf(kernel: KernelFacts, wanted: Wanted): InterpreterFile | undefined {
  const { rule, run } = wanted;
  if (rule === undefined) return undefined;
  if (run?.outcome !== 'ran') return namedFile(kernel, rule);
  const file = run.emulator?.file;
  return file && { path: rule.interpreter, file, links: [] };
}

/** What the head of the file says as ELF; undefined where it was not read or is no ELF file. */
export function elfOf(file: FileFacts): Elf | undefined {
  if (file.head === undefined) return undefined;
  const elf = readElf(bytesOfBase64(file.head));
  return isElf(elf) ? elf : undefined;
}

/** Tells whether the head was read and is no ELF program; for a script, its first line. */
export function notElf(file: FileFacts): { line: string | undefined } | undefined {
  if (file.head === undefined || elfOf(file) !== undefined) return undefined;
  const text = atob(file.head);
  return { line: text.startsWith('#!') ? text.split('\n')[0] : undefined };
}

/** The loader that a dynamically linked program needs; undefined where it needs none or it is not known. */
export function loaderOf(file: FileFacts): string | undefined {
  if (file.interpreter !== undefined) return file.interpreter;
  const elf = elfOf(file);
  const found = elf?.interpreter;
  if (found && 'path' in found) return found.path;
  if (found || (elf?.dynamic?.needed?.length ?? 0) > 0) return 'a loader';
  return undefined;
}
