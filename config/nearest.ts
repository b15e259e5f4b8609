/** Edits (insert, delete, replace one character) between two texts. */
function editDistance(source: string, target: string): number {
  let previous = Array.from({ length: target.length + 1 }, (_, column) => column);
  for (let row = 1; row <= source.length; row++) {
    const current = [row];
    for (let column = 1; column <= target.length; column++) {
      const replaced = previous[column - 1] + (source[row - 1] === target[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[column] + 1, current[column - 1] + 1));
    }
    previous = current;
  }
  return previous[target.length];
}

/** The candidate with the fewest edits to `name`; the first of several. */
export function nearest(name: string, candidates: readonly [string, ...string[]]): string {
  const [first, ...others] = candidates;
  let best = first;
  let bestEdits = editDistance(name, first);
  for (const candidate of others) {
    const edits = editDistance(name, candidate);
    if (edits < bestEdits) [best, bestEdits] = [candidate, edits];
  }
  return best;
}
