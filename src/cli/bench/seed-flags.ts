import { type Command, Option } from 'commander';
import type { KindName } from '../../bench/kinds.ts';
import type { BenchOptions, Counts } from '../../bench/plan.ts';
import { benchActorsMax, benchPlacesMax } from '../../wire/limits.ts';
import { UsageError } from '../errors.ts';
import { wholeNumber } from '../values.ts';
import { type GlobalFlags, workOptions } from './global-options.ts';
import { type BenchTransport, benchTransports, type TransportFlags } from './transports.ts';

/** The flags of the first versions of Iggy, where the kind was a flag as well. */
export interface SeedFlags {
  readonly tcp?: boolean;
  readonly quic?: boolean;
  readonly http?: boolean;
  readonly testSendMessages?: boolean;
  readonly testPollMessages?: boolean;
  readonly testSendAndPollMessages?: boolean;
  readonly streams: number;
  readonly producers: number;
  readonly consumers: number;
  readonly parallelProducerStreams?: boolean;
  readonly parallelConsumerStreams?: boolean;
  readonly httpApiUrl: string;
  readonly httpStartStreamId: number;
  readonly tcpServerAddress: string;
  readonly tcpStartStreamId: number;
  readonly quicClientAddress: string;
  readonly quicServerAddress: string;
  readonly quicServerName: string;
  readonly quicStartStreamId: number;
}

const GROUP = 'Compatibility:';

const flags: readonly (readonly [string, string])[] = [
  ['--tcp', 'over TCP'],
  ['--quic', 'over QUIC'],
  ['--http', 'over HTTP'],
  ['--test-send-messages', 'write, as pinned-producer does'],
  ['--test-poll-messages', 'read what was written, as pinned-consumer does'],
  ['--test-send-and-poll-messages', 'both at once'],
  ['--parallel-producer-streams', 'each producer writes to its own stream'],
  ['--parallel-consumer-streams', 'each consumer reads its own stream'],
];

const numbers: readonly (readonly [string, string, number, number])[] = [
  ['--streams <number>', 'streams', 0, benchPlacesMax],
  ['--producers <number>', 'producers', 0, benchActorsMax],
  ['--consumers <number>', 'consumers', 0, benchActorsMax],
  ['--http-start-stream-id <id>', 'number in front of the first stream', 1_000_000, 2 ** 31],
  ['--tcp-start-stream-id <id>', 'number in front of the first stream', 3_000_000, 2 ** 31],
  ['--quic-start-stream-id <id>', 'number in front of the first stream', 2_000_000, 2 ** 31],
];

const texts: readonly (readonly [string, string, string])[] = [
  ['--http-api-url <url>', 'broker', 'http://localhost:3000'],
  ['--tcp-server-address <address>', 'broker', '127.0.0.1:8090'],
  ['--quic-client-address <address>', 'where to send from', '127.0.0.1:0'],
  ['--quic-server-address <address>', 'broker', '127.0.0.1:8080'],
  ['--quic-server-name <name>', 'name in the certificate of the broker', 'localhost'],
];

/** Adds these flags to `veltro bench` itself. */
export function addSeedFlags(command: Command): Command {
  const add = (option: Option) => command.addOption(option.helpGroup(GROUP));
  for (const [name, text] of flags) add(new Option(name, text));
  for (const [name, text, fallback, max] of numbers) {
    add(new Option(name, text).argParser(wholeNumber(0, max)).default(fallback));
  }
  for (const [name, text, fallback] of texts) add(new Option(name, text).default(fallback));
  return command;
}

/** Whether a command line without a kind is one of these. */
export function hasSeedFlags(given: SeedFlags): boolean {
  return [
    ...[given.tcp, given.quic, given.http],
    ...[given.testSendMessages, given.testPollMessages, given.testSendAndPollMessages],
  ].includes(true);
}

/** A run that such flags ask for. */
export interface SeedRun {
  readonly options: BenchOptions;
  readonly transport: BenchTransport;
  readonly flags: TransportFlags;
}

