import { linesOfLog } from './log-lines.ts';

/** What a line of a log is a sign of. */
export type SignKind =
  | 'exec'
  | 'lookup'
  | 'shell'
  | 'shell-read'
  | 'env'
  | 'bad-interpreter'
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
  | 'rule-exists';

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

const errnos: ReadonlyMap<string, string> = new Map([
  ['exec format error', 'ENOEXEC'],
  ['cannot execute binary file', 'ENOEXEC'],
  ['no such file or directory', 'ENOENT'],
  ['required file not found', 'ENOENT'],
  ['command not found', 'ENOENT'],
  ['not found', 'ENOENT'],
  ['executable file not found in $path', 'ENOENT'],
  ['permission denied', 'EACCES'],
  ['too many levels of symbolic links', 'ELOOP'],
  ['symbolic link loop', 'ELOOP'],
  ['operation not permitted', 'EPERM'],
  ['text file busy', 'ETXTBSY'],
  ['input/output error', 'EIO'],
  ['i/o error', 'EIO'],
  ['accessing a corrupted shared library', 'ELIBBAD'],
  ['invalid argument', 'EINVAL'],
  ['not a directory', 'ENOTDIR'],
  ['is a directory', 'EISDIR'],
]);

const says = `(?<says>${[...errnos.keys()].map((words) => words.replaceAll('$', String.raw`\$`)).join('|')})`;
// Every quantifier has a bound or one way to match: a hostile line costs no more than a long one.
/** Where a word begins: from any other place a long word would be read once a letter. */
const begin = String.raw`(?<![^\s:"'\`(|=>\[])`;
const path = String.raw`${begin}(?<path>[^\s:"'\`]\S{0,1023}?)`;
const shellAt = String.raw`(?:(?:line )?\d{1,6}: )?(?:exec: )?(?:(?:line )?\d{1,6}: )?`;

interface Signature {
  kind: SignKind;
  pattern: RegExp;
  /** Set where the line does not say it in words. */
  errno?: string;
}

function row(kind: SignKind, source: string, errno?: string): Signature {
  return { kind, pattern: new RegExp(source, 'i'), ...(errno === undefined ? {} : { errno }) };
}

/**
 * What the tools print, most telling first: the first row that fits a line counts. Sources: the
 * programs' own sources (runc, crun, buildah, tini, busybox, dash, bash, qemu, glibc, musl), and
 * recorded failures.
 */
