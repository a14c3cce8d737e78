import { findReopening } from '../../changes/carry-out.ts';
import { chooseRules } from '../../changes/plan/choose.ts';
import { planRemove, planStatus, planSwitch } from '../../changes/plan/switch.ts';
import { ruleInWords, listOf } from '../../changes/plan/words.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import { byteString } from '../../changes/find-emulator.ts';
import { XbuildError } from '../../model/errors.ts';
import { isOn } from '../../model/flags.ts';
import { changing, changingFlags, forceFlag, requireTable, type Session } from './changing.ts';

function chosen(session: Session, verb: string): Rule[] {
  requireTable(session);
  const words = session.parsed.positionals;
  if (words.length > 0) return chooseRules(session.situation.table, words.map(byteString));
  throw new XbuildError(
    'bad-argument',
    `binfmt ${verb} needs a rule's name, or an architecture; received none`,
    `For example: xbuild binfmt ${verb} qemu-aarch64, or: xbuild binfmt ${verb} arm64`,
  );
}

function noWords({ parsed }: Session, verb: string, other: string): void {
  const [word] = parsed.positionals;
  if (word === undefined) return;
  throw new XbuildError(
    'bad-argument',
    `binfmt ${verb} switches the whole table; received: ${word}`,
    `For one rule: xbuild binfmt ${other} ${word}`,
  );
}

async function planSwitchOf(session: Session, on: boolean): Promise<Plan | string> {
  const rules = chosen(session, on ? 'enable' : 'disable');
  const force = isOn(session.parsed, 'force');
  return (
    planSwitch(session.situation, rules, { on, force }) ??
    `Nothing to do: ${on ? 'on' : 'off'} already ${rules.length === 1 ? 'is' : 'are'} ${listOf(rules.map(ruleInWords))}.`
  );
}

async function planStatusOf(session: Session, on: boolean): Promise<Plan | string> {
  noWords(session, on ? 'on' : 'off', on ? 'enable' : 'disable');
  requireTable(session);
  const force = isOn(session.parsed, 'force');
  return (
    planStatus(session.situation, { on, force }) ??
    `Nothing to do: binfmt_misc is ${on ? 'on' : 'off'} already.`
  );
}

export const removeSubcommand = changing({
  name: 'remove',
  usage: 'remove [flags] NAME|ARCH…',
  summary: "remove rules: by name, or qemu's rules for an architecture",
  flags: changingFlags,
  async plan(session) {
    const rules = chosen(session, 'remove');
    return planRemove(session.situation, rules, await findReopening(rules, session.place));
  },
});

export const enableSubcommand = changing({
  name: 'enable',
  usage: 'enable [flags] NAME|ARCH…',
  summary: 'switch rules on',
  flags: [...changingFlags, forceFlag],
  plan: (session) => planSwitchOf(session, true),
});

export const disableSubcommand = changing({
  name: 'disable',
  usage: 'disable [flags] NAME|ARCH…',
  summary: 'switch rules off; they stay in the table',
  flags: changingFlags,
  plan: (session) => planSwitchOf(session, false),
});

export const onSubcommand = changing({
  name: 'on',
  usage: 'on [flags]',
  summary: 'switch binfmt_misc on as a whole',
  flags: [...changingFlags, forceFlag],
  plan: (session) => planStatusOf(session, true),
});

export const offSubcommand = changing({
  name: 'off',
  usage: 'off [flags]',
  summary: 'switch binfmt_misc off as a whole; the rules stay as they are',
  flags: changingFlags,
  plan: (session) => planStatusOf(session, false),
});
