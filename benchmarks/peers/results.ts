import { readFileSync } from 'node:fs';
import type { Machine } from '../machine.ts';
import type { ToolRound } from './tool.ts';
import type { PeerName, PeerRound, WorkSizes } from './work.ts';

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

/** The results that an earlier run has printed or written. */
export function readResults(path: string): Results {
  return JSON.parse(readFileSync(path, 'utf8')) as Results;
}