export const signatures: readonly Signature[] = [
  // Docker's command, and what it starts on the machine itself.
  row(
    'host-program',
    String.raw`fork/exec (?<path>/?\S{0,900}(?:cli-plugins/docker-|docker-credential-|/(?:runc|crun|containerd-shim|kata-runtime|runsc)(?=:))[\w.-]{0,80}): ${says}`,
  ),
  row(
    'host-program',
    String.raw`docker: (?:unknown command: docker (?<path>buildx|compose)\b|'(?:buildx|compose)' is not a docker command)`,
  ),
  row(
    'host-program',
    String.raw`BuildKit is enabled but the buildx component is missing or broken`,
  ),
  // execve(2) itself.
  row(
    'exec',
    String.raw`(?:standard|setns)_init_linux\.go:\d{1,5}: exec user process caused:? "?${says}`,
  ),
  row(
    'exec',
    String.raw`exec(?: container process)?(?: \(missing dynamic library\?\))? \`(?<path>[^\`]{0,1023})\`: ${says}`,
  ),
  row('exec', String.raw`\[FATAL tini \(\d{1,8}\)\] exec ${path} failed: ${says}`),
  row('exec', String.raw`\[dumb-init\] ${path}: ${says}`),
  row('exec', String.raw`su-exec: ${path}: ${says}`),
  row('exec', String.raw`fork/exec ${path}: ${says}`),
  row('exec', String.raw`(?<![\w/-])exec (?<path>[^\s:"'\`/]{0,255}/\S{0,1023}?): ${says}`),
  row(
    'exec',
    String.raw`Cannot run program "(?<path>[^"]{1,1023})"[^:]{0,200}: (?:error=\d{1,3}, )?${says}`,
  ),
  row('exec', String.raw`\[Errno 8\] ${says}: '(?<path>[^']{1,1023})'`),
  row('exec', String.raw`spawn (?<path>\S{1,1023}) ENOEXEC`, 'ENOEXEC'),
  row('exec', String.raw`unable to execute [^:]{0,300}: ${says}`),
  row(
    'exec',
    String.raw`runtime execution on platform (?<asked>[a-z0-9/]{1,40}) not supported`,
    'ENOEXEC',
  ),
  // The runtime's own look-up.
  row('lookup', String.raw`exec: "(?<path>[^"]{0,1023})": (?:stat \S{1,1023}: )?${says}`),
  row(
    'lookup',
    String.raw`executable file \`(?<path>[^\`]{0,1023})\`(?: not found in \$PATH)?(?:: ${says})?`,
  ),
  row(
    'lookup',
    String.raw`the path \`(?<path>[^\`]{0,1023})\` exists but it is not executable`,
    'EACCES',
  ),
  row('lookup', String.raw`the path \`(?<path>[^\`]{0,1023})\` is not a regular file`, 'EISDIR'),
  row('lookup', String.raw`crun: open executable: ${says}`),
  // Emulators.
  row('buildkit-emulator', String.raw`\.buildkit_qemu_emulator`),
  row('emulator-loader', String.raw`Could not open '(?<path>/[^']{1,1023})': ${says}`),
  row(
    'emulator-loader',
    String.raw`rosetta error: failed to open elf at (?<path>/\S{1,1023})`,
    'ENOENT',
  ),
  row(
    'emulator-refuses',
    String.raw`${begin}(?<path>/[^\s:]{1,1023}): Invalid ELF image for this architecture`,
  ),
  row('emulator-loader', String.raw`Error while loading (?<path>/[^\s:]{1,1023}): ${says}`),
  row('emulator-signal', String.raw`qemu: uncaught target signal (?<signal>\d{1,2})`),
  row('kernel-too-old', String.raw`FATAL: kernel too old`),
  row('cpu-level', String.raw`CPU does not support (?<word>x86-64-v\d)`),
  row('cpu-level', String.raw`CPU ISA level is lower than required`),
  row(
    'cpu-level',
    String.raw`can only be run on AMD64 processors with (?<word>v\d) microarchitecture`,
  ),
  row('ptrace', String.raw`ptrace[^\n]{0,200}(?:not implemented|input/output error|errno 38)`),
  // The dynamic loader.
  row(
    'library-version',
    String.raw`${begin}(?<path>/[^\s:]{1,1023}): version [\`'‘](?<word>[A-Z][\w.]{1,60})['’] not found`,
  ),
  row(
    'library',
    String.raw`${begin}(?<path>[^\s:"'\`]{1,1023}): error while loading shared libraries: (?<word>[^:]{1,512}): (?<why>[^\n]{1,200})`,
  ),
  row(
    'library',
    String.raw`Error loading shared library (?<word>[^:]{1,512}): (?<why>[^()\n]{1,120}?)(?: \(needed by (?<path>[^)]{1,1023})\)|$)`,
  ),
  row(
    'library-symbol',
    String.raw`Error relocating (?<path>[^\s:]{1,1023}): (?<word>\S{1,200}): symbol not found`,
  ),
  // Scripts.
  row(
    'bad-interpreter',
    String.raw`${begin}(?<path>[^\s:"'\`]{1,1023}): (?<word>[^\s:]{0,255}): bad interpreter: ${says}`,
  ),
  row('env', String.raw`\benv: can't execute '(?<word>[^']{0,255})(?:': ${says}|$)`),
  row(
    'env',
    String.raw`\benv: (?:[‘'\`](?<word>[^’']{0,255})[’'](?:\$'\\r')?|(?<path>[\w./-]{1,255})): ${says}`,
  ),
  // Shells, and shells that read what is no script.
  row(
    'shell-read',
    String.raw`(?:${begin}(?<path>/[^\s:]{1,1023}): )?(?:line )?[123]: (?:syntax error: (?:unexpected (?:word|newline|"[()|&;<]+"|redirection|end of file)|word unexpected|"[()|&;<]+" unexpected|newline unexpected|EOF in backquote|unterminated quoted string)|parse error)`,
    'ENOEXEC',
  ),
  row(
    'shell-read',
    String.raw`${begin}(?<path>/[^\s:]{1,1023}): (?:line )?1: (?<word>\u007f?ELF|MZ|PK|Not|version|import|from|\{"|<!DOCTYPE|<html|\ufeff?#!)[^\n]{0,3000}: not found`,
    'ENOEXEC',
  ),
  row('shell', String.raw`${path}: cannot execute: ${says}`),
  row('shell', String.raw`${path}: ${says}: Exec format error`),
  row('shell', String.raw`(?:^|[\s|])\S{0,128}sh: ${shellAt}(?<path>[^:]{1,1023}): ${says}\s*$`),
  // What has to do with users and system calls.
  row('no-new-privileges', String.raw`"?no new privileges"? flag is set`),
  row(
    'set-uid',
    String.raw`${begin}(?<path>[\w./-]{1,255}): (?:must be suid|effective uid is not 0|\S{1,255} must be owned by uid 0 and have the setuid bit|not installed setuid|must be setuid|need to be suid)`,
  ),
  row('bad-system-call', String.raw`\bBad system call\b`),
  // Images.
  row(
    'platform-warning',
    String.raw`requested image's platform \((?<actual>[a-z0-9/]{1,40})\) does not match the (?:detected|expected)? ?host platform \((?<host>[a-z0-9/]{1,40})\)`,
  ),
  row('platform-missing', String.raw`no matching manifest for (?<asked>[a-z0-9/]{1,40})`),
  row(
    'platform-missing',
    String.raw`its platform \((?<actual>[a-z0-9/]{1,40})\) does not match the specified platform \((?<asked>[a-z0-9/]{1,40})\)`,
  ),
  row(
    'platform-missing',
    String.raw`does not provide the specified platform \((?<asked>[a-z0-9/]{1,40})\)`,
  ),
  row(
    'platform-missing',
    String.raw`does not match the specified platform: wanted (?<asked>[a-z0-9/]{1,40}), actual:? (?<actual>[a-z0-9/]{1,40})`,
  ),
  row(
    'platform-missing',
    String.raw`(?<!failed to export image: )no match for platform in manifest|does not provide any platform`,
  ),
  row(
    'platform-pinned',
    String.raw`FromPlatformFlagConstDisallowed[^\n]{0,120}"(?<asked>[a-z0-9/]{1,40})"`,
  ),
  row('no-command', String.raw`no command specified|mismatched image rootfs and manifest layers`),
  row(
    'binfmt-not-mounted',
    String.raw`cannot mount binfmt_misc filesystem|register["']? is it mounted`,
  ),
  row('rule-exists', String.raw`write error: File exists|rule already registered`),
];

