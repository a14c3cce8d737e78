import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programOfMakefile } from './makefile.ts';
import type { Project } from './project.ts';
import { parseTemplate, type Template } from './template.ts';

/** The package's templates/: as far from this file as from the chunk of dist/ that it becomes. */
const templateFolder = fileURLToPath(new URL('../../templates', import.meta.url));

/** All templates of the package, a kind a folder, in the order of their names. */
export function readTemplates(): Template[] {
  return readdirSync(templateFolder)
    .toSorted()
    .flatMap((kind) =>
      readdirSync(join(templateFolder, kind))
        .toSorted()
        .map((name) =>
          parseTemplate(kind, name, readFileSync(join(templateFolder, kind, name), 'utf8')),
        ),
    );
}

/** What a folder shows of its project. */
export function readProject(folder: string): Project {
  const files = readdirSync(folder);
  const remote = readRemote(folder);
  const program = files.includes('Cargo.toml') ? readCrateName(folder) : undefined;
  const made = readMade(folder, files);
  return {
    folder: basename(resolve(folder)),
    files,
    ...(remote === undefined ? {} : { remote }),
    ...(program === undefined ? {} : { program }),
    ...(made === undefined ? {} : { made }),
  };
}

/** The name of a crate's package, which is what cargo calls its program. */
function readCrateName(folder: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'Cargo.toml'), 'utf8');
    return /^\[package\][^[]*?^name\s*=\s*"([^"]+)"/ms.exec(text)?.[1];
  } catch {
    return undefined;
  }
}

/** The names in the order in which make looks for them. Source: GNU make, "What Name to Give Your Makefile". */
function readMade(folder: string, files: readonly string[]): string | undefined {
  const name = ['GNUmakefile', 'makefile', 'Makefile'].find((one) => files.includes(one));
  try {
    return name && programOfMakefile(readFileSync(join(folder, name), 'utf8'));
  } catch {
    return undefined;
  }
}

function readRemote(folder: string): string | undefined {
  try {
    return execFileSync('git', ['-C', folder, 'remote', 'get-url', 'origin'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    }).trim();
  } catch {
    return undefined;
  }
}
