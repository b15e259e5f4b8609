import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { evenNumbers, wholeNumber } from '../command-line.ts';
import { type PeerName, peerNames } from './work.ts';

const ROUNDS_MAX = 1000;
const BATCHES_MAX = 10_000;
const CLIENTS_MAX = 64;
const REQUESTS_MAX = 1_000_000;
const THREADS_MAX = 64;
const WARM_UP_MAX = 3600;

/** What one run of the comparison does. */
export interface PeersOptions {
  /** Default: all of them; the reference server only when its path is given. */
  readonly peers: readonly PeerName[];
  /** Rounds of each peer. Default 5. */
  readonly rounds: number;
  /** Batches of all clients together, 1 MB each. Default 240. */
  readonly batches: number;
  /** Numbers of clients that send and read batches. Default 1 and 4. */
  readonly clients: readonly number[];
  /** Single messages of one client; 32 clients send a quarter each. Default 8,000. */
  readonly requests: number;
  /** Each broker works so long in each of its turns before anything counts. Default 45. */
  readonly warmUpSeconds: number;
  /** Shard workers of Veltro. Default 1. */
  readonly threads: number;
  /** The reference server. */
  readonly iggyServer?: string;
  /** The reference's own benchmark tool. */
  readonly iggyBench?: string;
  /** Folder below which every broker gets a temporary data folder. */
  readonly dataDir: string;
  /** A command that every round of every peer is run through. */
  readonly through: readonly string[];
  /** A file with the results of an earlier run, to print or write instead of measuring. */
  readonly results?: string;
  readonly writeDocs: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

/** Text of `--help`. */
export const usage = `Usage: npm run bench:peers -- [options]

Lets Veltro and other brokers do the same work in turns. What is missing is taken from the package
registries this machine is set up for and kept in a cache outside the project.

  --peers LIST         which brokers, separated by commas (${peerNames.join(',')})
  --rounds N           rounds of each of them (5)
  --batches N          batches of 1,000 messages of 1,000 bytes, of all clients together (240)
  --clients LIST       numbers of clients for batches, separated by commas (1,4)
  --requests N         single messages of one client; 32 clients do a quarter each (8000)
  --warm-up SECONDS    how long a broker works in each round before anything counts (45)
  --threads N          shard workers of Veltro (1)
  --iggy-server PATH   the reference server, to be compared as well
  --iggy-bench PATH    the reference's benchmark tool, run against Veltro and the reference
  --data-dir DIR       where brokers get temporary folders (the system's temporary folder)
  --through COMMAND    runs each round of each broker through a command, such as 'flock FILE'
  --results FILE       print the results of an earlier run (its --json) instead of measuring
  --write-docs         write results.json, docs/benchmarks.md, its charts, the README's figures
  --json               print machine, options and every measurement as JSON
  --help               this text`;

function peerName(text: string): PeerName {
  const name = peerNames.find((known) => known === text);
  if (name === undefined) {
    throw new RangeError(`--peers knows ${peerNames.join(', ')}, not '${text}'.`);
  }
  return name;
}

function existingFile(name: string, path: string | undefined): string | undefined {
  if (path !== undefined && !existsSync(path)) throw new RangeError(`${name}: no file ${path}.`);
  return path;
}

function words(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

const knownOptions = {
  peers: { type: 'string', default: peerNames.join(',') },
  rounds: { type: 'string', default: '5' },
  batches: { type: 'string', default: '240' },
  clients: { type: 'string', default: '1,4' },
  requests: { type: 'string', default: '8000' },
  'warm-up': { type: 'string', default: '45' },
  threads: { type: 'string', default: '1' },
  'iggy-server': { type: 'string' },
  'iggy-bench': { type: 'string' },
  'data-dir': { type: 'string', default: tmpdir() },
  through: { type: 'string', default: '' },
  results: { type: 'string' },
  'write-docs': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line; throws an error whose message says what is wrong with it. */
export function parseArguments(argv: readonly string[]): PeersOptions {
  const { values } = parseArgs({ args: [...argv], options: knownOptions });
  const batches = wholeNumber('--batches', values.batches, BATCHES_MAX);
  return {
    peers: values.peers.split(',').map((part) => peerName(part.trim())),
    rounds: wholeNumber('--rounds', values.rounds, ROUNDS_MAX),
    batches,
    clients: evenNumbers('--clients', values.clients, CLIENTS_MAX, batches),
    requests: wholeNumber('--requests', values.requests, REQUESTS_MAX),
    warmUpSeconds: wholeNumber('--warm-up', values['warm-up'], WARM_UP_MAX),
    threads: wholeNumber('--threads', values.threads, THREADS_MAX),
    iggyServer: existingFile('--iggy-server', values['iggy-server']),
    iggyBench: existingFile('--iggy-bench', values['iggy-bench']),
    dataDir: values['data-dir'],
    through: words(values.through),
    results: existingFile('--results', values.results),
    writeDocs: values['write-docs'],
    json: values.json,
    help: values.help,
  };
}
