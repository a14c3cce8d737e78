import { randomUUID } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import { appendFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { XbuildError } from '../model/errors.ts';

/** Looks whether the files of --report can be written, before work that takes its time. */
export function checkReportFiles(files: readonly string[]): void {
  for (const file of files) {
    try {
      accessSync(dirname(file), constants.W_OK);
    } catch (error) {
      throw cannotWrite(file, (error as Error).message, error);
    }
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw cannotWrite(file, 'it is a folder');
    }
  }
}

function cannotWrite(file: string, why: string, cause?: unknown): XbuildError {
  return new XbuildError(
    'bad-argument',
    `--report cannot write ${file}: ${why}`,
    'Make the folder first, or name a file in one that is there.',
    cause === undefined ? {} : { cause },
  );
}

/**
 * Writes a file whole or not at all: a reader finds the old one or the new one. What is no regular
 * file (a pipe, /dev/stderr) is written to; a symbolic link stays one.
 */
export async function writeWhole(file: string, text: string): Promise<void> {
  const old = statSync(file, { throwIfNoEntry: false });
  if (old !== undefined && !old.isFile()) return writeFile(file, text);
  const target = old === undefined ? file : await realpath(file);
  const draft = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw cannotWrite(file, (error as Error).message, error);
  }
}

/** Appends to a file of the CI system: a job summary, a step's outputs. */
export async function appendText(file: string, text: string): Promise<void> {
  await appendFile(file, text);
}
