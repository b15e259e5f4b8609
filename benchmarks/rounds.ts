/** Some rounds of warm-up and so many rounds that count, one after the other. */
export async function measureRounds<Result>(
  rounds: number,
  measure: (round: number) => Promise<readonly Result[]>,
  warmUpRounds = 1,
): Promise<Result[]> {
  const measured: Result[] = [];
  for (let round = 1 - warmUpRounds; round <= rounds; round++) {
    const results = await measure(round);
    if (round > 0) measured.push(...results);
    process.stderr.write(`${round > 0 ? `Round ${round}` : 'Warm-up'} done.\n`);
  }
  return measured;
}

/** Whoever went first in the last round goes last in this one. */
export function inTurn<Contestant>(
  contestants: readonly Contestant[],
  round: number,
): readonly Contestant[] {
  return round % 2 === 0 ? contestants : [...contestants].reverse();
}

/** The items by what they have in common, in order of appearance. */
export function groupedBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): readonly (readonly Item[])[] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
