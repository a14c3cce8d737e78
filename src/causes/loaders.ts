import { shown } from '../model/bytes-text.ts';
import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch, DiagnosedFile } from '../model/diagnosis.ts';
import { shellQuote } from '../model/escape.ts';
import { describeHead } from '../model/file-kind.ts';
import { type Libc, libcOfLoader } from '../model/library-walk.ts';
import { advice, type Family, ofFailures } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { again, byGuest, cutLoader, foreignLibc } from './guest-loader.ts';
import { ofMissing } from './missing-loader.ts';
import type { Failure } from './failures.ts';
import { fileAt, type Scene, signsOf } from './scene.ts';
import { imageWord, textual } from './words.ts';

export const order = 80;

export const missing = 'exec /app: no such file or directory';

/** A file that shows the image to have a C library. */
function witnessOf({ facts }: Scene, libc: Libc): DiagnosedFile | undefined {
  return facts.files.find(({ path, errno, interpreter, target }) => {
    if (errno !== 'ok') return false;
    if (libcOfLoader(path) === libc && target === undefined) return true;
    // A program that asks for a loader shows it where the loader is known to be there.
    return (
      interpreter !== undefined &&
      libcOfLoader(interpreter) === libc &&
      facts.files.some((file) => file.path === interpreter && file.errno === 'ok')
    );
  });
}

function otherOf(libc: Libc): Libc {
  return libc === 'glibc' ? 'musl' : 'glibc';
}

const remedies: Readonly<Record<Libc, string>> = {
  glibc:
    'Link it statically (CGO_ENABLED=0, -static), build it in the image that it runs in, or use a base image with glibc (debian, distroless/base).',
  musl: 'Link it statically, build it in the image that it runs in, or use a base image with musl (alpine).',
};

function mismatch(scene: Scene): CauseMatch | undefined {
  return (
    ofMissing(scene, ({ program, loader }) => {
      const libc = libcOfLoader(loader);
      const witness = libc === undefined ? undefined : witnessOf(scene, otherOf(libc));
      if (libc === undefined || witness === undefined) return undefined;
      return {
        message: `${program} was built for ${libc}, and the ${imageWord(scene.facts)} has ${otherOf(libc)}: there is no ${loader}`,
        evidence: [`${shown(witness.path)} is there`],
        fix: advice(remedies[libc]),
      };
    }) ?? mismatchBySymbol(scene)
  );
}

const glibcLibrary = /^(?:ld-linux|libc\.so\.6|libm\.so\.6|libpthread\.so\.0|libdl\.so\.2)/;

/** musl's loader tells what it cannot find of glibc. */
function mismatchBySymbol(scene: Scene): CauseMatch | undefined {
  const sign =
    signsOf(scene, 'library').find(
      ({ line, word }) =>
        /Error loading shared library/.test(line) && glibcLibrary.test(word ?? ''),
    ) ?? signsOf(scene, 'library-symbol').find(({ word = '' }) => /_chk$|^gnu_|^__/.test(word));
  if (sign === undefined) return undefined;
  return {
    confidence: textual(scene.facts),
    message: `${sign.path ?? 'the program'} was built for glibc, and the ${imageWord(scene.facts)} has musl`,
    evidence: [sign.line],
    fix: advice(remedies.glibc),
  };
}

function loaderMissing(scene: Scene): CauseMatch | undefined {
  return ofMissing(scene, ({ program, loader, at }) => {
    const link =
      fileAt(scene, loader)?.kind === 'symlink' ? [`${loader} is a link that leads nowhere`] : [];
    return {
      message: `${program} is started by the loader ${loader}, and the ${imageWord(scene.facts)} has no such file`,
      evidence: [...link, ...(at === loader ? [] : [`what is missing: ${at}`])],
      fix: advice(remedies[libcOfLoader(loader) ?? 'glibc'], []),
    };
  });
}

function ofLoader(
  scene: Scene,
  reasons: readonly string[],
  tell: (
    program: string,
    loader: string,
    failure: Failure,
  ) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return ofFailures(scene, (failure) => {
    if (
      failure.opening !== 'loader' ||
      takenByRule(failure.hops) ||
      !reasons.includes(failure.reason)
    )
      return undefined;
    return tell(shown(failure.last?.name ?? ''), shown(failure.name ?? failure.at), failure);
  });
}

function loaderForeign(scene: Scene): CauseMatch | undefined {
  return (
    ofLoader(scene, ['loader-wrong-architecture'], (program, loader, { at }) => ({
      message: `${program} is started by the loader ${loader}, which is ${describedAt(scene, at) ?? 'for another architecture'}`,
      fix: advice(foreignLibc),
    })) ?? byGuest(scene, 'foreign')
  );
}

