import { parseArgs } from 'node:util';
import { wholeNumber } from '../command-line.ts';

const TIME_MS_MAX = 60_000;

/** What one run of the micro benchmarks does. */
export interface MicroOptions {
  /** Only work whose part and name contain this text; empty for all. */
  readonly filter: string;
  /** Milliseconds that each piece of work is measured for. Default 500. */
  readonly timeMs: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** Text of `--help`. */
export const usage = `Usage: npm run bench:micro -- [options]

Measures parts of the broker by themselves, each on one thread.

  --filter TEXT   only work whose part and name contain this text; 'kernel' has its own table
  --time MS       milliseconds for each piece of work (500)
  --json          print the results as JSON, without the kernel's
  --help          this text`;

/** Reads the command line; throws an error whose message says what is wrong with it. */
export function parseArguments(argv: readonly string[]): MicroOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      filter: { type: 'string', default: '' },
      time: { type: 'string', default: '500' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const { filter, json, help } = values;
  return {
    filter: filter.toLowerCase(),
    timeMs: wholeNumber('--time', values.time, TIME_MS_MAX),
    json,
    help,
  };
}
