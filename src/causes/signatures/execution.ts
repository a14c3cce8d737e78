import { path, says, row, type Signature } from './row.ts';

/** What is said of execve(2) itself. */
export const execution: readonly Signature[] = [
  row(
    'exec',
    String.raw`(?:standard|setns)_init_linux\.go:\d{1,5}: exec user process caused:? "?${says}`,
  ),
  row(
    'exec',
    String.raw`exec(?: container process)?(?: \(missing dynamic library\?\))? \`(?<path>[^\`]{0,1023})\`: ${says}`,
  ),
  // crun, of docker exec.
  row('exec', String.raw`^exec: ${says}$`),
  row('exec', String.raw`\[FATAL tini \(\d{1,8}\)\] exec ${path} failed: ${says}`),
  row('exec', String.raw`\[dumb-init\] ${path}: ${says}`),
  row('exec', String.raw`su-exec: ${path}: ${says}`),
  row('exec', String.raw`fork/exec ${path}: ${says}`),
  row('exec', String.raw`(?<![\w/-])exec (?<path>[^\s:"'\`/]{0,255}/\S{0,1023}?): ${says}`),
  // A path may hold blanks and colons: then the line has to be nothing else.
  row('exec', String.raw`^exec (?<path>/[^\n]{1,1023}?): ${says}$`),
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
  // Other runtimes, inits and supervisors.
  row('exec', String.raw`failed to exec(?:vp|ute)?\b[^\n]{0,80}\bENOEXEC\b`, 'ENOEXEC'),
  row('exec', String.raw`failed to load "?(?<path>/[^\s":]{1,1023})"?: ${says}`),
  row('exec', String.raw`failed to exec pid1: ${says}`),
  row('exec', String.raw`System error: ${says}`),
  row('exec', String.raw`${says} - Failed to exec(?:ute)? "?(?<path>[^\s"]{1,1023})"?`),
  row('exec', String.raw`unable to (?:exec|spawn|start) ${path}(?::| -) ${says}`),
  row(
    'exec',
    String.raw`Failed (?:to execute|at step EXEC spawning) (?<path>/\S{1,1023}?): ${says}`,
  ),
  row(
    'exec',
    String.raw`failed to (?:run|exec(?:ute)?) (?:command )?[‘'\`"]?(?<path>[^\s‘’'"\`:]{1,1023})[’'\`"]?: ${says}`,
  ),
  row('exec', String.raw`couldn't exec ${path}: ENOEXEC`, 'ENOEXEC'),
  row('exec', String.raw`couldn't exec ${path}: EACCES`, 'EACCES'),
  row('lookup', String.raw`can't find command '(?<path>[^']{1,1023})'`, 'ENOENT'),
  row('exec', String.raw`execvp: ${path}: ${says}`),
  row('exec', String.raw`Can't exec "(?<path>[^"]{1,1023})": ${says}`),
  row('exec', String.raw`^error: ${says}$`),
  // Languages.
  row('exec', String.raw`spawn (?<path>\S{1,1023}) ENOENT`, 'ENOENT'),
  row('exec', String.raw`spawn (?<path>\S{1,1023}) EACCES`, 'EACCES'),
  row('exec', String.raw`spawn (?<path>\S{1,1023}) ETXTBSY`, 'ETXTBSY'),
  row('exec', String.raw`spawn Unknown system error -8\b`, 'ENOEXEC'),
  row(
    'exec',
    String.raw`\bExec format error \(os error 8\)|code: 8, kind: [^,]{1,60}, message: "Exec format error"`,
    'ENOEXEC',
  ),
  row(
    'exec',
    String.raw`Errno::ENOEXEC[^\n]{0,60}Exec format error - (?<path>\S{1,1023})`,
    'ENOEXEC',
  ),
  row('exec', String.raw`Exec failed, error: 8\b`, 'ENOEXEC'),
  row('exec', String.raw`\[Errno 8\] Exec format error`, 'ENOEXEC'),
];