const MOST_SIGNS = 200;

/**
 * The lines of a log that say why something did not run. Each line that repeats another (BuildKit
 * prints an error three times) counts once.
 */
export function signsOfLog(log: string): Sign[] {
  const found = new Map<string, Sign>();
  for (const line of linesOfLog(log)) {
    const sign = signOfLine(line);
    if (sign === undefined) continue;
    const { line: _line, ...what } = sign;
    const key = JSON.stringify(what);
    if (!found.has(key)) found.set(key, sign);
    if (found.size >= MOST_SIGNS) break;
  }
  return [...found.values()];
}

function signOfLine(line: string): Sign | undefined {
  for (const { kind, pattern, errno } of signatures) {
    const match = pattern.exec(line);
    if (match !== null) return { kind, line, ...fieldsOf(match.groups ?? {}, errno) };
  }
  return undefined;
}

function fieldsOf(
  groups: Readonly<Record<string, string | undefined>>,
  errno?: string,
): Partial<Sign> {
  const { path: named, says: words, signal, actual, host, asked } = groups;
  const said = words === undefined ? errno : errnos.get(words.toLowerCase());
  const word = groups['word'] ?? undefined;
  const why = groups['why'];
  const fields: Record<string, string | undefined> = {
    path: named,
    errno: said,
    actual,
    host,
    asked,
  };
  fields['word'] = why === undefined ? word : `${word ?? ''}: ${why}`;
  const kept = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
  return { ...kept, ...(signal === undefined ? {} : { signal: Number(signal) }) };
}
