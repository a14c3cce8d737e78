import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { XbuildError } from '../model/errors.ts';
import type { PlannedFile } from './plan.ts';

/** What is there now where a file is to be written. */
export type Present = 'nothing' | 'same' | 'other';

/** Looks at what a planned file would replace. */
export function lookAt(folder: string, { path, text }: PlannedFile): Present {
  const target = join(folder, path);
  try {
    if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return 'nothing';
    return readFileSync(target, 'utf8') === text ? 'same' : 'other';
  } catch {
    return 'other';
  }
}

/**
 * Writes files, each whole or not at all; what was written is removed again where one fails and
 * nothing had been in its place. Throws `bad-argument` with what the system said.
 */
export function writeFiles(folder: string, files: readonly PlannedFile[]): void {
  const written: string[] = [];
  for (const file of files) {
    const target = join(folder, file.path);
    const wasThere = lookAt(folder, file) !== 'nothing';
    try {
      writeWhole(target, file.text);
    } catch (error) {
      for (const path of written) rmSync(path, { force: true });
      throw new XbuildError(
        'bad-argument',
        `${file.path} cannot be written: ${(error as NodeJS.ErrnoException).code ?? String(error)}`,
        'Make its folder writable, or run xbuild init in another folder. What had been written was removed.',
      );
    }
    if (!wasThere) written.push(target);
  }
}

function writeWhole(target: string, text: string): void {
  mkdirSync(dirname(target), { recursive: true });
  const beside = `${target}.xbuild-${process.pid}`;
  try {
    writeFileSync(beside, text, { flag: 'wx' });
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
