import { bytesOfString, stringOfBytes } from './bytes.ts';

/** The byte string of text that came as JSON: its UTF-8. */
export function byteString(text: string): string {
  return stringOfBytes(new TextEncoder().encode(text));
}

/** A byte string as text for people; bytes that are not UTF-8 show as replacement characters. */
export function shown(bytes: string): string {
  return new TextDecoder().decode(bytesOfString(bytes));
}
