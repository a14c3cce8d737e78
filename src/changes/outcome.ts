import type { BinfmtTable } from '../model/binfmt-table.ts';
import type { Write } from './plan/write.ts';

/** A thing that was looked at after a change. */
export interface Proof {
  /** `the table is as planned`, `arm64 runs`. */
  what: string;
  ok: boolean;
  /** What was seen instead, or what runs it. */
  seen?: string;
  /** It is about a program that ran before, under the same rule. */
  before?: true;
}

/** A write that was tried. */
export interface Attempt {
  write: Write;
  /** `ok`, `skipped`, or the errno's name. */
  errno: string;
}

/** How a change ended. */
export interface Outcome {
  /** `stuck`: it did not work, and the former state could not be reached again either. */
  result: 'applied' | 'rolled-back' | 'stuck';
  attempts: Attempt[];
  proofs: Proof[];
  /** Why it did not work; one sentence. */
  reason?: string;
  undo: Attempt[];
  /** What of the former state is not as it was; whole sentences. */
  remains: string[];
  after: BinfmtTable;
}
