import type { ProgramIds } from './credentials.ts';
import type { LoaderReason } from './elf-load.ts';
import type { WalkReason } from './path-walk.ts';

/** What is opened when something cannot be: stable words. */
export type Opening = 'program' | 'script-interpreter' | 'rule-interpreter' | 'loader';

/** Where and why the kernel gives up: stable words, for the catalogue of causes. */
export type ExecReason =
  | WalkReason
  | LoaderReason
  | 'no-rule-no-format'
  | 'foreign-architecture'
  | 'elf-not-executable'
  | 'elf-damaged'
  | 'script-too-long'
  | 'script-without-interpreter'
  | 'too-many-interpreters'
  | 'interpreter-needs-interpreter'
  | 'descriptor-closes';

/** What took a file. */
export type Taker =
  | { by: 'rule'; rule: string; flags: string; interpreter: string; opened: 'by-path' | 'held' }
  | { by: 'script'; interpreter: string; argument?: string }
  | { by: 'native'; architecture: string; loader: string | null }
  | { by: 'nothing' };

/** One file that the kernel looked at. */
export interface Hop {
  /** The string by which it is executed: what extension rules and argv see. */
  name: string;
  /** Where it is in the view. */
  path: string;
  /** Links that led there, in order. */
  links: string[];
  kind: string;
  /** What it is, for sentences. */
  words: string;
  /** Docker's word, of an ELF file that the table knows. */
  architecture?: string;
  taken: Taker;
}

/**
 * The loader that an emulated program names. Its emulator opens it, in the caller's root, and fails
 * where it is not there.
 */
export interface GuestLoader {
  path: string;
  state: 'present' | 'absent' | 'unknown';
  errno?: string;
  /** The path that must be known. */
  needs?: string;
}

/** A program runs. */
export interface Started extends ProgramIds {
  ok: true;
  /** The file that runs, a path of the view: the last interpreter. */
  program: string;
  argv: string[];
  /** AT_EXECFN. */
  execfn: string;
  /** What AT_EXECFD is open on; absent without flag O. */
  execfd?: { path: string };
  /** AT_FLAGS: bit 0 is set where a rule had flag P. */
  atFlags: number;
  /** The task's name, 15 bytes at most. */
  comm: string;
  dumpable: boolean;
  /** The file of PT_INTERP, a path of the view; it starts first. Absent where there is none. */
  loader?: string;
  guestLoader?: GuestLoader;
}

/** It ends with an errno. */
export interface Failed {
  ok: false;
  /** Its name; `SIGSEGV` where the kernel kills, as the old program is gone already. */
  errno: string;
  reason: ExecReason;
  /** The file at which it ended, a path of the view. */
  at: string;
  /** Set where a file could not be opened: which one, and by what name. */
  opening?: Opening;
  name?: string;
}

/** The view does not know a path, or its whole head; give it and trace again. */
export interface Unanswered {
  ok: 'unknown';
  needs: string;
  /** `rule`: a rule of an unknown kind. `held`: what a rule with flag F holds open. */
  what: 'file' | 'rule' | 'held';
}

/** What execve(2) comes to: each file that it looks at, and the end. */
export interface Trace {
  hops: Hop[];
  end: Started | Failed | Unanswered;
}
