import { changing, changingFlags, forceFlag } from './changing.ts';
import { planStatusOf, refuseNames } from './switching.ts';

export const onSubcommand = changing({
  name: 'on',
  usage: 'on [flags]',
  summary: 'switch binfmt_misc on as a whole',
  flags: [...changingFlags, forceFlag],
  check: (parsed) => refuseNames(parsed, 'on'),
  plan: (session) => planStatusOf(session, true),
});
