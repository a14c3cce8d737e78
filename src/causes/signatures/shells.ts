import { begin, path, says, shellAt, row, type Signature } from './row.ts';

/** Shells, and shells that read what is no script. */
export const shells: readonly Signature[] = [
  // What a carriage return makes of a script.
  row('crlf', String.raw`\$'(?:[^'\n]{0,200})\\r': command not found`),
  row('crlf', String.raw`(?:illegal|invalid|unknown) option[^\n]{0,40}(?:\r|\\r|\^M)`),
  row('crlf', String.raw`\bset: (?:line \d{1,6}: )?illegal option -\s*$`),
  row('crlf', String.raw`^: not found$|(?:\r|\^M): not found`),
  row('crlf', String.raw`(?:set|shopt|export)[^\n]{0,60}(?:\r|\\r'|\^M)`),
  row(
    'shell-read',
    String.raw`(?:${begin}(?<path>/[^\s:]{1,1023}): )?(?:line )?(?<!\d)[123]: (?:/[^\s:]{1,1023}: )?(?:syntax error: (?:unexpected (?:word|"[()|&;<]+"|redirection|end of file)|word unexpected|"[()|&;<]+" unexpected|EOF in backquote|unterminated quoted string)|parse error)`,
    'ENOEXEC',
  ),
  // <!DOCTYPE html> is two redirections, the second one without a file.
  row(
    'shell-read',
    String.raw`(?:${begin}(?<path>/[^\s:]{1,1023}): )?(?:line )?(?<!\d)[123]: (?:/[^\s:]{1,1023}: )?syntax error: (?<word>unexpected newline|newline unexpected)`,
    'ENOEXEC',
  ),
  row(
    'shell-read',
    String.raw`${begin}(?<path>\.{0,2}/[^\s:]{1,1023}|[^\s:/]{1,255}\.\w{1,5}): (?:line )?1: (?<word>\u007f?ELF|MZ|PK|Not|[45]\d\d:?|version|import|from|\{"|<!DOCTYPE|<html|\ufeff?#!|[^ -~])[^\n]{0,3000}: (?:(?:command )?not found|No such file or directory)`,
    'ENOEXEC',
  ),
  // bash shows the line that it could not read.
  row(
    'shell-read',
    String.raw`${begin}(?<path>[^\s:]{1,1023}): line [123]: [\`'](?<word>\ufeff?#!|MZ|PK|\{"|<!DOCTYPE|<html|<\?xml)`,
    'ENOEXEC',
  ),
  row('shell', String.raw`${path}: cannot execute: ${says}`),
  row('shell', String.raw`${path}: ${says}: Exec format error`),
  row(
    'shell',
    String.raw`(?:^|[\s|])\S{0,128}sh: ${shellAt}(?!can(?:no|')t (?:create|open) )(?<path>[^:]{1,1023}): ${says}\s*$`,
  ),
  // bash is given a folder to read.
  row('shell', String.raw`^(?<path>/\S{1,1023}): \k<path>: ${says}`),
  // A shell that cannot open the script that it is given.
  row(
    'shell-open',
    String.raw`(?:^|[\s|])\S{0,128}sh: (?:0: )?can(?:no|')t open '?(?<path>[^\s':]{1,1023})'?: no such file`,
    'ENOENT',
  ),
  row(
    'shell-open',
    String.raw`(?:^|[\s|])\S{0,128}sh: (?:0: )?can(?:no|')t open '?(?<path>[^\s':]{1,1023})'?: permission denied`,
    'EACCES',
  ),
  row('shell-open', String.raw`zsh: can't open input file: (?<path>\S{1,1023})`, 'ENOENT'),
  // Scripts that name the line; zsh, ksh, tcsh and make.
  row('shell', String.raw`zsh:(?:\d{1,6}:)? ${says}: (?<path>\S{1,1023})`),
  row(
    'shell',
    String.raw`^(?:[^\n]{0,40}\|\s{1,4})?/?[\w./-]{1,255}: (?:exec: )?(?:line )?\d{1,6}: (?:exec: )?(?<path>[^\s:]{1,1023}): (?:command )?not found\s*$`,
    'ENOENT',
  ),
  row('shell', String.raw`(?:line )?\d{1,6}: (?:exec: )?(?<path>[^\s:]{1,1023}): ${says}\s*$`),
  row('shell', String.raw`\b\w{0,4}sh: ${path}: (?:cannot execute|not found) \[${says}\]`),
  row(
    'shell',
    String.raw`${path}: Exec format error\. (?:Wrong Architecture|Binary file not executable)`,
    'ENOEXEC',
  ),
  row('shell', String.raw`\bmake(?:\[\d{1,3}\])?: ${path}: ${says}`),
  row(
    'shell-signal',
    String.raw`(?:^|\s)(?<word>Illegal instruction|Segmentation fault|Bus error|Trace/breakpoint trap)(?: \(core dumped\))?(?:\s|$)`,
  ),
];
