/** A flag of an instruction: `--platform=linux/arm64`; `--link` has the value ''. */
export interface InstructionFlag {
  name: string;
  value: string;
}

/** A line of an instruction; numbers count from 1 and are those of the file. */
export interface SourceLine {
  number: number;
  text: string;
}

/** `<<EOF` and the lines up to its delimiter. */
export interface Heredoc {
  name: string;
  lines: SourceLine[];
}

/** One instruction as it stands in the file. */
export interface Instruction {
  /** In upper case. */
  keyword: string;
  line: number;
  endLine: number;
  flags: InstructionFlag[];
  /**
   * What follows the keyword and the flags, with continued lines joined and comments dropped as
   * BuildKit does it; without the bodies of heredocs.
   */
  text: string;
  /** What is not a comment, heredocs included: to say in which line of a long RUN something stands. */
  lines: SourceLine[];
  heredocs: Heredoc[];
}

/** One name of an ARG or ENV instruction. `value` is as written, quotes removed, not expanded. */
export interface Declaration {
  name: string;
  value?: string;
  line: number;
}

/**
 * What a stage starts from. `choice`: a name with a variable, `FROM base-$TARGETARCH`, that fits
 * these stages. A name that cannot be told otherwise is `unknown`.
 */
export type Base =
  | { kind: 'stage'; index: number }
  | { kind: 'choice'; indexes: number[] }
  | { kind: 'image'; name: string }
  | { kind: 'scratch' }
  | { kind: 'unknown'; text: string };

/** A stage: FROM and what follows it. */
export interface Stage {
  index: number;
  /** In lower case, as BuildKit compares them. */
  name?: string;
  from: Instruction;
  base: Base;
  /** The value of --platform as written. */
  platform?: string;
  /** Without FROM. */
  instructions: Instruction[];
}

/** A Dockerfile, as far as it can be told without running anything. Every text in it is untrusted. */
export interface Dockerfile {
  /** How the user names it; for reports. */
  file: string;
  /** What --build-arg gives. */
  buildArguments: Readonly<Record<string, string>>;
  /** The value of `# syntax=`. */
  syntax?: string;
  /** ARGs above the first FROM: only FROM lines see them, and stages that declare them again. */
  globals: Declaration[];
  /** Their values, where they are known: the default with its variables replaced, or --build-arg. */
  globalValues: Readonly<Record<string, string>>;
  stages: Stage[];
}

/** The arguments that BuildKit sets by itself, in each stage that declares them and in FROM lines. */
export const automaticArguments: readonly string[] = [
  'TARGETPLATFORM',
  'TARGETOS',
  'TARGETARCH',
  'TARGETVARIANT',
  'BUILDPLATFORM',
  'BUILDOS',
  'BUILDARCH',
  'BUILDVARIANT',
];
