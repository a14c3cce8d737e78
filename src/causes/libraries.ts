import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch } from '../model/diagnosis.ts';
import { isElf, readElf } from '../model/elf.ts';
import { shellQuote } from '../model/escape.ts';
import type { MissingVersion, WalkedLibrary } from '../model/library-walk.ts';
import { advice, type Family } from './entry.ts';
import { emulatorFor } from './foreign.ts';
import { firstLibrary, firstVersion, type Walked } from './library-scene.ts';
import type { Sign } from './log-signatures.ts';
import { imageArchitecture, signsOf, type Scene } from './scene.ts';
import { baseName, imageWord, textual, withArticle } from './words.ts';

export const order = 85;

/** What the dynamic loader says of a library. */
interface Library {
  sign: Sign;
  name: string;
  why: string;
  program: string;
}

/** The libraries that a program's own loader complains of; an emulator's own are its rule's matter. */
function librariesOf(scene: Scene): Library[] {
  return signsOf(scene, 'library').flatMap((sign) => {
    const { word = '', path = 'the program' } = sign;
    if (emulatorFor(path) !== undefined) return [];
    const at = word.indexOf(': ');
    return [{ sign, name: word.slice(0, at), why: word.slice(at + 2), program: path }];
  });
}

/** A file of the image that is called like a library and is for another architecture. */
function foreignFile(scene: Scene, { name }: Library): { path: string; words: string } | undefined {
  const loaded = scene.running.find(
    ({ end }) => end.loader !== undefined || end.guestLoader !== undefined,
  );
  // Of an emulated program the last one is the emulator.
  const program =
    loaded?.hops.find(({ taken }) => taken.by === 'rule') ??
    loaded?.hops.findLast(({ kind }) => kind === 'elf');
  const own = program?.architecture ?? imageArchitecture(scene);
  for (const { path, head } of scene.facts.files) {
    if (baseName(path) !== baseName(name) || head === undefined) continue;
    const elf = readElf(bytesOfBase64(head));
    const found = isElf(elf) ? elf.architecture?.name : undefined;
    if (found !== undefined && own !== undefined && found !== own)
      return { path: shown(path), words: `${withArticle(found)} library` };
  }
  return undefined;
}

const wrongClass =
  /wrong ELF class|incompatible architecture|another platform|using the \S+ runtime|Exec format error|ELF file data encoding|ELF file's phentsize|cannot open shared object file: .*machine|can't load .{1,40} on a|Possible cause: arch/i;
const damaged =
  /file too short|invalid ELF header|cannot read file data|ELF load command|object file has no|only ET_DYN|cannot dynamically load|ELF file version|Input\/output error|not a dynamic/i;

/** A native module of Node that is no ELF file is one for macOS or Windows. */
function isForeign({ name, why }: Library): boolean {
  return wrongClass.test(why) || (name.endsWith('.node') && /invalid ELF header/.test(why));
}

/** A library of the walk, told of. */
function byWalk<Found extends WalkedLibrary | MissingVersion>(
  found: Walked<Found> | undefined,
  tell: (found: Found) => Pick<CauseMatch, 'message' | 'evidence' | 'fix'>,
): CauseMatch | undefined {
  if (found === undefined) return undefined;
  return { confidence: 'certain', ...tell(found.found), trace: found.index };
}

const forPlatform = advice(
  'Build or install the library for the platform of the image. Native modules: install them inside the Dockerfile, and put node_modules and the like into .dockerignore.',
  ['echo node_modules >> .dockerignore', 'RUN npm rebuild'],
);

function libraryForeign(scene: Scene): CauseMatch | undefined {
  for (const library of librariesOf(scene)) {
    const file = foreignFile(scene, library);
    if (file === undefined && !isForeign(library)) continue;
    return {
      confidence: file === undefined ? textual(scene.facts) : 'certain',
      message: `${library.program} needs ${library.name}, and ${file === undefined ? 'the one that is there is for another architecture' : `${file.path} is ${file.words}`}`,
      evidence: [library.sign.line],
      fix: forPlatform,
    };
  }
  return byWalk(firstLibrary(scene, 'foreign'), ({ name, neededBy, path = '', words = '' }) => ({
    message: `${shown(neededBy)} needs ${shown(name)}, and ${shown(path)} is for another architecture`,
    evidence: [`${shown(path)}: ${words}`],
    fix: forPlatform,
  }));
}

function copyAgain(path: string) {
  return advice(
    'Install or copy the library again; look for a Git LFS pointer or a text in its place.',
    [`head -c 64 ${shellQuote(path)} | od -c`],
  );
}

