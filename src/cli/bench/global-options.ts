import { availableParallelism } from 'node:os';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type BenchOptions, benchDefaults } from '../../bench/plan.ts';
import type { Range } from '../../bench/range.ts';
import {
  benchDepthMax,
  benchWorkersMax,
  clientBatchLengthMax,
  messagePayloadBytesMax,
  threadsMax,
} from '../../wire/limits.ts';
import { byteSize, durationMs, wholeNumber } from '../values.ts';

/** Options of `veltro bench` that stand before the kind. */
export interface GlobalFlags {
  readonly messageSize: Range;
  readonly messagesPerBatch: Range;
  readonly messageBatches?: number;
  readonly totalData?: number;
  readonly rateLimit?: number;
  readonly warmupTime: number;
  readonly samplingTime: number;
  readonly movingAverageWindow: number;
  readonly highLevelApi?: boolean;
  readonly pretty?: boolean;
  readonly reuseStreams?: boolean;
  readonly depth: number;
  readonly workers: number;
  readonly threads?: readonly number[];
}

/** A parser of `N` or `A..B`, within bounds. */
export function range(min: number, max: number): (text: string) => Range {
  const number = wholeNumber(min, max);
  return (text) => {
    const [first, last = first, ...rest] = text.split('..');
    if (rest.length > 0) throw new InvalidArgumentError('It must be written N or A..B.');
    const found = { min: number(first), max: number(last) };
    if (found.min <= found.max) return found;
    throw new InvalidArgumentError('A range must begin with the smaller number.');
  };
}

/** Numbers between commas, such as `1,2,4`. */
export function threadCounts(text: string): number[] {
  return text.split(',').map((part) => wholeNumber(1, threadsMax)(part.trim()));
}

function samplingTime(text: string): number {
  const ms = durationMs(text);
  if (ms >= 1) return ms;
  throw new InvalidArgumentError('It must be 1 ms at least.');
}

/** Adds the options that all kinds share. */
export function addGlobalOptions(command: Command): Command {
  const { messageBytes, batchLength, samplingMs, movingAverageWindow, depth } = benchDefaults;
  const window = wholeNumber(1);
  const workers = Math.min(availableParallelism(), benchWorkersMax);
  return command
    .addOption(
      new Option('-m, --message-size <bytes>', 'payload bytes, N or A..B for random sizes')
        .argParser(range(1, messagePayloadBytesMax))
        .default(messageBytes, '1000'),
    )
    .addOption(
      new Option('-P, --messages-per-batch <number>', 'N or A..B for random lengths')
        .argParser(range(1, clientBatchLengthMax))
        .default(batchLength, '1000'),
    )
    .addOption(
      new Option('-b, --message-batches <number>', 'batches of each actor (default: 1000)')
        .argParser(wholeNumber(1))
        .conflicts('totalData'),
    )
    .option('-T, --total-data <size>', 'payload of all actors together, instead of -b', byteSize)
    .option('-r, --rate-limit <size>', 'payload a second of all actors together', byteSize)
    .option('-w, --warmup-time <time>', 'work that is not measured first', durationMs, 0)
    .addOption(
      new Option('-t, --sampling-time <time>', 'bucket of the time series')
        .argParser(samplingTime)
        .default(samplingMs, '10ms'),
    )
    .option('-W, --moving-average-window <number>', 'buckets', window, movingAverageWindow)
    .option('-H, --high-level-api', 'use the producers and consumers of the client library')
    .option('--pretty', 'tables instead of lines')
    .option('--reuse-streams', 'keep the streams and messages of earlier runs')
    .option(
      '--depth <number>',
      'unanswered sends of a producer',
      wholeNumber(1, benchDepthMax),
      depth,
    )
    .addOption(
      new Option('-j, --workers <number>', 'threads that the actors share')
        .argParser(wholeNumber(1, benchWorkersMax))
        .default(workers, 'one for each core'),
    )
    .option(
      '--threads <numbers>',
      'such as 1,2,4: run on a broker of its own with so many shard threads each',
      threadCounts,
    );
}

/** What the options say of the work. */
export function workOptions(
  flags: GlobalFlags,
): Omit<BenchOptions, 'kind' | 'counts' | 'names' | 'consumerRateFactor'> {
  const { messageBatches, totalData } = flags;
  const volume = messageBatches === undefined ? benchDefaults.volume : { batches: messageBatches };
  return {
    messageBytes: flags.messageSize,
    batchLength: flags.messagesPerBatch,
    volume: totalData === undefined ? volume : { bytes: totalData },
    bytesPerSecond: flags.rateLimit ?? null,
    warmUpMs: flags.warmupTime,
    samplingMs: flags.samplingTime,
    movingAverageWindow: flags.movingAverageWindow,
    isHighLevel: flags.highLevelApi ?? false,
    sendsJson: false,
    reusesStreams: flags.reuseStreams ?? false,
    depth: flags.depth,
  };
}
