import type { Config, SystemConfig } from '../../config/config.ts';
import type { CommandSettings } from '../commands/services.ts';
import type { ShardOptions } from '../shards/descriptors.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';
import { UNLIMITED } from '../wire/classic/structures/topic.ts';

const MICROS_PER_MS = 1000;

/** What the handlers of commands need of a configuration. */
export function commandSettings({ system, polling, tcp }: Config): CommandSettings {
  return {
    segmentBytes: system.segment.sizeBytes,
    acknowledgement: acknowledgementOf(system),
    defaultMaxSize: orUnlimited(system.topic.maxSizeBytes),
    pollWaitMsMax: polling.waitMsMax,
    pollsWaitingMax: Math.ceil(tcp.maxRequestsInFlight / 2),
    defaultMessageExpiry: orUnlimited(system.topic.messageExpiryMs * MICROS_PER_MS),
  };
}

function orUnlimited(value: number): bigint {
  return value === Number.POSITIVE_INFINITY ? UNLIMITED : BigInt(Math.round(value));
}

/** What a send waits for in topics that do not say it. */
function acknowledgementOf({ partition }: Config['system']): Acknowledgement {
  return partition.enforceFsync ? 'synced' : partition.acknowledgement;
}

function deduplicationOptions({ messageDeduplication: { enabled, ...window } }: SystemConfig) {
  const { maxEntries, expiryMs } = window;
  return enabled ? { maxEntries, expiryMicros: expiryMs * MICROS_PER_MS } : null;
}

/** What a shard is started with; the key is that of encryption at rest. */
export function shardOptions(
  { system }: Config,
  encryptionKey: Uint8Array | null = null,
): Omit<ShardOptions, 'keptFrameBytes'> {
  return {
    dataDir: system.path,
    streamsDirName: system.stream.path,
    topicsDirName: system.topic.path,
    partitionsDirName: system.partition.path,
    segmentBytes: system.segment.sizeBytes,
    preallocates: system.segment.preallocates,
    acknowledgement: acknowledgementOf(system),
    syncIntervalMs: system.partition.syncIntervalMs,
    validateChecksum: system.partition.validateChecksum,
    deduplication: deduplicationOptions(system),
    encryptionKey,
  };
}
