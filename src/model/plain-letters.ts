const plain: Readonly<Record<string, string>> = {
  '\u2018': "'",
  '\u2019': "'",
  '\u2013': '-',
  '\u2026': '...',
};

/** Text for a terminal that shows ASCII alone; the signs before lines are chosen where they are written. */
export function plainLetters(text: string): string {
  return text.replaceAll(/[\u2018\u2019\u2013\u2026]/g, (letter) => plain[letter] ?? letter);
}
