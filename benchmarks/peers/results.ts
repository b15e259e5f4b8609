import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import type { ToolRound } from './tool.ts';
import type { PeerName, PeerRound, WorkSizes } from './work.ts';

/** Where it was measured. */
export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  /** Work of others at the beginning, in processors. */
  readonly loadAverage: number;
}

/** Everything that a run has found out: the file that the page of figures is made from. */
export interface Results {
  readonly machine: Machine;
  readonly sizes: WorkSizes & { readonly rounds: number; readonly threads: number };
  readonly versions: Readonly<Partial<Record<PeerName, string>>>;
  /** Why others did not take part. */
  readonly absent: Readonly<Partial<Record<PeerName, string>>>;
  readonly rounds: readonly PeerRound[];
  /** Empty when the reference's benchmark tool was not at hand. */
  readonly tool: readonly ToolRound[];
}

/** This machine, now. */
export function thisMachine(): Machine {
  return {
    node: process.version,
    system: `${process.platform} ${release()}, ${process.arch}`,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    loadAverage: Number(loadavg()[0].toFixed(2)),
  };
}

/** The results that an earlier run has printed or written. */
export function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}
