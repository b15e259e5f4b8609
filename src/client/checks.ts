import { status } from '../wire/status.ts';
import { VeltroError } from './errors.ts';

/** An option that must be a whole number; `fallback` stands in when it is absent. */
export function integerOption(
  field: string,
  value: number | undefined,
  fallback: number,
  bounds: readonly [min: number, max: number],
): number {
  if (value === undefined) return fallback;
  const [min, max] = bounds;
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidOption(field, String(value), `must be a whole number of ${min} to ${max}`);
  }
  return value;
}

/** An option that must be one of a few words; the first stands in when it is absent. */
export function choiceOption<Choice extends string>(
  field: string,
  value: Choice | undefined,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  if (value === undefined) return choices[0];
  if (!choices.includes(value)) {
    throw invalidOption(field, String(value), `must be one of ${choices.join(', ')}`);
  }
  return value;
}

/** Two options of which at most one may be given. */
export function assertExclusive(left: [string, unknown], right: [string, unknown]): void {
  if (left[1] !== undefined && right[1] !== undefined) {
    throw invalidOption(left[0], String(left[1]), `must not be given together with ${right[0]}`);
  }
}

/** Status 2 with field, value and limit in one sentence. */
export function invalidOption(field: string, value: string, rule: string): VeltroError {
  return new VeltroError(status.InvalidConfiguration, `${field} is '${value}', but it ${rule}.`);
}
