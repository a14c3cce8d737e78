import { changing, changingFlags } from './changing.ts';
import { planStatusOf, refuseNames } from './switching.ts';

export const offSubcommand = changing({
  name: 'off',
  usage: 'off [flags]',
  summary: 'switch binfmt_misc off as a whole; the rules stay as they are',
  flags: changingFlags,
  check: (parsed) => refuseNames(parsed, 'off'),
  plan: (session) => planStatusOf(session, false),
});
