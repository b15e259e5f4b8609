import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { evenNumbers, wholeNumber } from '../command-line.ts';

/** Partitions of the ceiling server, and so the most producers or consumers. */
const CONNECTIONS_MAX = 64;
const DEPTH_MAX = 1024;
const ROUNDS_MAX = 1000;
const BATCHES_MAX = 10_000;
const THREADS_MAX = 64;

/** How the ceiling server serves its connections: a thread for each, or one for all. */
export const ceilingVariants = ['threads', 'single'] as const;
export type CeilingVariant = (typeof ceilingVariants)[number];

/** What one run of the benchmark does. */
export interface BenchmarkOptions {
  /** Measured rounds. Default 5. */
  readonly rounds: number;
  /** Rounds before them that are not counted. Default 8. */
  readonly warmUpRounds: number;
  /** Batches of all producers together, 1 MB each. Default 240. */
  readonly batches: number;
  /** Numbers of producers, and then of consumers. Default 1 and 4. */
  readonly connections: readonly number[];
  /** Shard workers of Veltro. Default 1. */
  readonly threads: number;
  /** SendMessages requests of one producer that may wait for their answer. Default 1. */
  readonly depth: number;
  readonly ceiling: CeilingVariant;
  /** Folder below which both servers get a temporary data folder. */
  readonly dataDir: string;
  readonly json: boolean;
  readonly help: boolean;
}

/** Text of `--help`. */
export const usage = `Usage: node scripts/bench.mjs [options]

Measures Veltro against a trivial server that does the same work (the ceiling).

  --rounds N           measured rounds (5)
  --warm-up N          rounds before them that are not counted (8)
  --batches N          batches of 1,000 messages of 1,000 bytes, of all producers together (240)
  --connections LIST   numbers of producers and consumers, separated by commas (1,4)
  --threads N          shard workers of Veltro (1)
  --depth N            requests of a producer that may wait for their answer (1)
  --ceiling VARIANT    threads: one for each connection; single: one for all (threads)
  --data-dir DIR       where both servers get a temporary folder (the system's temporary folder)
  --json               print options, machine, every measurement and the summary as JSON
  --help               this text`;

function ceilingVariant(text: string): CeilingVariant {
  const variant = ceilingVariants.find((known) => known === text);
  if (!variant) throw new RangeError(`--ceiling is ${ceilingVariants.join(' or ')}.`);
  return variant;
}

/** Reads the command line; throws an error whose message says what is wrong with it. */
export function parseArguments(argv: readonly string[]): BenchmarkOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '5' },
      'warm-up': { type: 'string', default: '8' },
      batches: { type: 'string', default: '240' },
      connections: { type: 'string', default: '1,4' },
      threads: { type: 'string', default: '1' },
      depth: { type: 'string', default: '1' },
      ceiling: { type: 'string', default: 'threads' },
      'data-dir': { type: 'string', default: tmpdir() },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const batches = wholeNumber('--batches', values.batches, BATCHES_MAX);
  return {
    rounds: wholeNumber('--rounds', values.rounds, ROUNDS_MAX),
    warmUpRounds: wholeNumber('--warm-up', values['warm-up'], ROUNDS_MAX),
    batches,
    connections: evenNumbers('--connections', values.connections, CONNECTIONS_MAX, batches),
    threads: wholeNumber('--threads', values.threads, THREADS_MAX),
    depth: wholeNumber('--depth', values.depth, DEPTH_MAX),
    ceiling: ceilingVariant(values.ceiling),
    dataDir: values['data-dir'],
    json: values.json,
    help: values.help,
  };
}
