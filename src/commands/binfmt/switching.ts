import { listed } from '../../model/sentence.ts';
import { byteString } from '../../model/bytes-text.ts';
import { chooseRules } from '../../changes/plan/choose.ts';
import { planStatus, planSwitch } from '../../changes/plan/switch.ts';
import { ruleInWords } from '../../changes/plan/words.ts';
import type { Plan } from '../../changes/plan/plan.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import { XbuildError } from '../../model/errors.ts';
import { escapeLine, shellQuote } from '../../model/escape.ts';
import { isOn, type ParsedArguments } from '../../model/flags.ts';
import { requireTable, type Session } from './session.ts';

/** The rules that the words mean; throws `bad-argument` where there are none. */
export function chosenRules(session: Session): Rule[] {
  requireTable(session);
  return chooseRules(session.situation.table, session.parsed.positionals.map(byteString));
}

/** Throws `bad-argument` where no rule is named. */
export function requireNames({ positionals }: ParsedArguments, verb: string): void {
  if (positionals.length > 0) return;
  throw new XbuildError(
    'bad-argument',
    `binfmt ${verb} needs a rule's name, or an architecture; received none`,
    `For example: xbuild binfmt ${verb} qemu-aarch64, or: xbuild binfmt ${verb} arm64`,
  );
}

/** Throws `bad-argument` where something is named. */
export function refuseNames({ positionals }: ParsedArguments, verb: 'on' | 'off'): void {
  const [word] = positionals;
  if (word === undefined) return;
  throw new XbuildError(
    'bad-argument',
    `binfmt ${verb} switches the whole table; received: ${escapeLine(word)}`,
    `For one rule: xbuild binfmt ${verb === 'on' ? 'enable' : 'disable'} ${shellQuote(word)}`,
  );
}

/** Plans to switch the named rules on or off. */
export async function planSwitchOf(session: Session, on: boolean): Promise<Plan | string> {
  const rules = chosenRules(session);
  const force = isOn(session.parsed, 'force');
  return (
    planSwitch(session.situation, rules, { on, force }) ??
    `Nothing to do: ${on ? 'on' : 'off'} already ${rules.length === 1 ? 'is' : 'are'} ${listed(rules.map(ruleInWords))}.`
  );
}

/** Plans to switch the whole table on or off. */
export async function planStatusOf(session: Session, on: boolean): Promise<Plan | string> {
  requireTable(session);
  const force = isOn(session.parsed, 'force');
  return (
    planStatus(session.situation, { on, force }) ??
    `Nothing to do: binfmt_misc is ${on ? 'on' : 'off'} already.`
  );
}
