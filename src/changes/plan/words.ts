import { lineOf } from '../../binfmt/text.ts';
import { listed } from '../../model/sentence.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import { patternOf, readableBytes } from '../../binfmt/pattern.ts';
import { architecturesOf } from '../../binfmt/purpose.ts';

/** A rule in one line, safe to print: `qemu-aarch64 (arm64 programs, /usr/bin/qemu-aarch64-static, flags POCF)`. */
export function ruleInWords(rule: Rule): string {
  const interpreter = rule.interpreter === '' ? 'an unknown interpreter' : lineOf(rule.interpreter);
  const flags = rule.flags === '' ? 'no flags' : `flags ${rule.flags}`;
  const off = rule.enabled ? '' : ', off';
  return `${lineOf(rule.name)} (${takenFiles(rule)}, ${interpreter}, ${flags}${off})`;
}

function takenFiles(rule: Rule): string {
  if (rule.type === 'extension') return `files named .${lineOf(rule.extension)}`;
  if (rule.type === 'opaque') return 'a kind of rule that xbuild does not know';
  const architectures = architecturesOf(rule);
  if (architectures.length > 0 && architectures.length < 4) {
    return `${listed(architectures)} programs`;
  }
  const at = rule.offset === 0 ? '' : ` at byte ${rule.offset}`;
  return rule.mask === undefined
    ? `files with ${readableBytes(patternOf(rule).magic) ?? rule.magic}${at}`
    : `files with ${rule.magic} under mask ${rule.mask}${at}`;
}
