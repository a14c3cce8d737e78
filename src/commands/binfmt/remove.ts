import { findReopening } from '../../changes/plan-way.ts';
import { planRemove } from '../../changes/plan/switch.ts';
import { changing, changingFlags } from './changing.ts';
import { chosenRules, requireNames } from './switching.ts';

export const removeSubcommand = changing({
  name: 'remove',
  usage: 'remove [flags] NAME|ARCH…',
  summary: "remove rules: by name, or qemu's rules for an architecture",
  flags: changingFlags,
  check: (parsed) => requireNames(parsed, 'remove'),
  async plan(session) {
    const rules = chosenRules(session);
    return planRemove(session.situation, rules, await findReopening(rules, session.place));
  },
});
