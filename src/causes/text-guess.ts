import type { Sign, SignKind } from './log-signatures.ts';
import { onlyText, signsOf, type Scene } from './scene.ts';
import { baseName } from './words.ts';

/** A cause that the words of an error allow, when there is nothing else to go by. */
export interface Guess {
  id: string;
  /** The program that the text complains about. */
  subject: string;
  evidence: string[];
}

/** What endings of names promise. Names lie, so this is only asked where there are no bytes. */
const byEnding: readonly (readonly [ending: RegExp, id: string])[] = [
  [/\.(?:exe|dll|bat|cmd|msi)$/i, 'windows-program'],
  [/\.(?:class|jar|war)$/i, 'java-program'],
  [/\.wasm$/i, 'wasm-module'],
  [/\.o$/, 'object-file'],
  [/\.a$/, 'static-library'],
  [/\.so(?:\.\d+){0,4}$/, 'shared-library-as-program'],
  [/\.(?:tar(?:\.\w{1,4})?|tgz|zip|deb|rpm)$/i, 'archive-file'],
  [/\.(?:gz|xz|bz2|zst)$/i, 'compressed-file'],
];

const script = /\.(?:sh|bash|py|rb|pl|js|mjs|php|lua)$/i;

/** The first word of what a shell took for a script. */
const byFirstWord: readonly (readonly [word: RegExp, id: string])[] = [
  [/^mz$/i, 'windows-program'],
  [/^pk$/i, 'archive-file'],
  [/^(?:not|[45]\d\d:?|\{"|<!doctype|<html|<\?xml|.*newline.*)$/i, 'failed-download'],
  [/^version$/i, 'git-lfs-pointer'],
  [/^(?:import|from)$/i, 'script-without-shebang'],
  [/#!$/, 'shebang-not-first'],
];

function firstOf(table: readonly (readonly [RegExp, string])[], text: string): string[] {
  const found = table.find(([pattern]) => pattern.test(text));
  return found === undefined ? [] : [found[1]];
}

interface Told {
  sign: Sign;
  path: string;
  /** The image is said to be for another architecture than the machine. */
  foreign: boolean;
}

function formatError({ sign, path, foreign }: Told): string[] {
  if (sign.kind === 'shell-read') {
    const byWord = [...firstOf(byFirstWord, sign.word ?? ''), ...firstOf(byEnding, path)];
    return [...byWord, 'wrong-architecture', 'script-without-shebang'];
  }
  const byName = firstOf(byEnding, path);
  if (byName.length > 0) return byName;
  if (foreign || sign.asked !== undefined) return ['no-rule', 'rule-disabled', 'binfmt-disabled'];
  if (script.test(path)) return ['script-without-shebang', 'shebang-not-first', 'empty-file'];
  return ['wrong-architecture', 'script-without-shebang', 'no-rule'];
}

function missing({ path, foreign }: Told): string[] {
  // Whoever is given a name without a slash looks it up in PATH.
  if (path !== '' && !path.includes('/')) return ['command-not-found'];
  if (script.test(path)) return ['shebang-crlf', 'shebang-interpreter-missing'];
  if (foreign) return ['rule-without-fix-binary', 'rule-interpreter-dynamic', 'loader-missing'];
  return ['loader-missing', 'libc-mismatch', 'shebang-crlf'];
}

/** What errors of execve(2) allow. */
const ofExec: Readonly<Record<string, (told: Told) => string[]>> = {
  ENOEXEC: formatError,
  ENOENT: missing,
  EACCES: ({ foreign, path }) => {
    if (foreign) return ['rule-interpreter-not-executable', 'shebang-interpreter-not-executable'];
    return script.test(path)
      ? ['shebang-interpreter-not-executable', 'noexec-mount']
      : ['loader-not-executable', 'shebang-interpreter-not-executable', 'noexec-mount'];
  },
  ELOOP: ({ foreign, path }) => {
    if (foreign) return ['rule-interpreter-foreign', 'rule-too-wide'];
    return script.test(path)
      ? ['shebang-loop', 'rule-too-wide']
      : ['rule-too-wide', 'shebang-loop'];
  },
  EPERM: () => ['seccomp-denies-execve'],
  ENOSYS: () => ['ptrace-under-emulation'],
  EIO: () => ['loader-damaged'],
  ELIBBAD: () => ['loader-wrong-architecture', 'loader-damaged'],
  ETXTBSY: () => ['text-file-busy'],
};

/** What errors of a look-up before execve(2) allow. */
const ofLookup: Readonly<Record<string, (told: Told) => string[]>> = {
  ENOENT: ({ path }) => {
    if (path.startsWith('[')) return ['single-quoted-exec-form'];
    return /\s/.test(path)
      ? ['command-in-one-string']
      : ['command-not-found', 'mount-hides-program'];
  },
  EACCES: () => ['not-executable', 'directory-not-searchable', 'noexec-mount'],
  EPERM: () => ['not-executable', 'noexec-mount'],
  EISDIR: () => ['entrypoint-is-directory', 'mount-created-directory'],
  ENOTDIR: () => ['command-not-found'],
  ELOOP: () => ['symlink-loop'],
  ETXTBSY: () => ['text-file-busy'],
};

function ofShell(told: Told): string[] {
  const { sign, path } = told;
  if (sign.errno === 'ENOENT') {
    if (path.startsWith('[')) return ['single-quoted-exec-form'];
    // A shell looks a name up itself; of a path it says what execve(2) says.
    return path.includes('/') ? missing(told) : ['command-not-found'];
  }
  if (sign.errno === 'ENOEXEC') return formatError(told);
  return ofLookup[sign.errno ?? '']?.(told) ?? [];
}

function ofScriptLine({ sign }: Told): string[] {
  const word = sign.word ?? '';
  // docker prints the carriage return; terminals and editors show it as ^M.
  if (/(?:\r|\^M|\\r)$/.test(word) || (sign.kind === 'env' && sign.errno === undefined)) {
    return ['shebang-crlf'];
  }
  if (/\\r'/.test(sign.line)) return ['shebang-crlf'];
  const byErrno: Readonly<Record<string, string>> = {
    ENOENT: 'shebang-interpreter-missing',
    EACCES: 'shebang-interpreter-not-executable',
    ELOOP: 'shebang-loop',
    ENOEXEC: 'wrong-architecture',
  };
  const id = byErrno[sign.errno ?? ''];
  return id === undefined ? [] : [id];
}

const signals: Readonly<Record<string, number>> = {
  'illegal instruction': 4,
  'trace/breakpoint trap': 5,
  'bus error': 7,
  'segmentation fault': 11,
};

/** A signal is the emulation's where there is any; by itself it may be anything. */
function ofSignal({ sign, foreign }: Told): string[] {
  const signal = signals[sign.word?.toLowerCase() ?? ''] ?? (sign.signal ?? 0) - 128;
  if (signal === 31) return ['seccomp-architecture'];
  if (signal === 4) {
    const both = ['emulated-illegal-instruction', 'cpu-level-too-low'];
    return foreign ? both : both.toReversed();
  }
  return foreign ? ['emulated-crash'] : [];
}

const isLoader = /\/ld[-.0-9]/;

function idsOf(told: Told): string[] {
  const { sign, path, foreign } = told;
  switch (sign.kind) {
    case 'exec':
      return ofExec[sign.errno ?? '']?.(told) ?? [];
    case 'lookup':
      // A credential helper that is not there is the machine's matter, not the image's.
      return path.startsWith('docker-credential-')
        ? []
        : (ofLookup[sign.errno ?? 'ENOENT']?.(told) ?? []);
    case 'shell':
      return ofShell(told);
    case 'shell-open':
      return sign.errno === 'EACCES' ? ['script-not-readable'] : ['command-not-found'];
    case 'shell-read':
      return formatError(told);
    case 'env':
    case 'bad-interpreter':
      return ofScriptLine(told);
    case 'mount-type':
      return ['mount-created-directory'];
    case 'crlf':
      return ['shebang-crlf'];
    case 'bad-system-call':
      return ['seccomp-architecture'];
    case 'shell-signal':
    case 'exit-code':
      return ofSignal(told);
    case 'buildkit-emulator':
      return ['no-rule'];
    case 'emulator-loader':
      return isLoader.test(path) ? ['loader-missing', 'libc-mismatch'] : [];
    case 'emulator-refuses':
      if (isLoader.test(path)) return ['loader-wrong-architecture'];
      return foreign
        ? ['rule-wrong-emulator', 'wrong-architecture']
        : ['rule-too-wide', 'wrong-architecture'];
    default:
      return [];
  }
}

function architectureOf(platform: string | undefined): string | undefined {
  return platform?.split('/')[1];
}

/** Whether the text, or the image's own word, says that the image is for another architecture. */
export function saysForeign(scene: Scene): boolean {
  const { facts } = scene;
  const warned = signsOf(scene, 'platform-warning').some(
    ({ actual, host }) => architectureOf(actual) !== architectureOf(host),
  );
  const own = architectureOf(facts.platform);
  return warned || (own !== undefined && facts.native.length > 0 && !facts.native.includes(own));
}

/** Those who know most come first: a shell only repeats what it was told. */
const kinds: readonly SignKind[] = [
  'bad-interpreter',
  'env',
  'crlf',
  'emulator-loader',
  'emulator-refuses',
  'buildkit-emulator',
  'mount-type',
  'lookup',
  'exec',
  'shell-read',
  'shell-open',
  'shell',
  'bad-system-call',
  'shell-signal',
  'exit-code',
];

/**
 * The causes that the text allows, the best first; none where a trace tells more than the text.
 * Docker's warning about platforms makes none by itself: it is printed where all works, too.
 */
export function guessOfText(scene: Scene): Guess[] {
  if (!onlyText(scene)) return [];
  const foreign = saysForeign(scene);
  const warning = signsOf(scene, 'platform-warning').map(({ line }) => line);
  const telling = kinds.flatMap((kind) => signsOf(scene, kind));
  const guesses = telling.flatMap((sign) => {
    const path = (sign.path ?? sign.word ?? '').trim();
    const subject = path === '' ? 'The program' : path;
    const evidence = [sign.line, ...(foreign ? warning : [])];
    // In a build without emulation it is the base image's own programs that fail first.
    const ofBase = scene.facts.surface.stage === 'build' && /^\/(?:usr\/)?s?bin\//.test(path);
    return idsOf({ sign, path, foreign: foreign || ofBase }).map((id) => ({
      id,
      subject,
      evidence,
    }));
  });
  return guesses.filter(({ id }, at) => guesses.findIndex((one) => one.id === id) === at);
}

/** Whether a sign names a program, by its path or its last part. */
export function names({ path }: Sign, program: string): boolean {
  return path === program || (path !== undefined && baseName(path) === baseName(program));
}
