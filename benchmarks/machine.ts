import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What a reader must know of the machine that measured, for the head of a report. */
export function machine(): Record<string, string | number> {
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    loadAverage: Number(loadavg()[0].toFixed(2)),
  };
}
