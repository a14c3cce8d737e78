import { expandWord, type Lookup } from './expand.ts';
import type { Copied } from './words.ts';

/**
 * From where COPY took the file that is now at `path`; undefined where it did not, or it cannot be
 * told. A source of a stage begins with `/`; one of the build context does not.
 *
 * A directory is copied by its content, a file into a directory by its name. Which of the two a
 * source is cannot be seen: one that is called as the file is taken to be the file.
 */
export function sourceOf(
  path: string,
  copied: Copied,
  { lookup, workdir }: { lookup: Lookup; workdir: string | undefined },
): string | undefined {
  const given = expandWord(copied.destination, lookup);
  const destination = given === undefined ? undefined : resolve(given, workdir);
  if (destination === undefined) return undefined;
  const sources = copied.sources.flatMap((source) => expandWord(source, lookup) ?? []);
  if (sources.length !== copied.sources.length) return undefined;
  const bases = sources.map((source) =>
    copied.from === undefined ? source : resolve(source, '/'),
  );
  const rest = below(path, destination);
  if (rest === undefined) return undefined;
  const [only] = bases;
  if (rest === '') return bases.length === 1 ? only : undefined;
  const found = new Set(bases.flatMap((base) => (base === undefined ? [] : from(base, rest))));
  return found.size === 1 ? [...found][0] : undefined;
}

/** The places that `rest`, a path below the destination, may come from. */
function from(source: string, rest: string): string[] {
  const plain = source.replace(/\/+$/, '');
  const name = plain.slice(plain.lastIndexOf('/') + 1);
  const folder = plain.slice(0, plain.length - name.length);
  if (/[*?[]/.test(name)) {
    const [first = ''] = rest.split('/');
    return sourcePattern(name).test(first) ? [`${folder}${rest}`] : [];
  }
  if (rest === name && source === plain) return [plain];
  // A file that is copied into a directory keeps its name; only a directory has other files.
  if (/\.[a-z0-9]{1,4}$/i.test(name) && !rest.includes('/')) return [];
  return [name === '.' ? `${folder}${rest}` : `${plain}/${rest}`];
}

/** Go's filepath.Match, without its classes' finer points. */
export function sourcePattern(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[\\^$.+()|{}]/g, String.raw`\$&`)
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return /^$/;
  }
}

/** The rest of a path below a directory, '' for the directory itself; undefined where it is elsewhere. */
export function below(path: string, directory: string): string | undefined {
  const plain = directory.replace(/\/+$/, '');
  if (path === plain) return '';
  return path.startsWith(`${plain}/`) ? path.slice(plain.length + 1) : undefined;
}

/** An absolute path without `.` and `..`; undefined where it is relative to what is not known. */
export function resolve(path: string, workdir: string | undefined): string | undefined {
  if (!path.startsWith('/') && workdir === undefined) return undefined;
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${workdir}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
