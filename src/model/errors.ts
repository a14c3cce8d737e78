/**
 * The ways in which a request cannot be carried out. A problem of the user's image or machine is
 * a finding (finding.ts), never one of these.
 *
 * Each code has one exit status, so that scripts can tell the classes apart.
 */
const exitStatusOf = {
  'bad-platform': 2,
  'bad-flag': 2,
  'bad-argument': 2,
  'bad-configuration': 2,
  'context-missing': 2,
  'dockerfile-missing': 2,
  'file-refused': 2,
  'image-missing': 2,
  'cli-missing': 2,
  'builder-unusable': 2,
  'change-refused': 2,
  'not-confirmed': 2,
  'not-root': 2,
  'change-failed': 1,
  'probe-failed': 1,
  'build-failed': 1,
  'disk-full': 1,
  'engine-unreachable': 5,
  'engine-denied': 5,
  'engine-lost': 5,
  'engine-refused': 1,
  'image-unsupported': 2,
  'registry-denied': 5,
  'registry-unreachable': 5,
  'platform-unsupported': 3,
  interrupted: 130,
} as const;

/** What cannot be carried out, as a word; each has the exit status that the command ends with. */
export type ErrorCode = keyof typeof exitStatusOf;

/**
 * A request that cannot be carried out.
 *
 * `message` says what could not be done, why, and what was received; `hint` says what to do, in
 * the imperative; `detail` holds lines of evidence, one a way that was tried.
 */
export class XbuildError extends Error {
  override readonly name = 'XbuildError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly detail: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    options: { cause?: unknown; detail?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = hint;
    this.detail = options.detail ?? [];
  }

  get exitStatus(): number {
    return exitStatusOf[this.code];
  }
}
