/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], conjunction = 'and'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** `1 rule`, `2 rules`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

/** A text of at most `length` letters; what stands for the rest is one of them. */
export function shorten(text: string, length: number, mark = '…'): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}${mark}`;
}
