import convict from 'convict';
import {
  arenaBytesMax,
  arenaBytesMin,
  arenaPageBytes,
  connectionsDefault,
  connectionsMax,
  deduplicationEntriesDefault,
  deduplicationEntriesMax,
  frameBytesDefault,
  frameBytesMax,
  frameBytesMin,
  requestsInFlightDefault,
  requestsInFlightMax,
  responseBytesInFlightDefault,
  responseBytesInFlightMax,
  responseBytesInFlightMin,
  segmentBytesDefault,
  segmentBytesMax,
  segmentBytesMultiple,
  timeoutMsMax,
  timeoutMsMin,
} from '../src/wire/limits.ts';
import { printByteSize } from './byte-size.ts';
import { type Bounds, type FormatName, formats } from './formats.ts';

/** One configuration key: everything that is known about it stands here and nowhere else. */
export interface KeyDefinition extends Bounds {
  /** Dotted name in files; its environment name follows from it. */
  readonly key: string;
  /** Dotted name of the resolved value in `Config`, with its unit. */
  readonly field: string;
  readonly format: FormatName;
  /** As a person would write it in a file. */
  readonly default: string | number | boolean;
  /** What the key does, in one or two sentences; the unit is part of it. */
  readonly doc: string;
  /** The version that brought the key. */
  readonly since: string;
  /** The flag of `veltro start` that sets it. */
  readonly flag?: string;
}

const timeoutBounds = { min: timeoutMsMin, max: timeoutMsMax };
const since = '0.1.0';

const systemKeys = [
  {
    key: 'system.path',
    field: 'system.path',
    format: 'path',
    default: 'local_data',
    doc: 'Data directory, relative to the working directory of the broker.',
    since,
    flag: '--data-dir',
  },
  {
    key: 'system.shutdown_timeout',
    field: 'system.shutdownTimeoutMs',
    format: 'duration',
    default: '10 s',
    ...timeoutBounds,
    doc:
      'Time that a stop may take to finish what is in flight, flush and sync; what is open ' +
      'afterwards is cut off.',
    since,
  },
  {
    key: 'system.runtime.path',
    field: 'system.runtime.path',
    format: 'folder',
    default: 'runtime',
    doc:
      'Folder below the data directory for what holds only while the broker runs, such as ' +
      '`current_config.toml`.',
    since,
  },
  {
    key: 'system.logging.level',
    field: 'system.logging.level',
    format: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error'],
    default: 'info',
    doc: 'Least severe log line that is written.',
    since,
    flag: '--log-level',
  },
  {
    key: 'system.logging.format',
    field: 'system.logging.format',
    format: 'choice',
    choices: ['pretty', 'json'],
    default: 'pretty',
    doc: 'Log lines for people, or one JSON object a line for programs.',
    since,
    flag: '--log-format',
  },
  {
    key: 'system.state.enforce_fsync',
    field: 'system.state.enforceFsync',
    format: 'flag',
    default: true,
    doc:
      'Sync the catalog log to the disk before a change of streams, topics or users is ' +
      'answered.',
    since,
  },
  {
    key: 'system.stream.path',
    field: 'system.stream.path',
    format: 'folder',
    default: 'streams',
    doc: 'Folder below the data directory that holds one folder a stream.',
    since,
  },
  {
    key: 'system.topic.path',
    field: 'system.topic.path',
    format: 'folder',
    default: 'topics',
    doc: 'Folder below a stream that holds one folder a topic.',
    since,
  },
  {
    key: 'system.topic.max_size',
    field: 'system.topic.maxSizeBytes',
    format: 'topic-size',
    default: 'unlimited',
    doc:
      'Bytes that a topic may hold when it was created with the server default; at least ' +
      'one segment.',
    since,
  },
  {
    key: 'system.topic.message_expiry',
    field: 'system.topic.messageExpiryMs',
    format: 'expiry',
    default: 'never_expire',
    doc:
      'Age at which messages may be removed from topics that were created with the server ' +
      'default.',
    since,
  },
  {
    key: 'system.partition.path',
    field: 'system.partition.path',
    format: 'folder',
    default: 'partitions',
    doc: 'Folder below a topic that holds one folder a partition.',
    since,
  },
  {
    key: 'system.partition.enforce_fsync',
    field: 'system.partition.enforceFsync',
    format: 'flag',
    default: false,
    doc:
      'Sync messages to the disk before a send is answered; otherwise they are in the page ' +
      'cache by then, which outlives the process but not the machine.',
    since,
  },
  {
    key: 'system.partition.validate_checksum',
    field: 'system.partition.validateChecksum',
    format: 'flag',
    default: false,
    doc: 'Check every stored message at the start, not only the end of the last segment.',
    since,
  },
  {
    key: 'system.message_deduplication.enabled',
    field: 'system.messageDeduplication.enabled',
    format: 'flag',
    default: false,
    doc:
      'Store a message whose id its partition has seen a short while ago only once; the send is ' +
      'answered with success all the same. Ids that the broker makes up are not looked at.',
    since,
  },
  {
    key: 'system.message_deduplication.max_entries',
    field: 'system.messageDeduplication.maxEntries',
    format: 'count',
    default: deduplicationEntriesDefault,
    min: 1,
    max: deduplicationEntriesMax,
    doc:
      'How many of the newest messages of a partition are looked at. Each id takes up to 40 ' +
      'bytes of `system.memory_pool.size`; where that gets short, fewer are remembered.',
    since,
  },
  {
    key: 'system.message_deduplication.expiry',
    field: 'system.messageDeduplication.expiryMs',
    format: 'duration',
    default: '1 m',
    min: 0,
    max: timeoutMsMax,
    doc: 'Age from which on messages are no longer looked at; 0 looks at them however old they are.',
    since,
  },
  {
    key: 'system.segment.size',
    field: 'system.segment.sizeBytes',
    format: 'byte-size',
    default: printByteSize(segmentBytesDefault),
    min: segmentBytesMultiple,
    max: segmentBytesMax,
    multipleOf: segmentBytesMultiple,
    doc: 'Bytes after which a partition goes on in a new segment file.',
    since,
  },
  {
    key: 'system.memory_pool.size',
    field: 'system.memoryPool.sizeBytes',
    format: 'memory-size',
    default: 'auto',
    min: arenaBytesMin,
    max: arenaBytesMax,
    multipleOf: arenaPageBytes,
    doc:
      'Bytes of memory that all threads share for requests, responses and cached messages: ' +
      'for each thread at least twice `tcp.max_frame_size`. `auto` is 512 MiB, or more where ' +
      'the threads need it; memory that is never used is never taken.',
    since,
  },
  {
    key: 'system.sharding.cpu_allocation',
    field: 'system.sharding.threads',
    format: 'threads',
    default: 'auto',
    doc:
      'Shard workers: `auto` is one less than the cores, `all` one a core, a number that ' +
      'many, and a range `first..end` as many as it has numbers, the end not included.',
    since,
    flag: '--threads',
  },
] as const satisfies readonly KeyDefinition[];

