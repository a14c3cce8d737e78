import { bytesOfBase64 } from '../model/bytes.ts';
import type { CauseMatch, DiagnosedFile } from '../model/diagnosis.ts';
import { describeHead } from '../model/file-kind.ts';
import { shellQuote } from '../model/escape.ts';
import { advice, ofFailures, type Family } from './entry.ts';
import { takenByRule } from './foreign.ts';
import { cutOff, libcOfLoader, type Libc } from '../model/library-walk.ts';
import { fileAt, signsOf, type Failure, type Running, type Scene } from './scene.ts';
import { imageWord, nameOf, shown, textual } from './words.ts';

export const order = 80;

const missing = 'exec /app: no such file or directory';

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

/** A loader that is not there: the kernel's failure, or an emulator's. */
interface Missing {
  program: string;
  loader: string;
  at: string;
}

function ofMissing(
  scene: Scene,
  tell: (missing: Missing) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  return (
    ofFailures(scene, (failure) => {
      const gone = missingByKernel(failure);
      return gone === undefined ? undefined : tell(gone);
    }) ?? ofGuest(scene, tell)
  );
}

function missingByKernel({ opening, errno, hops, last, name, at }: Failure): Missing | undefined {
  if (opening !== 'loader' || takenByRule(hops) || last === undefined) return undefined;
  if (errno !== 'ENOENT' && errno !== 'ENOTDIR' && errno !== 'ELOOP') return undefined;
  return { program: shown(last.name), loader: shown(name ?? at), at: shown(at) };
}

/** The emulator opens the loader of its program itself, in the container. */
function ofGuest(
  scene: Scene,
  tell: (missing: Missing) => ReturnType<Parameters<typeof ofFailures>[1]>,
): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  const [sign] = signsOf(scene, 'emulator-loader');
  for (const { program, end, index } of scene.running) {
    const { guestLoader } = end;
    if (guestLoader?.state !== 'absent') continue;
    const told = tell({
      program: nameOf(program),
      loader: shown(guestLoader.path),
      at: shown(guestLoader.path),
    });
    if (told === undefined) continue;
    const { message, fix, evidence = [] } = told;
    const certain = sign !== undefined || scene.facts.surface.stage === 'never';
    return {
      confidence: certain ? 'certain' : 'likely',
      message,
      fix,
      evidence: [...(sign === undefined ? [] : [sign.line]), ...evidence],
      trace: index,
    };
  }
  return undefined;
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

/** The loader of an emulated program that is there, and no loader for it. */
function guestFault(
  scene: Scene,
): { running: Running; loader: string; kind: 'foreign' | 'damaged'; words: string } | undefined {
  if (!scene.failed) return undefined;
  for (const running of scene.running) {
    const { guestLoader } = running.end;
    const program = running.hops[0]?.architecture;
    if (guestLoader?.state !== 'present' || program === undefined) continue;
    const head = fileAt(scene, resolved(scene, guestLoader.path))?.head;
    if (head === undefined) continue;
    const kind = describeHead(bytesOfBase64(head));
    const loader = shown(guestLoader.path);
    if (kind.kind !== 'elf') return { running, loader, kind: 'damaged', words: kind.words };
    if ('elf' in kind && kind.architecture?.name !== program)
      return { running, loader, kind: 'foreign', words: kind.words };
  }
  return undefined;
}

/** Follows the last part of a path where it is a link to an absolute path or a neighbour. */
function resolved(scene: Scene, path: string): string {
  const target = fileAt(scene, path)?.target;
  if (target === undefined) return path;
  return target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
}

/** The kernel maps what there is of a loader; it dies when it touches the rest. */
function cutLoader(scene: Scene): CauseMatch | undefined {
  if (!scene.failed) return undefined;
  for (const { index, end, program } of scene.running) {
    const path = end.guestLoader?.path ?? end.loader;
    const file = path === undefined ? undefined : fileAt(scene, resolved(scene, path));
    const kind = describeHead(bytesOfBase64(file?.head ?? ''));
    const words = 'elf' in kind ? cutOff(kind.elf.programHeaders, file?.size) : undefined;
    if (words === undefined || path === undefined) continue;
    return {
      confidence: 'certain',
      message: `${nameOf(program)} is started by the loader ${shown(path)}, which is ${words}`,
      evidence: [],
      fix: advice(again),
      trace: index,
    };
  }
  return undefined;
}

function byGuest(scene: Scene, kind: 'foreign' | 'damaged'): CauseMatch | undefined {
  const fault = guestFault(scene);
  if (fault?.kind !== kind) return undefined;
  const refused = signsOf(scene, 'emulator-refuses', 'emulator-loader');
  return {
    confidence: refused.length > 0 ? 'certain' : 'likely',
    message: `${nameOf(fault.running.program)} is started by the loader ${fault.loader}, which is ${fault.words}`,
    evidence: refused.map(({ line }) => line),
    fix: advice(kind === 'foreign' ? foreignLibc : again),
    trace: fault.running.index,
  };
}

const foreignLibc =
  'Take the C library from the same platform as the program: COPY --from a stage of the platform of the image.';
const again = 'Install the C library again (libc6, musl), and do not copy over it.';

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
      ['loader-too-short', 'loader-not-elf', 'loader-damaged'],
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
