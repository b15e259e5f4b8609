import { acknowledgements } from '../../src/wire/acknowledgement.ts';
import {
  arenaBytesMax,
  arenaBytesMin,
  arenaPageBytes,
  segmentBytesDefault,
  segmentBytesMax,
  segmentBytesMultiple,
} from '../../src/wire/limits.ts';
import { printByteSize } from '../byte-size.ts';
import { type KeyDefinition, since, timeoutBounds } from './definition.ts';

/** Keys of `system`: folders, storage, memory, threads. */
export const systemKeys = [
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
    key: 'system.partition.acknowledgement',
    field: 'system.partition.acknowledgement',
    format: 'choice',
    choices: acknowledgements,
    default: 'written',
    doc:
      'What an acknowledged message has survived, for topics that do not say it themselves: ' +
      '`written` to the file, so it outlives the process; `interval`, the same and synced to ' +
      'the disk every `system.partition.sync_interval`; `synced` to the disk, so it outlives ' +
      'the power.',
    since,
  },
  {
    key: 'system.partition.enforce_fsync',
    field: 'system.partition.enforceFsync',
    format: 'flag',
    default: false,
    doc: 'The same as `system.partition.acknowledgement` with `synced`, which it outweighs.',
    since,
  },
  {
    key: 'system.partition.sync_interval',
    field: 'system.partition.syncIntervalMs',
    format: 'duration',
    default: '1 s',
    ...timeoutBounds,
    doc: 'How often partitions with the acknowledgement `interval` are synced to the disk.',
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
    key: 'system.segment.preallocate',
    field: 'system.segment.preallocates',
    format: 'flag',
    default: true,
    doc:
      'Reserve the blocks of a growing segment some MiB ahead, which makes its writes cheaper. ' +
      'On Linux, where the file system can; elsewhere nothing is reserved.',
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
  {
    key: 'system.sharding.busy_polling',
    field: 'system.sharding.busyPolling',
    format: 'flag',
    default: true,
    doc:
      'Threads that expect more work soon look for it for a moment, up to 0.2 ms, instead of ' +
      'sleeping. Answers come sooner; without it a broker in use takes less processor time.',
    since,
  },
] as const satisfies readonly KeyDefinition[];
