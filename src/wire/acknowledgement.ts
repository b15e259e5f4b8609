/**
 * What a broker has done with a message before it acknowledges it, from the weakest on: `written`
 * to the file, which outlives the process; `interval`, the same with a sync to the disk every so
 * often; `synced` to the disk, which outlives the machine's power.
 */
export type Acknowledgement = 'written' | 'synced' | 'interval';

/** The levels in the order of their codes, which begin with 1; 0 follows the broker. */
export const acknowledgements: readonly Acknowledgement[] = ['written', 'synced', 'interval'];
