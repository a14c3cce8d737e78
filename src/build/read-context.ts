import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseIgnore, type Ignore } from '../dockerfile/ignore.ts';
import type { ContextFacts, ContextProgram } from '../mistakes/scene.ts';
import { architectureOfElf } from '../model/architecture.ts';
import { readElf } from '../model/elf.ts';

/** How much of a context is looked at. */
export interface ContextLimits {
  /** Files and directories that are listed. */
  entries: number;
  /** Files whose first bytes are read. */
  heads: number;
}

/**
 * The ELF programs in a build context that .dockerignore does not leave out, the upper directories
 * first. Only files that can be executed, and libraries by their names, are opened.
 */
export function readContext(
  context: string,
  dockerfile: string,
  limits: ContextLimits,
): ContextFacts {
  const ignore = readIgnore(context, dockerfile);
  const programs: ContextProgram[] = [];
  const folders = [''];
  let { entries, heads } = limits;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of list(join(context, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entries-- <= 0) return { programs, incomplete: `more than ${limits.entries} files` };
      const out = ignore.leavesOut(path);
      if (entry.isDirectory() && entry.name !== '.git' && !(out && ignore.whole))
        folders.push(path);
      if (out || !entry.isFile() || !canBeProgram(join(context, path))) continue;
      if (heads-- <= 0) return { programs, incomplete: `more than ${limits.heads} programs` };
      const architecture = architectureAt(join(context, path));
      if (architecture !== undefined) programs.push({ path, architecture });
    }
  }
  return { programs };
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A Dockerfile may have a list of its own; it then stands for the context's. */
function readIgnore(context: string, dockerfile: string): Ignore {
  for (const file of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    try {
      return parseIgnore(readFileSync(file, 'utf8'));
    } catch {
      // The next one.
    }
  }
  return parseIgnore('');
}

function canBeProgram(file: string): boolean {
  try {
    const { mode, size } = statSync(file);
    return size >= 52 && ((mode & 0o111) !== 0 || /\.(?:node|so(?:\.\d+)*)$/.test(file));
  } catch {
    return false;
  }
}

function architectureAt(file: string): string | undefined {
  try {
    const head = Buffer.alloc(64);
    const handle = openSync(file, 'r');
    try {
      readSync(handle, head, 0, head.length, 0);
    } finally {
      closeSync(handle);
    }
    const elf = readElf(head);
    return 'machine' in elf ? architectureOfElf(elf)?.name : undefined;
  } catch {
    return undefined;
  }
}
