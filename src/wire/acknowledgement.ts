/**
 * What a broker has done with a message before it acknowledges it, from the weakest on: `written`
 * to the file, which outlives the process; `interval`, the same with a sync to the disk every so
 * often; `synced` to the disk, which outlives the machine's power.
 */
export type Acknowledgement = 'written' | 'synced' | 'interval';

/** The levels in the order of their codes, which begin with 1; 0 follows the broker. */
export const acknowledgements = [
  'written',
  'synced',
  'interval',
] as const satisfies readonly Acknowledgement[];

/** The code of a level; null follows the broker. */
export function acknowledgementCode(level: Acknowledgement | null): number {
  return level === null ? 0 : acknowledgements.indexOf(level) + 1;
}

/** The level of a code, null to follow the broker, undefined for an unknown one. */
export function acknowledgementOf(code: number): Acknowledgement | null | undefined {
  return code === 0 ? null : acknowledgements[code - 1];
}