const tcpKeys = [
  {
    key: 'tcp.enabled',
    field: 'tcp.enabled',
    format: 'flag',
    default: true,
    doc: 'Listen for the binary protocol over TCP.',
    since,
    flag: '--tcp off',
  },
  {
    key: 'tcp.address',
    field: 'tcp.address',
    format: 'address',
    default: '127.0.0.1:8090',
    doc:
      'Address and port to listen on: an IPv4 address, an IPv6 address in brackets or ' +
      '`localhost`; port 0 picks a free one.',
    since,
    flag: '--tcp',
  },
  {
    key: 'tcp.max_connections',
    field: 'tcp.maxConnections',
    format: 'count',
    default: connectionsDefault,
    min: 1,
    max: connectionsMax,
    doc: 'Open connections; one more is closed at once.',
    since,
  },
  {
    key: 'tcp.max_frame_size',
    field: 'tcp.maxFrameBytes',
    format: 'byte-size',
    default: printByteSize(frameBytesDefault),
    min: frameBytesMin,
    max: frameBytesMax,
    doc: 'Bytes of one request; the smallest value still takes the largest message.',
    since,
  },
  {
    key: 'tcp.max_requests_in_flight',
    field: 'tcp.maxRequestsInFlight',
    format: 'count',
    default: requestsInFlightDefault,
    min: 1,
    max: requestsInFlightMax,
    doc: 'Requests of one connection that may be worked on at once; further ones wait unread.',
    since,
  },
  {
    key: 'tcp.max_response_bytes_in_flight',
    field: 'tcp.maxResponseBytesInFlight',
    format: 'byte-size',
    default: printByteSize(responseBytesInFlightDefault),
    min: responseBytesInFlightMin,
    max: responseBytesInFlightMax,
    doc:
      'Bytes of responses that may wait for one connection; requests are no longer read ' +
      'until they went out.',
    since,
  },
  {
    key: 'tcp.frame_timeout',
    field: 'tcp.frameTimeoutMs',
    format: 'duration',
    default: '30 s',
    ...timeoutBounds,
    doc: 'Time in which a request that has begun must be complete, else the connection is closed.',
    since,
  },
  {
    key: 'tcp.write_timeout',
    field: 'tcp.writeTimeoutMs',
    format: 'duration',
    default: '30 s',
    ...timeoutBounds,
    doc:
      'Time in which a client must take at least some bytes of a waiting response, else ' +
      'the connection is closed.',
    since,
  },
  {
    key: 'tcp.receive',
    field: 'tcp.receive',
    format: 'choice',
    choices: ['auto', 'copy'],
    default: 'auto',
    doc:
      'How requests come in: `auto` receives large ones straight into shared memory where ' +
      'a check at the start shows that this works, `copy` always copies them.',
    since,
  },
  {
    key: 'tcp.socket.nodelay',
    field: 'tcp.socket.nodelay',
    format: 'flag',
    default: true,
    doc: 'Send small responses at once (TCP_NODELAY).',
    since,
  },
] as const satisfies readonly KeyDefinition[];

