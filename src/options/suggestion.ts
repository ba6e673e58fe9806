/**
 * `; did you mean …?`, with the candidate with the smallest edit distance from `word`, the first of equals; nothing
 * where none is similar.
 */
export function suggestion(word: string, candidates: readonly string[]): string {
  const ranked = candidates.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const [closest] = ranked;
  const isSimilar =
    closest !== undefined && closest.distance * 2 <= Math.max(word.length, closest.candidate.length);
  return isSimilar ? `; did you mean ${closest.candidate}?` : "";
}

/** The number of insertions, removals and replacements of one character that turn `from` into `to` (Levenshtein). */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const replaced = previous[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1));
    }
    previous = current;
  }
  return previous[to.length]!;
}
