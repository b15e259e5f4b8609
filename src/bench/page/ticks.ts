const STEPS = [1, 2, 2.5, 5, 10];

/** Round numbers from 0 up to `max` and a step more, about `count` of them. */
export function ticks(max: number, count: number): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((candidate) => candidate * power >= rough) ?? 10) * power;
  const steps = Math.ceil(max / step - 1e-9);
  return Array.from({ length: steps + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

/** A number in few digits: `1,200`, `0.25`. */
export function shortNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : 3;
  return new Intl.NumberFormat('en', { maximumFractionDigits: digits }).format(value);
}
