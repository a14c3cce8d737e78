import { changing, changingFlags, forceFlag } from './changing.ts';
import { planSwitchOf, requireNames } from './switching.ts';

export const enableSubcommand = changing({
  name: 'enable',
  usage: 'enable [flags] NAME|ARCH…',
  summary: 'switch rules on',
  flags: [...changingFlags, forceFlag],
  check: (parsed) => requireNames(parsed, 'enable'),
  plan: (session) => planSwitchOf(session, true),
});
