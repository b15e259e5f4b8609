import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { wholeNumber } from '../command-line.ts';
import type { Work } from './measurement.ts';

const ROUNDS_MAX = 1000;
const MILLISECONDS_MAX = 600_000;
const THREADS_MAX = 24;
const CONNECTIONS_MAX = 50_000;
const DEPTH_MAX = 1024;

/** What one run of the benchmark does. */
export interface RequestOptions {
  /** Measured rounds; the warm-up round before them is not counted. Default 5. */
  readonly rounds: number;
  /** Length of each measurement. Default 1000. */
  readonly milliseconds: number;
  /** Connections and requests of each under way, such as `64x16`. */
  readonly shapes: readonly Omit<Work, 'mode'>[];
  /** Shard workers of Veltro. Default 1. */
  readonly threads: number;
  /** Folder below which the servers get a temporary data folder. */
  readonly dataDir: string;
  /** Measure how the cost depends on numbers of connections, partitions and segments instead. */
  readonly scaling: boolean;
  /** Of that only what has this in its name. */
  readonly only: string;
  readonly json: boolean;
  readonly help: boolean;
}

/** Text of `--help`. */
export const usage = `Usage: npm run bench:requests -- [options]

Measures small requests: messages of 100 bytes, one in each request, sent and polled.

  --rounds N           measured rounds, after one warm-up round (5)
  --milliseconds N     length of each measurement (1000)
  --shapes LIST        CONNECTIONS or CONNECTIONSxDEPTH, separated by commas (1,32,64x16)
  --threads N          shard workers of Veltro (1)
  --data-dir DIR       where servers get a temporary folder (the system's temporary folder)
  --scaling            how the cost depends on connections, partitions and segments
  --only TEXT          of --scaling only the lines that have this in their name
  --json               print options, machine, every measurement and the summary as JSON
  --help               this text`;

function shapeOf(text: string): Omit<Work, 'mode'> {
  const [connections, depth = '1', ...rest] = text.trim().split('x');
  if (rest.length > 0) throw new RangeError(`--shapes has '${text}', which is no NUMBERxNUMBER.`);
  return {
    connections: wholeNumber('--shapes', connections, CONNECTIONS_MAX),
    depth: wholeNumber('--shapes', depth, DEPTH_MAX),
  };
}

/** Reads the command line; throws an error whose message says what is wrong with it. */
export function parseArguments(argv: readonly string[]): RequestOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      rounds: { type: 'string', default: '5' },
      milliseconds: { type: 'string', default: '1000' },
      shapes: { type: 'string', default: '1,32,64x16' },
      threads: { type: 'string', default: '1' },
      'data-dir': { type: 'string', default: tmpdir() },
      scaling: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    rounds: wholeNumber('--rounds', values.rounds, ROUNDS_MAX),
    milliseconds: wholeNumber('--milliseconds', values.milliseconds, MILLISECONDS_MAX),
    shapes: values.shapes.split(',').map(shapeOf),
    threads: wholeNumber('--threads', values.threads, THREADS_MAX),
    dataDir: values['data-dir'],
    scaling: values.scaling,
    only: values.only,
    json: values.json,
    help: values.help,
  };
}
