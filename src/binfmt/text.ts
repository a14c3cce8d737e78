import { bytesOfString } from '../model/bytes.ts';
import { escapeLine } from '../model/escape.ts';

/**
 * A byte string as text for people, safe inside one line: UTF-8 where it is that, else every byte
 * above 7f as \xNN; control characters are visible.
 */
export function lineOf(bytes: string): string {
  return escapeLine(textOf(bytes));
}

function textOf(bytes: string): string {
  // eslint-disable-next-line no-control-regex -- most names are ASCII, and then there is nothing to do
  if (/^[\0-\u007f]*$/.test(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOfString(bytes));
  } catch {
    return bytes.replaceAll(
      /[\u0080-\u00ff]/g,
      (byte) => String.raw`\x` + byte.charCodeAt(0).toString(16),
    );
  }
}

/** A word between quotes, as it stands in a sentence. */
export function quoted(bytes: string): string {
  return `"${lineOf(bytes)}"`;
}
