import { shown } from '../model/bytes-text.ts';
import { directoryOfPath, isExecutable, type ImageFile, type ImageFiles } from './image-files.ts';
import type { Loading } from './load-program.ts';
import type { FaultInput } from './scene.ts';
import { preloadsOf } from './search-path.ts';

type Roots = Pick<FaultInput, 'path' | 'starts' | 'env'>;

/** The programs of the PATH's directories, also those that links in them lead to. */
function inPath({ path }: Roots, files: ImageFiles): [ImageFile, string][] {
  const directories = new Set(path.map((directory) => files.realPath(directory)));
  const found: [ImageFile, string][] = [];
  for (const listed of files.paths()) {
    if (!directories.has(directoryOfPath(listed))) continue;
    const file = files.find(listed);
    if (file === undefined || !isExecutable(file)) continue;
    const name = file.path === listed ? 'it' : `${shown(listed)}, a link to it,`;
    found.push([file, `${name} is in a directory of the PATH`]);
  }
  return found;
}

/** What a kernel and a loader open once a file is executed. */
function opened(
  file: ImageFile,
  files: ImageFiles,
  loading: Loading | undefined,
): [ImageFile | undefined, string][] {
  const name = shown(file.path);
  if (file.script !== undefined) {
    const { interpreter } = file.script;
    return [[files.find(interpreter), `the script ${name} is run by it`]];
  }
  if (loading === undefined) {
    const loader = typeof file.loader === 'string' ? files.find(file.loader) : undefined;
    return [[loader, `${name} names it as its loader`]];
  }
  const { loader } = loading.program;
  return [
    [typeof loader === 'string' ? files.find(loader) : undefined, `${name} names it as its loader`],
    ...loading.objects.flatMap(({ file: library, by }): [ImageFile, string][] =>
      by === undefined ? [] : [[library, `${shown(by.file.path)} needs it`]],
    ),
    ...loading.lacking.flatMap(({ unusable, by, name: needed }) =>
      unusable.map((one): [ImageFile, string] => [
        one,
        `${shown(by.file.path)} needs ${shown(needed)}, and its loader comes by this one`,
      ]),
    ),
  ];
}

/**
 * The files that starting an image, or a program of its PATH, comes by, and why: programs, the
 * interpreters of scripts, loaders and libraries. By path, without links.
 */
export function reachFrom(
  roots: Roots,
  files: ImageFiles,
  loadingOf: (program: ImageFile) => Loading | undefined,
): ReadonlyMap<string, string> {
  const reached = new Map<string, string>();
  const open: ImageFile[] = [];
  const add = (file: ImageFile | undefined, why: string): void => {
    if (file === undefined || reached.has(file.path)) return;
    reached.set(file.path, why);
    open.push(file);
  };
  for (const [path, why] of roots.starts) add(files.find(path), why);
  for (const path of preloadsOf(roots.env)) {
    add(files.find(path), "the image's LD_PRELOAD names it: loaders put it into every program");
  }
  for (const [file, why] of inPath(roots, files)) add(file, why);
  // It grows while it is walked over.
  for (const file of open) {
    // A library's own PT_INTERP, as libc.so.6 has one, says nothing new.
    for (const [next, why] of opened(file, files, loadingOf(file))) add(next, why);
  }
  return reached;
}