function describedAt(scene: Scene, path: string): string | undefined {
  const head = fileAt(scene, path)?.head;
  return head === undefined ? undefined : describeHead(bytesOfBase64(head)).words;
}

function loaderNotExecutable(scene: Scene): CauseMatch | undefined {
  return ofLoader(
    scene,
    ['not-executable', 'noexec-mount', 'is-directory', 'search-denied', 'not-a-file'],
    (program, loader, { reason }) => ({
      message: `${program} is started by the loader ${loader}, which cannot be executed: ${reason.replaceAll('-', ' ')}`,
      fix: advice('Give the loader the permission.', [`RUN chmod 755 ${shellQuote(loader)}`]),
    }),
  );
}

function loaderDamaged(scene: Scene): CauseMatch | undefined {
  return (
    ofLoader(
      scene,
      ['loader-too-short', 'loader-not-elf', 'loader-damaged', 'loader-not-mappable'],
      (program, loader, { reason, at }) => ({
        message: `${program} is started by the loader ${loader}, which is ${reason === 'loader-too-short' ? 'too short to be one' : (describedAt(scene, at) ?? 'damaged')}`,
        fix: advice(again),
      }),
    ) ??
    byGuest(scene, 'damaged') ??
    cutLoader(scene)
  );
}

/** The loader that a program names, and that starts it. */
export const family: Family = {
  id: 'loaders',
  title: 'Loaders',
  causes: [
    {
      id: 'libc-mismatch',
      title: 'a program for glibc in an image with musl, or the reverse',
      why: 'A dynamically linked program names the loader of the C library that it was built with. Alpine has musl, most others glibc, and the loader of one is not in the other. The kernel says ENOENT and means the loader.',
      seen: [
        missing,
        "aarch64-binfmt-P: Could not open '/lib/ld-linux-aarch64.so.1': No such file or directory",
        'Error relocating /app: __printf_chk: symbol not found',
      ],
      proof: 'The PT_INTERP of the program is not there, and the loader of the other C library is.',
      remedy: remedies.glibc,
      prevent:
        'Let all stages of a Dockerfile come from one family of base images, or link statically.',
      before: ['loader-missing', 'library-missing'],
      find: mismatch,
    },
    {
      id: 'loader-missing',
      title: "the program's loader is not in the image",
      why: 'A dynamically linked program is started by its loader (PT_INTERP), a file of the image. In scratch images, or where only half of a C library was copied, it is missing; the kernel (or qemu) says ENOENT and the message names the program.',
      seen: [
        missing,
        "qemu-x86_64: Could not open '/lib64/ld-linux-x86-64.so.2': No such file or directory",
        'rosetta error: failed to open elf at /lib64/ld-linux-x86-64.so.2',
      ],
      proof:
        'file says "interpreter …", and that path is not in the image, or a link that leads nowhere.',
      remedy: 'Link the program statically, or use a base image with the C library.',
      prevent: 'CGO_ENABLED=0, -static, or a base image like distroless/base for what is dynamic.',
      find: loaderMissing,
    },
    {
      id: 'loader-wrong-architecture',
      title: "the program's loader is for another architecture",
      why: 'The loader at the right path is that of another platform: a C library was copied from the wrong stage. The kernel says ELIBBAD, or the emulator refuses it.',
      seen: [
        'exec /app: accessing a corrupted shared library',
        'Invalid ELF image for this architecture',
      ],
      proof: "The e_machine of the loader is not the program's.",
      remedy: foreignLibc,
      prevent: 'xbuild verify reads every ELF file of an image.',
      find: loaderForeign,
    },
    {
      id: 'loader-not-executable',
      title: "the program's loader is not executable",
      why: 'The kernel opens the loader for execution. A copied one may have lost its permission; the message names the program.',
      seen: ['exec /app: permission denied'],
      proof: 'The program has mode 755, its loader has not.',
      remedy: 'chmod 755 the loader.',
      prevent: 'COPY --chmod=755, or install the C library as a package.',
      find: loaderNotExecutable,
    },
    {
      id: 'loader-damaged',
      title: "the program's loader is damaged",
      why: 'The file at the path of the loader is no loader: a text, or cut off. The kernel says EIO where it is too short, else ELIBBAD.',
      seen: ['exec /app: input/output error', 'exec /app: accessing a corrupted shared library'],
      proof: 'The file at PT_INTERP is not a whole ELF file.',
      remedy: again,
      prevent: 'Do not copy libraries one by one.',
      find: loaderDamaged,
    },
  ],
};
