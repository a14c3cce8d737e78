/** What the launcher is asked to do; its commands are told in native/launcher.c. */
export type ProbeCommand =
  /** The kernel's names for itself, its page size, and whether it knows binfmt_misc. */
  | { do: 'kernel' }
  /** The rules in a binfmt_misc directory. */
  | { do: 'binfmt'; directory: string }
  /** Every file that execve(2) of a path comes by, through links, `#!` lines and PT_INTERP. */
  | { do: 'look'; path: string }
  /** All that can be executed below a directory (`/`), as if that were the root; once a container. */
  | { do: 'scan'; directory?: string }
  /**
   * Runs a program; without a slash in its name it is looked for in the container's $PATH. Runs
   * that follow each other go side by side. Words are byte strings.
   */
  | { do: 'run'; words: readonly [string, ...string[]]; limit?: number }
  /** Runs one of the probe's own programs: `arm64`, `arm-v7` … */
  | { do: 'guest'; program: string }
  /** One write(2) of a whole byte string; once one was refused those that follow are skipped. */
  | { do: 'write'; file: string; text: string }
  /** Starts a program that has to run; where it does not, the reverts that follow are carried out. */
  | { do: 'prove'; program: string }
  /** Takes the write of that number (from 0) back, if it was done and a proof has failed since. */
  | { do: 'revert'; write: number; file: string; text: string }
  /** Mounts binfmt_misc among the mounts of process 1, the machine's where its processes are shared. */
  | { do: 'mount'; directory: string };

/** Where the probe's files are in its image, and in a container that it is placed into. */
export const PROBE_FOLDER = '/.xbuild';
export const LAUNCHER = `${PROBE_FOLDER}/launcher`;

/** How long a run may take when nothing else is said, in milliseconds. */
export const RUN_LIMIT = 5000;

/** The path of one of the probe's own programs. */
export function guestPath(program: string): string {
  return `${PROBE_FOLDER}/guest/${program}`;
}

/** The launcher's words for some commands. */
export function wordsOf(commands: readonly ProbeCommand[]): string[] {
  return commands.flatMap((command) => {
    switch (command.do) {
      case 'kernel':
        return ['kernel'];
      case 'binfmt':
        return ['binfmt', encodeWord(command.directory)];
      case 'look':
        return ['look', encodeWord(command.path)];
      case 'scan':
        return ['scan', encodeWord(command.directory ?? '/')];
      case 'guest':
        return runWords([guestPath(command.program)]);
      case 'run':
        return runWords(command.words, command.limit);
      case 'write':
        return ['write', encodeWord(command.file), encodeWord(command.text)];
      case 'prove':
        return ['prove', encodeWord(command.program)];
      case 'revert':
        return [
          'revert',
          String(command.write),
          encodeWord(command.file),
          encodeWord(command.text),
        ];
      case 'mount':
        return ['mount', encodeWord(command.directory)];
    }
    return [];
  });
}

/** A limit also ends a row of runs that go side by side, so it is only said where it is not usual. */
function runWords(words: readonly string[], limit = RUN_LIMIT): string[] {
  const run = ['run', String(words.length), ...words.map(encodeWord)];
  return limit === RUN_LIMIT ? run : ['limit', String(limit), ...run, 'limit', String(RUN_LIMIT)];
}

/** The engine's API carries text, not bytes: what is not plain ASCII goes as %XX. */
function encodeWord(word: string): string {
  return word.replaceAll(
    /[^!-$&-~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