/** The runs of the flags, in the order http, quic, tcp. Throws a `UsageError`. */
export function seedRuns(given: SeedFlags, global: GlobalFlags): SeedRun[] {
  const kinds = kindsOf(given);
  check(given);
  return transportsOf(given).flatMap(({ transport, startId, ...rest }) =>
    kinds.map((kind) => ({ ...rest, transport, options: optionsOf(given, global, kind, startId) })),
  );
}

function kindsOf(given: SeedFlags): KindName[] {
  const tests: readonly (readonly [boolean | undefined, KindName])[] = [
    [given.testSendMessages, 'pinned-producer'],
    [given.testPollMessages, 'pinned-consumer'],
    [given.testSendAndPollMessages, 'pinned-producer-and-consumer'],
  ];
  const kinds = tests.filter(([isOn]) => isOn === true).map(([, kind]) => kind);
  if (kinds.length > 0) return kinds;
  throw new UsageError(
    'Give --test-send-messages, --test-poll-messages or --test-send-and-poll-messages.',
  );
}

function check(given: SeedFlags): void {
  const sends = given.testSendMessages === true || given.testSendAndPollMessages === true;
  const polls = given.testPollMessages === true || given.testSendAndPollMessages === true;
  const { streams, producers, consumers } = given;
  const rules: readonly (readonly [boolean, string])[] = [
    [
      given.tcp === true || given.quic === true || given.http === true,
      'Give at least one of --tcp, --quic and --http.',
    ],
    [streams > 0, 'The number of --streams must be above zero.'],
    [!sends || producers > 0, 'The number of --producers must be above zero.'],
    [!polls || consumers > 0, 'The number of --consumers must be above zero.'],
    [
      !sends || given.parallelProducerStreams !== true || streams >= producers,
      `There are ${producers} producers, so there must be as many --streams at least.`,
    ],
    [
      !polls || given.parallelConsumerStreams !== true || streams >= consumers,
      `There are ${consumers} consumers, so there must be as many --streams at least.`,
    ],
  ];
  for (const [holds, sentence] of rules) if (!holds) throw new UsageError(sentence);
}

function transportsOf(given: SeedFlags) {
  const [tcp, http, quic] = benchTransports;
  const all = [
    {
      isOn: given.http,
      transport: http,
      flags: { serverAddress: hostOf(given.httpApiUrl) },
      startId: given.httpStartStreamId,
    },
    {
      isOn: given.quic,
      transport: quic,
      flags: {
        serverAddress: given.quicServerAddress,
        clientAddress: given.quicClientAddress,
        serverName: given.quicServerName,
      },
      startId: given.quicStartStreamId,
    },
    {
      isOn: given.tcp,
      transport: tcp,
      flags: { serverAddress: given.tcpServerAddress },
      startId: given.tcpStartStreamId,
    },
  ];
  return all.filter(({ isOn }) => isOn === true);
}

function hostOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).host;
  throw new UsageError(`The value of --http-api-url is no address: ${url}`);
}

/** Streams carry the numbers that they had as ids: today the broker chooses those. */
function optionsOf(
  given: SeedFlags,
  global: GlobalFlags,
  kind: KindName,
  startId: number,
): BenchOptions {
  const { streams, producers, consumers } = given;
  const all: Partial<Counts> = { streams, partitions: 1 };
  const counts: Record<string, Partial<Counts>> = {
    'pinned-producer': { ...all, producers },
    'pinned-consumer': { ...all, consumers },
    'pinned-producer-and-consumer': { ...all, producers, consumers },
  };
  return {
    ...workOptions(global),
    kind,
    counts: counts[kind],
    reusesStreams: true,
    places: {
      producers: given.parallelProducerStreams === true ? 'own' : 'first',
      consumers: given.parallelConsumerStreams === true ? 'own' : 'first',
    },
    names: {
      stream: (number) => `stream ${startId + number}`,
      topic: 'topic 1',
      group: (number) => `group ${number}`,
      isOwnStream: () => false,
    },
  };
}
