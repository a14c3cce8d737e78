import { accessSync, constants } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { BuildReport, BuiltPlatform } from '../model/build.ts';
import { XbuildError } from '../model/errors.ts';
import type { BuildRequest } from './request.ts';

/** Looks whether --iidfile and --metadata-file can be written, before a build that takes its time. */
export function checkResultFiles({ iidfile, metadataFile }: BuildRequest): void {
  for (const [flag, file] of Object.entries({
    '--iidfile': iidfile,
    '--metadata-file': metadataFile,
  })) {
    if (file === undefined) continue;
    try {
      accessSync(dirname(file), constants.W_OK);
    } catch (error) {
      throw new XbuildError(
        'bad-argument',
        `${flag} ${file} cannot be written: ${(error as Error).message}`,
        'Make the folder first, or name a file in one that is there.',
        { cause: error },
      );
    }
  }
}

/** Writes --iidfile and --metadata-file, as docker does: only for a build that succeeded. */
export async function writeResultFiles(
  request: BuildRequest,
  built: readonly BuiltPlatform[],
  indexes: BuildReport['indexes'],
): Promise<void> {
  const [first] = built;
  if (first === undefined || !built.every(({ result }) => result.ok)) return;
  // What several nodes made is one image in the registry only.
  const joined = request.nodes.length > 1 ? indexes[0]?.digest : undefined;
  const id = joined ?? first.result.imageId ?? first.imageId;
  if (request.iidfile !== undefined && id !== undefined) await writeFile(request.iidfile, id);
  if (request.metadataFile === undefined) return;
  // One solve has one result; several are told apart by platform.
  const metadata =
    new Set(built.map((one) => one.metadata)).size === 1
      ? first.metadata
      : Object.fromEntries(built.map((one) => [one.result.platform, one.metadata]));
  await writeFile(request.metadataFile, `${JSON.stringify(metadata ?? {}, null, 2)}\n`);
}
