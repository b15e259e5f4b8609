import type { Config, SystemConfig } from '../../config/config.ts';
import type { ShardOptions } from '../shards/descriptors.ts';
import type { Acknowledgement } from '../wire/acknowledgement.ts';

const MICROS_PER_MS = 1000;

/** What a send waits for in topics that do not say it. */
export function acknowledgementOf({ partition }: Config['system']): Acknowledgement {
  return partition.enforceFsync ? 'synced' : partition.acknowledgement;
}

function deduplicationOptions({ messageDeduplication: { enabled, ...window } }: SystemConfig) {
  const { maxEntries, expiryMs } = window;
  return enabled ? { maxEntries, expiryMicros: expiryMs * MICROS_PER_MS } : null;
}

/** The configuration as shards get it. */
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
    acknowledgement: acknowledgementOf(system),
    syncIntervalMs: system.partition.syncIntervalMs,
    validateChecksum: system.partition.validateChecksum,
    deduplication: deduplicationOptions(system),
    encryptionKey,
  };
}
