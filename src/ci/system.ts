/** The environment that a process was started with. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A remark that a CI system shows beside its log, and at a source line where one is known. */
export interface Annotation {
  level: 'error' | 'warning' | 'notice';
  /** The finding's id. */
  title: string;
  /** Several lines are allowed. Untrusted. */
  text: string;
  /** From the folder that the job runs in; lines count from 1. */
  file?: string;
  line?: number;
  endLine?: number;
}

/** A part of the log that can be folded away. `id`: letters, digits and `_`. `now`: Unix seconds. */
export interface Fold {
  id: string;
  title: string;
  now: number;
}

/** What one CI system understands of what a job prints. Lines come without their newline. */
export interface CiSystem {
  name: string;
  /** Whether this process runs in a job of it. */
  isHere(env: Environment): boolean;
  foldStart?(fold: Fold): string;
  foldEnd?(fold: Fold): string;
  /** Stands behind the last fold, where a fold only ends at the next one. */
  afterFolds?: string;
  annotate?(annotation: Annotation): string;
  /** Makes of a line of text one that the system does not take for a command. */
  disarm(line: string): string;
  /** Environment variable that names the file for a summary in Markdown. */
  summaryVariable?: string;
  /** Environment variable that names the file for a step's outputs, and what is written to it. */
  outputs?: {
    variable: string;
    format(outputs: Readonly<Record<string, string>>, delimiter: string): string;
  };
}

/**
 * Shows a character by its code, so that it is no part of a command any more: `\u0023`. In the
 * strings of a JSON document that is the same character.
 */
export function codeOf(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
