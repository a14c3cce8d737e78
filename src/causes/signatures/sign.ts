/** What a line of a log is a sign of. */
export type SignKind =
  | 'exec'
  | 'lookup'
  | 'shell'
  | 'shell-open'
  | 'shell-read'
  | 'env'
  | 'env-option'
  | 'bad-interpreter'
  | 'mount-type'
  | 'host-program'
  | 'emulator-loader'
  | 'emulator-refuses'
  | 'emulator-signal'
  | 'buildkit-emulator'
  | 'library'
  | 'library-version'
  | 'library-symbol'
  | 'cpu-level'
  | 'kernel-too-old'
  | 'ptrace'
  | 'set-uid'
  | 'no-new-privileges'
  | 'bad-system-call'
  | 'platform-warning'
  | 'platform-missing'
  | 'platform-pinned'
  | 'no-command'
  | 'binfmt-not-mounted'
  | 'rule-exists'
  | 'crlf'
  | 'shell-signal'
  | 'emulator-crash'
  | 'exit-code';

/** One line that says why something did not run, and what it names. All of it is untrusted. */
export interface Sign {
  kind: SignKind;
  line: string;
  /** The program that it complains about. */
  path?: string;
  errno?: string;
  /** A library, a version, an interpreter, a first word: whatever else the line names. */
  word?: string;
  /** Platforms: of the image, of the machine, asked for. */
  actual?: string;
  host?: string;
  asked?: string;
  signal?: number;
}
