import type { Rule } from '../../model/binfmt-rule.ts';
import { refusal } from './plan.ts';
import { ruleInWords } from './words.ts';

/** A rule in the format that `update-binfmts --import` reads (update-binfmts(8), FORMAT FILES). */
export function importFile(rule: Rule): string {
  const { flags } = rule;
  if (rule.type === 'opaque' || /[\n\r]/.test(rule.name + rule.interpreter) || lonelyO(rule)) {
    throw refusal(
      `update-binfmts has no words for ${ruleInWords(rule)}`,
      'It knows the flags P, C (with O) and F; leave this rule out.',
    );
  }
  const match =
    rule.type === 'extension'
      ? [`extension ${rule.extension}`]
      : [
          `offset ${rule.offset}`,
          `magic ${escaped(rule.magic)}`,
          ...(rule.mask === undefined ? [] : [`mask ${escaped(rule.mask)}`]),
        ];
  const yes = (word: string, letter: string) => (flags.includes(letter) ? [`${word} yes`] : []);
  const lines = [
    'package xbuild',
    `interpreter ${rule.interpreter}`,
    ...match,
    ...yes('credentials', 'C'),
    ...yes('preserve', 'P'),
    ...yes('fix_binary', 'F'),
  ];
  return `${lines.join('\n')}\n`;
}

function lonelyO({ flags }: Rule): boolean {
  return flags.includes('O') && !flags.includes('C');
}

function escaped(hex: string): string {
  return hex.replaceAll(/../g, String.raw`\x$&`);
}

/** Reads such a file of xbuild's; undefined where it is another package's, or none. */
export function parseImportFile(name: string, text: string): Rule | undefined {
  const fields = new Map(
    text.split('\n').map((line) => {
      const at = line.indexOf(' ');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const interpreter = fields.get('interpreter');
  if (fields.get('package') !== 'xbuild' || interpreter === undefined) return undefined;
  const has = (word: string, letter: string) => (fields.get(word) === 'yes' ? letter : '');
  const flags = has('preserve', 'P') + has('credentials', 'OC') + has('fix_binary', 'F');
  const basics = { name, enabled: true, interpreter, flags };
  const extension = fields.get('extension');
  if (extension !== undefined) return { ...basics, type: 'extension', extension };
  const magic = fields.get('magic');
  if (magic === undefined) return undefined;
  const mask = fields.get('mask');
  return {
    ...basics,
    type: 'magic',
    offset: Number(fields.get('offset') ?? 0),
    magic: magic.replaceAll(String.raw`\x`, ''),
    ...(mask === undefined ? {} : { mask: mask.replaceAll(String.raw`\x`, '') }),
  };
}
