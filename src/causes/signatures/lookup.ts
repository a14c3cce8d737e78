import { says, row, type Signature } from './row.ts';

/** What runtimes say before execve(2). */
export const lookup: readonly Signature[] = [
  row(
    'lookup',
    String.raw`exec: \\{0,3}"(?<path>[^"\\]{0,1023})\\{0,3}": (?:stat [^:\n]{1,1023}: )?${says}`,
  ),
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
  // crun opens what it looks up, and says so of what is no file.
  row('lookup', String.raw`open executable: Operation not permitted`, 'EISDIR'),
  row('lookup', String.raw`(?:crun|failed): open executable: ${says}`),
  // A bind mount whose source was made as a folder.
  row(
    'mount-type',
    String.raw`error mounting \\{0,3}"(?<path>[^"\\]{1,1023})\\{0,3}" to rootfs[^\n]{1,2048}not a directory`,
  ),
  // gVisor, youki.
  row('lookup', String.raw`error finding executable "?(?<path>[^"\s]{1,1023})"? in PATH`, 'ENOENT'),
  row(
    'lookup',
    String.raw`executable '?"?(?<path>[^'"\s]{1,1023})"?'? (?:for container process )?not found in \$?PATH`,
    'ENOENT',
  ),
  row(
    'lookup',
    String.raw`executable '?"?(?<path>[^'"\s]{1,1023})"?'? does not have the correct permission`,
    'EACCES',
  ),
  // systemd.
  row('lookup', String.raw`Failed to locate executable (?<path>/\S{1,1023}): ${says}`),
];