function libraryDamaged(scene: Scene): CauseMatch | undefined {
  const library = librariesOf(scene).find((one) => damaged.test(one.why) && !isForeign(one));
  if (library !== undefined) {
    return {
      confidence: textual(scene.facts),
      message: `${library.program} needs ${library.name}, and that file is damaged: ${library.why}`,
      evidence: [library.sign.line],
      fix: copyAgain(library.name),
    };
  }
  return byWalk(firstLibrary(scene, 'damaged'), ({ name, neededBy, path = '', words = '' }) => ({
    message: `${shown(neededBy)} needs ${shown(name)}, and ${shown(path)} is no library: it is ${words}`,
    evidence: [`${shown(path)}: ${words}`],
    fix: copyAgain(shown(path)),
  }));
}

function install(name: string, program: string) {
  return advice(
    `Install the package that has ${name} in the last stage, or copy it from the stage that built the program.`,
    [`apt-file search ${shellQuote(name)}`, `ldd ${shellQuote(program)}`],
  );
}

function libraryMissing(scene: Scene): CauseMatch | undefined {
  const library = librariesOf(scene).find((one) => !isForeign(one) && !damaged.test(one.why));
  if (library !== undefined) {
    return {
      confidence: textual(scene.facts),
      message: `${library.program} needs the library ${library.name}, and the ${imageWord(scene.facts)} has none that fits`,
      evidence: [library.sign.line],
      fix: install(library.name, library.program),
    };
  }
  return byWalk(firstLibrary(scene, 'missing'), ({ name, neededBy }) => ({
    message: `${shown(neededBy)} needs the library ${shown(name)}, and the ${imageWord(scene.facts)} has none`,
    evidence: ['it is in no folder that the loader looks in'],
    fix: install(shown(name), shown(neededBy)),
  }));
}

const olderBase = advice(
  'Build the program in the base image that it runs in (or an older one), link it statically, or use a newer base image for the last stage.',
);

function glibcOld(scene: Scene): CauseMatch | undefined {
  const [sign] = signsOf(scene, 'library-version');
  if (sign !== undefined) {
    const version = sign.word ?? 'a newer version';
    return {
      confidence: textual(scene.facts),
      message: `the program wants ${version}, and ${sign.path ?? 'the C library'} of the ${imageWord(scene.facts)} is older`,
      evidence: [sign.line],
      fix: olderBase,
    };
  }
  return byWalk(firstVersion(scene), ({ version, neededBy, library }) => ({
    message: `${shown(neededBy)} wants ${shown(version)}, and ${shown(library)} of the ${imageWord(scene.facts)} is older`,
    evidence: [`${shown(library)} does not have the version ${shown(version)}`],
    fix: olderBase,
  }));
}

/** What a program's loader looks for before the program begins. */
export const family: Family = {
  id: 'libraries',
  title: 'Libraries',
  causes: [
    {
      id: 'library-wrong-architecture',
      title: 'a library is for another architecture',
      why: 'The loader passes over a library of another machine as if it were not there, or says that its class is wrong. Native modules that were installed on the host and copied in are the usual reason.',
      seen: [
        'error while loading shared libraries: libf.so: wrong ELF class: ELFCLASS32',
        'error while loading shared libraries: libf.so: cannot open shared object file: No such file or directory',
        'Error loading shared library libf.so: Exec format error (needed by /app)',
      ],
      proof: 'A file of that name is there, with another e_machine.',
      remedy: 'Build or install the library for the platform of the image.',
      prevent:
        'Put node_modules, vendor and the like into .dockerignore, and install inside the Dockerfile.',
      before: ['library-missing'],
      find: libraryForeign,
    },
    {
      id: 'library-damaged',
      title: 'a library is damaged',
      why: 'A file of the right name is there, and it is empty, cut off or a text.',
      seen: [
        'error while loading shared libraries: libf.so: file too short',
        'error while loading shared libraries: libf.so: invalid ELF header',
      ],
      proof: 'Its size is 0, or its first bytes are not 7f 45 4c 46.',
      remedy: 'Install or copy the library again.',
      prevent: 'Look for Git LFS pointers and failed downloads in the build.',
      before: ['library-missing'],
      find: libraryDamaged,
    },
    {
      id: 'glibc-too-old',
      title: 'the program needs a newer C library',
      why: 'Symbols have versions. A program that was built on a newer distribution asks for versions that the glibc of the image does not have.',
      seen: [
        "/app: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app)",
      ],
      proof: 'readelf -V of the program names a version that the library has not.',
      remedy: 'Build it in the image that it runs in, or use a newer base image.',
      prevent: 'Build on the oldest distribution that you support.',
      find: glibcOld,
    },
    {
      id: 'library-missing',
      title: 'a library is not in the image',
      why: "The program started and its loader could not find a library that it names (DT_NEEDED). The message is the loader's, and the exit status 127.",
      seen: [
        '/app: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory',
        'Error loading shared library libpq.so.5: No such file or directory (needed by /app)',
      ],
      proof: 'ldd says "not found".',
      remedy: 'Install its package in the last stage.',
      prevent: 'Run the program once in the last stage: RUN /app --version.',
      find: libraryMissing,
    },
  ],
};
