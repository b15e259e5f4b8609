/** A size or length of a benchmark: one number, or drawn anew each time between two. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The range that always gives the same number. */
export function fixed(value: number): Range {
  return { min: value, max: value };
}

/** Whether the range holds a single number. */
export function isFixed({ min, max }: Range): boolean {
  return min === max;
}

/** A whole number of the range, each equally likely; `random` gives 0 to below 1. */
export function draw({ min, max }: Range, random: () => number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** A number, or the text `A..B`, as reports have it. */
export function rangeParameter(range: Range): number | string {
  return isFixed(range) ? range.min : `${range.min}..${range.max}`;
}
