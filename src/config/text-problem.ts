import type { OffsetProblem } from './structure.ts';

/** Blanks that look like one and are none for YAML; before any quotation mark or comment of a line. */
const strangeBlank = /^[^"'#\n]*?([\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff])/m;

/** What is wrong with a text before it is read as YAML: what editors and other systems leave in it. */
export function textProblem(text: string): OffsetProblem | undefined {
  const nul = text.indexOf('\0');
  if (nul >= 0)
    return {
      offset: nul,
      message: 'it holds a byte 0, as UTF-16 does',
      hint: 'Save the file as text in UTF-8.',
    };
  const lone = text.search(/\r(?!\n)/);
  if (lone >= 0 && !text.includes('\n'))
    return {
      offset: lone,
      message: 'its lines end in a carriage return alone',
      hint: 'Save the file with line ends LF.',
    };
  const found = strangeBlank.exec(text);
  if (found === null) return undefined;
  const [whole, blank = ''] = found;
  const code = blank.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return {
    offset: found.index + whole.length - 1,
    message: `U+${code} stands here, which looks like a blank and is none`,
    hint: 'Replace it by a blank, or remove it.',
  };
}

/** Where bytes stop being UTF-8, for bytes that are none; as line and column from 1, and the byte. */
export function placeOfBadByte(bytes: Uint8Array): { line: number; column: number; byte: number } {
  let good = 0;
  for (let end = bytes.length; good < end;) {
    const middle = Math.ceil((good + end) / 2);
    if (isPrefix(bytes.subarray(0, middle))) good = middle;
    else end = middle - 1;
  }
  const before = new TextDecoder('utf-8').decode(bytes.subarray(0, good), { stream: true });
  const lines = before.split('\n');
  // A character that was begun and not ended is what is wrong, not the byte after it.
  const start = new TextEncoder().encode(before).length;
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1, byte: bytes[start] ?? 0 };
}

/** Whether bytes are UTF-8, or could become so by more of them. */
function isPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
