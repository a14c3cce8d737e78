import { escapeText } from '../model/escape.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/**
 * Text for XML 1.0, in an element or an attribute. What XML cannot hold shows by its code (control
 * characters) or as a replacement character (lone surrogates, U+FFFE, U+FFFF).
 *
 * `::` and `##` are written by their numbers: a CI system that reads standard output line by line
 * finds no command of its own in it.
 */
export function xmlText(text: string): string {
  return escapeText(text)
    .replaceAll(/\p{Surrogate}|[\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
    .replaceAll('::', '&#58;&#58;')
    .replaceAll('##', '&#35;&#35;');
}

/** Attributes of an element, with a blank before each; line ends and tabs are kept. */
export function xmlAttributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const text = xmlText(String(value)).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;');
      return ` ${name}="${text}"`;
    })
    .join('');
}
