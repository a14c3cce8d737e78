import { stringOfBytes } from '../model/bytes.ts';
import type { DiagnosedFile, DiagnosisFacts } from '../model/diagnosis.ts';
import { readElfLinks } from '../model/elf-links.ts';
import { isElf, readElf } from '../model/elf.ts';
import { viewOfFacts } from '../model/file-view.ts';
import type { ElfLinks } from '../model/inventory.ts';
import { walkLibraries, type LibraryWalk } from '../model/library-walk.ts';
import { loadedPrograms } from '../model/loaded-programs.ts';
import type { FileReader, FileSource } from './read-files.ts';

const mostRounds = 24;
const largestCache = 8 << 20;

/**
 * Whether what the loader would do is worth reading: where nothing was started, and where a program
 * ended in a way of loaders and left no word. Else the loader has said it itself.
 */
export function asksForLibraries({ surface }: DiagnosisFacts): boolean {
  if (surface.stage === 'never') return true;
  // 127 is the loader's own; 135 and 139 are signals, of a file that is cut off.
  const silent = [127, 135, 139].includes(surface.exitCode ?? 0) && surface.lines.length === 0;
  return surface.stage === 'program' && silent;
}

/**
 * Reads the libraries of the programs that the kernel would start, and what these need in turn. What
 * has a loader of an unknown name, or is behind dlopen(3), is left out.
 */
export async function withLibraries(
  facts: DiagnosisFacts,
  reader: FileReader,
  source: FileSource,
): Promise<DiagnosisFacts> {
  const { readBeginning } = source;
  if (readBeginning === undefined || loadedPrograms(facts).length === 0) return facts;
  const links = new Map<string, ElfLinks>();
  const cache = await readCache(readBeginning);
  let now = facts;
  for (let round = 0; round < mostRounds; round++) {
    const walks = walkAll(now, links, cache);
    const wanted = walks.flatMap(({ wantsLinks }) => wantsLinks);
    const news = [...new Set(wanted)].filter((path) => !links.has(path));
    const [hasRead] = await Promise.all([
      reader.read(walks.flatMap(({ needs }) => needs)),
      ...news.map(async (path) => links.set(path, await linksOf(readBeginning, path))),
    ]);
    if (!hasRead && news.length === 0) break;
    now = { ...now, files: reader.files.map((file) => withLinks(file, links)) };
  }
  const names = new Set(walkAll(now, links, cache).flatMap(namesOf));
  const cached = cache.filter((path) => names.has(path.slice(path.lastIndexOf('/') + 1)));
  return { ...now, ...(cached.length === 0 ? {} : { cachedLibraries: cached }) };
}

function namesOf({ libraries }: LibraryWalk): string[] {
  return libraries.map(({ name }) => name);
}

function withLinks(file: DiagnosedFile, links: ReadonlyMap<string, ElfLinks>) {
  const found = links.get(file.path);
  return found === undefined ? file : { ...file, links: found };
}

function walkAll(
  facts: DiagnosisFacts,
  links: ReadonlyMap<string, ElfLinks>,
  cached: readonly string[],
): LibraryWalk[] {
  const view = viewOfFacts(facts.files);
  return loadedPrograms(facts).map(({ program, loader, libraryPath }) =>
    walkLibraries({ program, loader, view, links, libraryPath, cached }),
  );
}

type ReadBeginning = NonNullable<FileSource['readBeginning']>;

/** Of a file that is not linked dynamically. */
const noLinks: ElfLinks = { needed: [], requires: [], provides: [] };

async function linksOf(read: ReadBeginning, path: string): Promise<ElfLinks> {
  const bytes = await read(path, linksEnd);
  if (bytes === undefined) return noLinks;
  const part = (at: number, length: number) =>
    at + length <= bytes.length ? bytes.subarray(at, at + length) : undefined;
  return readElfLinks(part, bytes.length) ?? noLinks;
}

/**
 * Up to where of a file its links lie: to the end of PT_DYNAMIC or of what is loaded first, which
 * has the strings and versions. Undefined where the head does not tell.
 */
function linksEnd(head: Uint8Array): number | undefined {
  const elf = readElf(head);
  const headers = (isElf(elf) ? elf.programHeaders : undefined) ?? [];
  const dynamic = headers.find(({ type }) => type === 2);
  if (dynamic === undefined) return undefined;
  const first = headers.find(({ type }) => type === 1);
  const ends = [dynamic, ...(first === undefined ? [] : [first])];
  return Math.max(...ends.map(({ offset, filesz }) => offset + filesz));
}

/** The paths in /etc/ld.so.cache; none where there is no such file. */
async function readCache(read: ReadBeginning): Promise<string[]> {
  const bytes = await read('/etc/ld.so.cache', () => largestCache);
  if (bytes === undefined) return [];
  return stringOfBytes(bytes)
    .split('\0')
    .filter((text) => /^\/[^\s]+$/.test(text));
}
