/** How many insertions, deletions, replacements and swaps of neighbours turn one word into another. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}

function letters(word: string): string {
  return Array.from(word).toSorted().join('');
}

/**
 * The candidate that a mistyped word most likely means, or undefined where none is near. Of equally
 * near ones, one with the same letters is preferred: `amr64` is arm64, not amd64.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  // Longer words bear more typing errors; a word of other letters is no typing error.
  let limit = Math.max(1, Math.floor(word.length / 3)) + 1;
  let best: string | undefined;
  for (const candidate of candidates) {
    const sameLetters = letters(candidate.toLowerCase()) === letters(typed);
    const distance = editDistance(typed, candidate.toLowerCase()) - (sameLetters ? 0.5 : 0);
    if (distance >= limit) continue;
    limit = distance;
    best = candidate;
  }
  return best;
}