const consumerKeys = [
  {
    key: 'consumer_group.rebalancing_timeout',
    field: 'consumerGroup.rebalancingTimeoutMs',
    format: 'duration',
    default: '30 s',
    ...timeoutBounds,
    doc:
      'Longest time that a member of a group keeps a partition that is to go to another, ' +
      'waiting for what it has polled to be committed.',
    since,
  },
  {
    key: 'consumer_group.rebalancing_check_interval',
    field: 'consumerGroup.rebalancingCheckIntervalMs',
    format: 'duration',
    default: '5 s',
    ...timeoutBounds,
    doc: 'How often that time is looked at.',
    since,
  },
  {
    key: 'heartbeat.enabled',
    field: 'heartbeat.enabled',
    format: 'flag',
    default: false,
    doc:
      'Turn connections away that send no ping: they leave their consumer groups, and their ' +
      'next request is answered with status 30.',
    since,
  },
  {
    key: 'heartbeat.interval',
    field: 'heartbeat.intervalMs',
    format: 'duration',
    default: '5 s',
    ...timeoutBounds,
    doc:
      'How often pings are looked for; a connection whose last one is older than 1.2 times ' +
      'this is turned away.',
    since,
  },
] as const satisfies readonly KeyDefinition[];

const dataMaintenanceKeys = [
  {
    key: 'data_maintenance.messages.cleaner_enabled',
    field: 'dataMaintenance.messages.cleanerEnabled',
    format: 'flag',
    default: true,
    doc:
      'Remove messages that have passed the expiry of their topic, and the oldest ones of a ' +
      'topic that reaches its size limit. Topics with neither are never touched.',
    since,
  },
  {
    key: 'data_maintenance.messages.interval',
    field: 'dataMaintenance.messages.intervalMs',
    format: 'duration',
    default: '1 m',
    ...timeoutBounds,
    doc: 'How often topics are looked at for messages to remove.',
    since,
  },
] as const satisfies readonly KeyDefinition[];

const rows = [...systemKeys, ...dataMaintenanceKeys, ...consumerKeys, ...tcpKeys] as const;

/** Dotted name of a configuration key. */
export type ConfigKey = (typeof rows)[number]['key'];

/** Every configuration key, in the order of the documentation. */
export const keyDefinitions: readonly (KeyDefinition & { readonly key: ConfigKey })[] = rows;

const definitionsByKey = new Map<string, KeyDefinition>(rows.map((row) => [row.key, row]));

/** The definition of a dotted name, undefined when there is no such key. */
export function findKey(name: string): KeyDefinition | undefined {
  return definitionsByKey.get(name);
}

/** The environment name of a key: `tcp.max_connections` is `VELTRO_TCP_MAX_CONNECTIONS`. */
export function environmentName(key: string, prefix: 'VELTRO' | 'IGGY' = 'VELTRO'): string {
  return `${prefix}_${key.replaceAll('.', '_').toUpperCase()}`;
}

type SchemaNode = { [name: string]: SchemaNode | convict.SchemaObj };

function nestedSchema(): SchemaNode {
  const root: SchemaNode = {};
  for (const definition of keyDefinitions) {
    const names = definition.key.split('.');
    const last = names.pop() as string;
    let node = root;
    for (const name of names) {
      node[name] ??= {};
      node = node[name] as SchemaNode;
    }
    node[last] = { ...definition, env: environmentName(definition.key) };
  }
  return root;
}

convict.addFormats(
  Object.fromEntries(
    Object.entries(formats).map(([name, format]): [string, convict.Format] => [
      name,
      { validate: (raw, definition) => void format.parse(raw, definition as Bounds) },
    ]),
  ),
);

/** Raw values by key in layers, as convict has them: default, then file, then environment. */
export type Settings = convict.Config<Record<string, unknown>>;

/** Settings that hold the defaults and the given environment (`VELTRO_…` names only). */
export function createSettings(environment: Readonly<Record<string, string>>): Settings {
  return convict(nestedSchema() as convict.Schema<Record<string, unknown>>, {
    env: environment as NodeJS.ProcessEnv,
    args: [],
  });
}
