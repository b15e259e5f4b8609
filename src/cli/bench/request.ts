import type { BenchOptions } from '../../bench/plan.ts';
import type { Remarks } from '../../bench/report.ts';
import type { TopicOptions } from '../../bench/setup.ts';
import type { CommonOptions } from '../options.ts';
import type { BenchTarget } from './transports.ts';

/** One benchmark as it was typed, in whichever way. */
export interface BenchRequest {
  readonly options: BenchOptions;
  readonly topic: TopicOptions;
  /** The broker; where there is a list of threads, brokers of its own take its place. */
  readonly target: BenchTarget;
  readonly threads?: readonly number[];
  /** Threads of the generator. */
  readonly workers: number;
  readonly isPretty: boolean;
  /** The folder that the folder of the run goes to; without one, no files are written. */
  readonly outputDir?: string;
  readonly opensCharts: boolean;
  readonly remarks: Remarks;
  readonly common: CommonOptions;
}
