import type { Sign } from './log-signatures.ts';

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

export const script = /\.(?:sh|bash|py|rb|pl|js|mjs|php|lua)$/i;

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

export interface Told {
  sign: Sign;
  path: string;
  /** The image is said to be for another architecture than the machine. */
  foreign: boolean;
  /** And nothing shows that the kernel has a rule for it that works. */
  unemulated: boolean;
}

export function formatError({ sign, path, unemulated }: Told): string[] {
  if (sign.kind === 'shell-read') {
    const byWord = [...firstOf(byFirstWord, sign.word ?? ''), ...firstOf(byEnding, path)];
    return [...byWord, 'wrong-architecture', 'script-without-shebang'];
  }
  const byName = firstOf(byEnding, path);
  if (byName.length > 0) return byName;
  if (unemulated || sign.asked !== undefined)
    return ['no-rule', 'rule-disabled', 'binfmt-disabled'];
  if (script.test(path)) return ['script-without-shebang', 'shebang-not-first', 'empty-file'];
  return ['wrong-architecture', 'script-without-shebang', 'no-rule'];
}

export function missing({ path, unemulated }: Told): string[] {
  // Whoever is given a name without a slash looks it up in PATH.
  if (path !== '' && !path.includes('/')) return ['command-not-found'];
  if (script.test(path)) return ['shebang-crlf', 'shebang-interpreter-missing'];
  if (unemulated) return ['rule-without-fix-binary', 'rule-interpreter-dynamic', 'loader-missing'];
  return ['loader-missing', 'libc-mismatch', 'shebang-crlf'];
}

/** What errors of execve(2) allow. */
export const ofExec: Readonly<Record<string, (told: Told) => string[]>> = {
  ENOEXEC: formatError,
  ENOENT: missing,
  EACCES: ({ unemulated, path }) => {
    if (unemulated)
      return ['rule-interpreter-not-executable', 'shebang-interpreter-not-executable'];
    return script.test(path)
      ? ['shebang-interpreter-not-executable', 'noexec-mount']
      : ['loader-not-executable', 'shebang-interpreter-not-executable', 'noexec-mount'];
  },
  ELOOP: ({ unemulated, path }) => {
    if (unemulated) return ['rule-interpreter-foreign', 'rule-too-wide'];
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
export const ofLookup: Readonly<Record<string, (told: Told) => string[]>> = {
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

export function ofShell(told: Told): string[] {
  const { sign, path } = told;
  if (sign.errno === 'ENOENT') {
    if (path.startsWith('[')) return ['single-quoted-exec-form'];
    // A shell looks a name up itself; of a path it says what execve(2) says.
    return path.includes('/') ? missing(told) : ['command-not-found'];
  }
  if (sign.errno === 'ENOEXEC') return formatError(told);
  return ofLookup[sign.errno ?? '']?.(told) ?? [];
}

export function ofScriptLine({ sign }: Told): string[] {
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
export function ofSignal({ sign, foreign }: Told): string[] {
  const signal = signals[sign.word?.toLowerCase() ?? ''] ?? (sign.signal ?? 0) - 128;
  if (signal === 31) return ['seccomp-architecture'];
  if (signal === 4) {
    const both = ['emulated-illegal-instruction', 'cpu-level-too-low'];
    return foreign ? both : both.toReversed();
  }
  return foreign ? ['emulated-crash'] : [];
}
