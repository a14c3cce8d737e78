import { formatRegisterString, parseRegisterString } from '../../model/binfmt-register.ts';
import type { Rule } from '../../model/binfmt-rule.ts';
import { bytesOfHex, bytesOfString, stringOfBytes } from '../../model/bytes.ts';

/**
 * The string that registers a rule, or undefined where there is none.
 *
 * A rule may have come by a string of up to 1920 bytes in which its magic was not escaped; with
 * four characters a byte it would not fit, so then only what needs it is escaped.
 */
export function registerStringOf(rule: Rule): string | undefined {
  return formatRegisterString(rule) ?? compactString(rule);
}

function compactString(rule: Rule): string | undefined {
  if (rule.type === 'opaque') return undefined;
  for (let byte = 1; byte < 256; byte++) {
    const delimiter = String.fromCharCode(byte);
    if ('POCFx\\'.includes(delimiter)) continue;
    const text = delimiter + fieldsOf(rule, delimiter).join(delimiter);
    if (isString(text, rule)) return text;
  }
  return undefined;
}

function fieldsOf(rule: Exclude<Rule, { type: 'opaque' }>, delimiter: string): string[] {
  if (rule.type === 'extension') {
    return [rule.name, 'E', '', rule.extension, '', rule.interpreter, rule.flags];
  }
  const offset = rule.offset === 0 ? '' : String(rule.offset);
  const magic = rawOrEscaped(rule.magic, delimiter);
  const mask = rawOrEscaped(rule.mask ?? '', delimiter);
  return [rule.name, 'M', offset, magic, mask, rule.interpreter, rule.flags];
}

/** NUL bytes, backslashes and delimiters end or change a field; all others stand for themselves. */
function rawOrEscaped(hex: string, delimiter: string): string {
  const bytes = stringOfBytes(bytesOfHex(hex) ?? new Uint8Array());
  return Array.from(bytes, (character) =>
    character === '\0' || character === '\\' || character === delimiter
      ? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
      : character,
  ).join('');
}

function isString(text: string, rule: Rule): boolean {
  const reading = parseRegisterString(bytesOfString(text));
  return 'rule' in reading && sameRegistration(reading.rule, rule);
}

/** Tells whether two rules came of equal registrations, on or off. */
export function sameRegistration(one: Rule, other: Rule): boolean {
  return identityOf(one) === identityOf(other);
}

function identityOf(rule: Rule): string {
  const basics = [rule.type, rule.name, rule.interpreter, rule.flags, rule.unknown ?? []];
  if (rule.type === 'extension') return JSON.stringify([...basics, rule.extension]);
  if (rule.type === 'magic') {
    return JSON.stringify([...basics, rule.offset, rule.magic, rule.mask ?? null]);
  }
  return JSON.stringify(basics);
}
