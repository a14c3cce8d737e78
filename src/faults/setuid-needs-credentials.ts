import { shown } from '../model/bytes-text.ts';
import type { Fault } from './fault.ts';
import { isExecutable } from './image-files.ts';

export const order = 80;

const SET_UID = 0o4000;
/** Without the group's x bit, set-gid means something else. */
const SET_GID = 0o2010;

/** Set-uid and set-gid programs that an emulator starts, where the rule does not let the bits count. */
export const fault: Fault = {
  id: 'setuid-needs-credentials',
  find: ({ rule, elves, runs }) => {
    if (rule === undefined || rule.flags.includes('C')) return [];
    return elves.flatMap((file) => {
      const { mode, elf } = file;
      const isSet = (mode & SET_UID) !== 0 || (mode & SET_GID) === SET_GID;
      if (!isSet || !isExecutable(file) || elf === undefined || runs(elf) === 'no') return [];
      return [
        {
          path: file.path,
          status: 'warn',
          message: `${shown(file.path)} is set-uid or set-gid, and here it would run without: rule ${rule.name} lacks flag C`,
          several: `are set-uid or set-gid, and here they would run without: rule ${rule.name} lacks flag C`,
          why: 'Emulated programs such as su and sudo fail on this engine. On a machine of the platform they work.',
          fix: {
            text: 'Register the rule with flag C.',
            commands: [`xbuild binfmt explain ${rule.name}`],
          },
        },
      ];
    });
  },
};
