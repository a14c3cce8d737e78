import { changing, changingFlags } from './changing.ts';
import { planSwitchOf, requireNames } from './switching.ts';

export const disableSubcommand = changing({
  name: 'disable',
  usage: 'disable [flags] NAME|ARCH…',
  summary: 'switch rules off; they stay in the table',
  flags: changingFlags,
  check: (parsed) => requireNames(parsed, 'disable'),
  plan: (session) => planSwitchOf(session, false),
});
