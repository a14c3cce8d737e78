import { begin, row, type Signature } from './row.ts';

/** Users, signals and system calls. */
export const rights: readonly Signature[] = [
  row('no-new-privileges', String.raw`"?no new privileges"? flag is set`),
  row(
    'set-uid',
    String.raw`${begin}(?<path>[\w./-]{1,255}): (?:must be suid|effective uid is not 0|\S{1,255} must be owned by uid 0 and have the setuid bit|not installed setuid|must be setuid|need to be suid)`,
  ),
  row('bad-system-call', String.raw`\bBad system call\b`),
  row(
    'set-uid',
    String.raw`${begin}(?<path>su|sudo|newgrp|passwd|chsh): (?:cannot set (?:groups|user id)|setuid|setgid|cannot set uid)[^\n]{0,60}: Operation not permitted`,
  ),
  row(
    'exit-code',
    String.raw`(?:exited with code|exit code:?|exit status|exited with) (?<signal>132|134|135|139|159)\b`,
  ),
];
