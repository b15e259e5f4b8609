import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';

/** What a reader must know of the machine that measured, for the head of a report. */
export interface Machine {
  readonly node: string;
  readonly platform: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Of the last minute. */
  readonly loadAverage: number;
}

/** This machine, now. */
export function machine(): Machine {
  return {
    node: process.version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    loadAverage: Number(loadavg()[0].toFixed(2)),
  };
}
