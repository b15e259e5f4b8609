import type { Reader } from '../../reader.ts';
import type { Writer } from '../../writer.ts';
import { readCounted } from './list.ts';

/** Cache counters of one partition. */
export interface CacheMetrics {
  readonly streamId: number;
  readonly topicId: number;
  readonly partitionId: number;
  readonly hits: bigint;
  readonly misses: bigint;
  /** 0..1, a number of 32 bits. */
  readonly hitRatio: number;
}

/** The process and the machine of a broker. */
interface ProcessStats {
  readonly processId: number;
  /** Of one core, a number of 32 bits. */
  readonly cpuUsagePercent: number;
  readonly totalCpuUsagePercent: number;
  readonly memoryUsageBytes: bigint;
  readonly totalMemoryBytes: bigint;
  readonly availableMemoryBytes: bigint;
  readonly runTimeMicros: bigint;
  /** Microseconds since the Unix epoch. */
  readonly startedAt: bigint;
  /** Disk input and output of the process. */
  readonly readBytes: bigint;
  readonly writtenBytes: bigint;
}

/** What a broker holds. */
interface ContentStats {
  readonly messagesSizeBytes: bigint;
  readonly streamsCount: number;
  readonly topicsCount: number;
  readonly partitionsCount: number;
  readonly segmentsCount: number;
  readonly messagesCount: bigint;
  readonly clientsCount: number;
  readonly consumerGroupsCount: number;
}

/** What a broker runs on. */
interface SystemStats {
  readonly hostname: string;
  readonly osName: string;
  readonly osVersion: string;
  readonly kernelVersion: string;
  readonly serverVersion: string;
  /** Major × 1,000,000 + minor × 1,000 + patch; 0 is unknown. */
  readonly serverSemver: number;
}

/** Counters of a whole broker (protocol section 8.9). */
export interface Stats extends ProcessStats, ContentStats, SystemStats {
  readonly cacheMetrics: readonly CacheMetrics[];
  readonly threadsCount: number;
  readonly freeDiskSpaceBytes: bigint;
  readonly totalDiskSpaceBytes: bigint;
}

export function writeStats(writer: Writer, stats: Stats): void {
  writeProcessStats(writer, stats);
  writeContentStats(writer, stats);
  writer.str32(stats.hostname).str32(stats.osName).str32(stats.osVersion);
  writer.str32(stats.kernelVersion).str32(stats.serverVersion).u32(stats.serverSemver);
  writer.u32(stats.cacheMetrics.length);
  for (const metrics of stats.cacheMetrics) writeCacheMetrics(writer, metrics);
  writer.u32(stats.threadsCount).u64(stats.freeDiskSpaceBytes).u64(stats.totalDiskSpaceBytes);
}

export function readStats(reader: Reader): Stats {
  return {
    ...readProcessStats(reader),
    ...readContentStats(reader),
    ...readSystemStats(reader),
    cacheMetrics: readCounted(reader, reader.u32('cache metrics count'), readCacheMetrics),
    threadsCount: reader.u32('threads count'),
    freeDiskSpaceBytes: reader.u64('free disk space'),
    totalDiskSpaceBytes: reader.u64('total disk space'),
  };
}

function writeProcessStats(writer: Writer, stats: ProcessStats): void {
  writer.u32(stats.processId).f32(stats.cpuUsagePercent).f32(stats.totalCpuUsagePercent);
  writer.u64(stats.memoryUsageBytes).u64(stats.totalMemoryBytes).u64(stats.availableMemoryBytes);
  writer.u64(stats.runTimeMicros).u64(stats.startedAt);
  writer.u64(stats.readBytes).u64(stats.writtenBytes);
}

function readProcessStats(reader: Reader): ProcessStats {
  return {
    processId: reader.u32('process id'),
    cpuUsagePercent: reader.f32('cpu usage'),
    totalCpuUsagePercent: reader.f32('total cpu usage'),
    memoryUsageBytes: reader.u64('memory usage'),
    totalMemoryBytes: reader.u64('total memory'),
    availableMemoryBytes: reader.u64('available memory'),
    runTimeMicros: reader.u64('run time'),
    startedAt: reader.u64('start time'),
    readBytes: reader.u64('read bytes'),
    writtenBytes: reader.u64('written bytes'),
  };
}

function writeContentStats(writer: Writer, stats: ContentStats): void {
  writer.u64(stats.messagesSizeBytes).u32(stats.streamsCount).u32(stats.topicsCount);
  writer.u32(stats.partitionsCount).u32(stats.segmentsCount).u64(stats.messagesCount);
  writer.u32(stats.clientsCount).u32(stats.consumerGroupsCount);
}

function readContentStats(reader: Reader): ContentStats {
  return {
    messagesSizeBytes: reader.u64('messages size'),
    streamsCount: reader.u32('streams count'),
    topicsCount: reader.u32('topics count'),
    partitionsCount: reader.u32('partitions count'),
    segmentsCount: reader.u32('segments count'),
    messagesCount: reader.u64('messages count'),
    clientsCount: reader.u32('clients count'),
    consumerGroupsCount: reader.u32('consumer groups count'),
  };
}

function readSystemStats(reader: Reader): SystemStats {
  return {
    hostname: reader.str32('hostname'),
    osName: reader.str32('os name'),
    osVersion: reader.str32('os version'),
    kernelVersion: reader.str32('kernel version'),
    serverVersion: reader.str32('server version'),
    serverSemver: reader.u32('server semver'),
  };
}

function writeCacheMetrics(writer: Writer, metrics: CacheMetrics): void {
  writer.u32(metrics.streamId).u32(metrics.topicId).u32(metrics.partitionId);
  writer.u64(metrics.hits).u64(metrics.misses).f32(metrics.hitRatio);
}

function readCacheMetrics(reader: Reader): CacheMetrics {
  return {
    streamId: reader.u32('stream id'),
    topicId: reader.u32('topic id'),
    partitionId: reader.u32('partition id'),
    hits: reader.u64('hits'),
    misses: reader.u64('misses'),
    hitRatio: reader.f32('hit ratio'),
  };
}
